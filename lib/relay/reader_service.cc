// SPDX-License-Identifier: Apache-2.0
#include "relay/reader_service.h"

#include <algorithm>

#include "relay/vpcd_face.h"

namespace cose::relay {

ReaderService::ReaderService(ReaderJob job, const Clock& clock, const StopSignal& stop, RelayObserver& observer)
    : job_(std::move(job)), clock_(clock), stop_(stop), observer_(observer) {}

// The card first: a reader must not see a card that cannot answer.
Status ReaderService::serve_once() {
  served_ = false;
  COSE_TRY(const auto card, job_.card->open());
  CardRelay relay(*card, clock_, job_.limits, observer_);
  COSE_CHECK(relay.warm_up());
  COSE_TRY(auto face, VpcdFace::connect(job_.reader, stop_));
  served_ = true;
  auto ended = face.serve(relay, stop_);
  static_cast<void>(card->power_down());
  return ended;
}

Status ReaderService::run() {
  int pause = kShortestPauseMilliseconds;
  while (!stop_.requested()) {
    auto ended = serve_once();
    if (ended || job_.after_loss == AfterLoss::kEnd) return ended;
    observer_.relayed({.kind = RelayEvent::Kind::kLost, .detail = ended.error().message});
    pause = served_ ? kShortestPauseMilliseconds : std::min(2 * pause, kLongestPauseMilliseconds);
    static_cast<void>(stop_.sleep(pause));
  }
  return {};
}

}  // namespace cose::relay
