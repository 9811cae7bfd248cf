// SPDX-License-Identifier: Apache-2.0
#include "relay/reader_service.h"

#include <algorithm>

namespace cose::relay {

ReaderService::ReaderService(ReaderJob job, const Clock& clock, const StopSignal& stop, RelayObserver& observer)
    : job_(std::move(job)), clock_(clock), stop_(stop), observer_(observer) {}

Status ReaderService::open_card() {
  if (!card_) {
    COSE_TRY(card_, job_.card->open());
    relay_ = std::make_unique<CardRelay>(*card_, clock_, job_.limits, observer_);
  }
  return relay_->is_lost() ? relay_->warm_up() : Status();
}

// The card first: a reader must not see a card that cannot answer.
Status ReaderService::serve_once() {
  served_ = false;
  COSE_CHECK(open_card());
  COSE_TRY(const auto face, job_.reader(stop_));
  served_ = true;
  auto ended = face->serve(*relay_, stop_);
  // A reader that went away has taken its power with it.
  if (!relay_->is_lost()) relay_->power_off();
  return ended;
}

Status ReaderService::run() {
  int pause = kShortestPauseMilliseconds;
  while (!stop_.requested()) {
    auto ended = serve_once();
    if (ended || job_.after_loss == AfterLoss::kEnd) {
      if (card_) static_cast<void>(card_->power_down());
      return ended;
    }
    observer_.relayed({.kind = RelayEvent::Kind::kLost, .detail = ended.error().message});
    pause = served_ ? kShortestPauseMilliseconds : std::min(2 * pause, kLongestPauseMilliseconds);
    static_cast<void>(stop_.sleep(pause));
  }
  return {};
}

}  // namespace cose::relay
