// SPDX-License-Identifier: Apache-2.0
#include "relay/card_relay.h"

#include "iso7816/response_apdu.h"

namespace cose::relay {

using iso7816::ResetKind;
using iso7816::StatusWord;
using Kind = RelayEvent::Kind;

CardRelay::CardRelay(iso7816::Card& card, const Clock& clock, RelayLimits limits, RelayObserver& observer)
    : card_(card), clock_(clock), limits_(limits), observer_(observer) {}

Status CardRelay::warm_up() {
  COSE_CHECK(reset_card(ResetKind::kCold));
  observer_.relayed({.kind = Kind::kReady, .response = *atr_});
  return {};
}

Status CardRelay::reset_card(ResetKind kind) {
  auto answer = card_.power_up(kind);
  last_contact_ = clock_.monotonic();
  if (!answer) {
    lose(answer.error());
    return std::unexpected(std::move(answer).error());
  }
  atr_ = *std::move(answer);
  fresh_ = true;
  return {};
}

void CardRelay::begin_tap() {
  tap_failed_ = false;
  tap_began_ = clock_.monotonic();
}

void CardRelay::power_on() {
  begin_tap();
  if (!is_lost() && !fresh_) static_cast<void>(reset_card(ResetKind::kCold));
  observer_.relayed({.kind = Kind::kPowerOn, .response = atr()});
}

void CardRelay::reset() {
  begin_tap();
  if (!is_lost() && !fresh_) static_cast<void>(reset_card(ResetKind::kWarm));
  observer_.relayed({.kind = Kind::kReset, .response = atr()});
}

void CardRelay::power_off() {
  if (!is_lost() && !fresh_) static_cast<void>(reset_card(ResetKind::kCold));
  observer_.relayed({.kind = Kind::kPowerOff});
}

bool CardRelay::tap_is_over() const {
  return limits_.tap > Nanoseconds(0) && clock_.monotonic() - tap_began_ > limits_.tap;
}

void CardRelay::transmit(ByteView command, Bytes& answer) {
  if (is_lost()) return refuse(command, "the card is not reachable", answer);
  if (tap_failed_) return refuse(command, "an earlier command of this tap failed", answer);
  if (tap_is_over()) return refuse(command, "the tap has lasted too long", answer);
  fresh_ = false;
  const auto began = clock_.monotonic();
  const auto sent = card_.transmit(command, answer);
  last_contact_ = clock_.monotonic();
  const auto duration = last_contact_ - began;
  if (sent) {
    // An answer that comes after the tap's time meets nobody, and the next tap must not take it for its own.
    if (tap_is_over()) return refuse(command, "the answer came after the tap's time", answer);
    return observer_.relayed({.kind = Kind::kExchange, .command = command, .response = answer, .duration = duration});
  }
  // What is no command at all is the reader's mistake and has reached no card.
  if (sent.error().kind == ErrorKind::kInvalid)
    return say(StatusWord::kWrongLength, command, sent.error().message, answer);
  refuse(command, sent.error().message, answer);
  lose(sent.error());
}

// ISO/IEC 7816-4 §5.6 table 6: 6400 would promise that nothing has changed in the card.
void CardRelay::refuse(ByteView command, std::string_view why, Bytes& answer) {
  tap_failed_ = true;
  say(StatusWord::kNoPreciseDiagnosis, command, why, answer);
}

void CardRelay::say(StatusWord status, ByteView command, std::string_view why, Bytes& answer) {
  answer.clear();
  iso7816::append_status(answer, status);
  observer_.relayed({.kind = Kind::kFailure, .command = command, .response = answer, .detail = why});
}

void CardRelay::lose(const Error& error) {
  atr_.reset();
  fresh_ = false;
  tap_failed_ = true;
  observer_.relayed({.kind = Kind::kLost, .detail = error.message});
}

bool CardRelay::idle() {
  if (is_lost()) return false;
  return clock_.monotonic() - last_contact_ < limits_.heartbeat || check();
}

bool CardRelay::check() {
  if (is_lost()) return false;
  const auto alive = card_.check();
  last_contact_ = clock_.monotonic();
  if (!alive) lose(alive.error());
  return alive.has_value();
}

}  // namespace cose::relay
