// SPDX-License-Identifier: Apache-2.0
// The card of one slot between power-up and power-down. One owner, one thread at a time.
#pragma once

#include <memory>

#include "grid/ascii_session.h"
#include "iso7816/card_source.h"

namespace cose::net {

class CardSeat {
 public:
  explicit CardSeat(std::shared_ptr<iso7816::CardSource> source) : source_(std::move(source)) {}

  // The result is borrowed until the next call.
  [[nodiscard]] grid::WorkResult execute(const grid::SlotWork& work);

 private:
  [[nodiscard]] grid::WorkResult power_up();
  [[nodiscard]] grid::WorkResult reset(iso7816::ResetKind kind);
  [[nodiscard]] grid::WorkResult transmit(const grid::SlotWork& work);
  [[nodiscard]] grid::WorkResult recall(const grid::SlotWork& work);
  [[nodiscard]] grid::WorkResult once(const grid::SlotWork& work);
  [[nodiscard]] grid::WorkResult power_down();

  std::shared_ptr<iso7816::CardSource> source_;
  std::unique_ptr<iso7816::Card> card_;
  bool powered_ = false;
  Bytes atr_;
  Bytes response_;
};

}  // namespace cose::net
