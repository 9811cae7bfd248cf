// SPDX-License-Identifier: Apache-2.0
// Keeps one card in one reader: opens the card, puts it in, serves it, and, if asked to, starts over when the
// card or the reader was lost. For a thread of its own.
//
// run() returns when the stop was requested, or with the first loss unless `keep` is set. With it, it tries again
// after pauses that double up to kLongestPause; each loss is told to the observer as kLost.
#pragma once

#include <functional>
#include <memory>

#include "bytes/clock.h"
#include "iso7816/card_source.h"
#include "relay/card_relay.h"
#include "relay/reader_face.h"
#include "relay/stop_signal.h"

namespace cose::relay {

enum class AfterLoss { kEnd, kKeep };

struct ReaderJob {
  std::shared_ptr<iso7816::CardSource> card;
  // Comes up to the reader, again after each loss.
  std::function<Result<std::unique_ptr<ReaderFace>>(const StopSignal&)> reader;
  RelayLimits limits;
  AfterLoss after_loss = AfterLoss::kEnd;
};

class ReaderService {
 public:
  static constexpr int kShortestPauseMilliseconds = 250;
  static constexpr int kLongestPauseMilliseconds = 8000;

  ReaderService(ReaderJob job, const Clock& clock, const StopSignal& stop, RelayObserver& observer);

  [[nodiscard]] Status run();

 private:
  [[nodiscard]] Status serve_once();
  [[nodiscard]] Status open_card();

  ReaderJob job_;
  const Clock& clock_;
  const StopSignal& stop_;
  RelayObserver& observer_;
  // Kept over a loss: a card of a grid may still have the key of its slot.
  std::unique_ptr<iso7816::Card> card_;
  std::unique_ptr<CardRelay> relay_;
  bool served_ = false;  // by the last serve_once()
};

}  // namespace cose::relay
