// SPDX-License-Identifier: Apache-2.0
#include "net/detail/card_seat.h"

namespace cose::net {

grid::WorkResult CardSeat::execute(const grid::SlotWork& work) {
  switch (work.kind) {
    case grid::SlotWork::Kind::kPowerUp: return power_up();
    case grid::SlotWork::Kind::kReset: return reset(work.reset);
    case grid::SlotWork::Kind::kTransmit: return transmit(work);
    case grid::SlotWork::Kind::kRecall: return recall(work);
    case grid::SlotWork::Kind::kOnce: return once(work);
    case grid::SlotWork::Kind::kPowerDown: break;
  }
  return power_down();
}

grid::WorkResult CardSeat::power_up() {
  if (powered_) return ByteView(atr_);
  if (!card_) {
    COSE_TRY(card_, source_->open());
  }
  return reset(iso7816::ResetKind::kCold);
}

grid::WorkResult CardSeat::reset(iso7816::ResetKind kind) {
  if (!card_) return power_up();
  powered_ = false;
  COSE_TRY(atr_, card_->power_up(kind));
  powered_ = true;
  return ByteView(atr_);
}

grid::WorkResult CardSeat::transmit(const grid::SlotWork& work) {
  if (!powered_) return fail(ErrorKind::kCardRemoved, "the card has no power; RESET or USE the slot again");
  const auto sent = work.request.empty() ? card_->transmit(work.command, response_)
                                         : card_->transmit_named(work.request, work.command, response_);
  if (sent) return ByteView(response_);
  // After these the card has forgotten its session: nothing may go on as if it had not.
  const auto kind = sent.error().kind;
  if (kind == ErrorKind::kCardRemoved || kind == ErrorKind::kClosed) powered_ = false;
  return std::unexpected(sent.error());
}

grid::WorkResult CardSeat::recall(const grid::SlotWork& work) {
  std::optional<Bytes> answer;
  if (card_) {
    COSE_TRY(answer, card_->recall(work.request, work.command));
  }
  if (!answer) return fail(ErrorKind::kNotFound, "the card did not execute this request last");
  response_ = *std::move(answer);
  return ByteView(response_);
}

grid::WorkResult CardSeat::once(const grid::SlotWork& work) {
  auto recalled = recall(work);
  if (recalled) return recalled;
  const auto kind = recalled.error().kind;
  return kind == ErrorKind::kNotFound || kind == ErrorKind::kUnsupported ? transmit(work) : recalled;
}

grid::WorkResult CardSeat::power_down() {
  if (!card_) return ByteView{};
  const auto down = card_->power_down();
  card_.reset();
  powered_ = false;
  if (!down) return std::unexpected(down.error());
  return ByteView{};
}

}  // namespace cose::net
