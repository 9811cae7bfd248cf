// SPDX-License-Identifier: Apache-2.0
// The port on which the whole design turns: everything that *is* a card implements Card (a PC/SC reader, a slot of
// a far grid, a recording, a software secure element), everything that *uses* a card takes a Card&.
//
// Owner: whoever opened it (CardSource::open). Thread rule: one card has one owner at a time and is called from one
// thread at a time; calls may come from different threads one after the other.
// Shapes: a command is a C-APDU, an answer an R-APDU (ISO/IEC 7816-4 §5.1); the answer is passed on as it came:
// 61xx and 6Cxx are for the user of the card (iso7816/completing_card.h). Protocol details below that (T=0 procedure
// bytes, T=1 blocks) never show.
// Errors: kCardRemoved, kTimeout, kUnresponsive, kClosed (the way to the card is gone), kBusy, kInvalid (no C-APDU).
// A status word is never an Error. Every call returns in bounded time; an implementation that waits for somebody
// has a deadline of its own.
#pragma once

#include <optional>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::iso7816 {

enum class ResetKind {
  kCold,  // contacts powered off and on
  kWarm,  // reset line only, where the place of the card can do that; else cold
};

class Card {
 public:
  virtual ~Card() = default;

  // Powers the card, or resets it if it has power; the answer to reset (ISO/IEC 7816-3 §8) as the card sent it.
  [[nodiscard]] virtual Result<Bytes> power_up(ResetKind kind) = 0;

  // One command to a powered card. `response` is the caller's buffer, replaced and re-used, so that a busy card
  // allocates nothing; on success it holds at least the status word.
  [[nodiscard]] virtual Status transmit(ByteView command, Bytes& response) = 0;

  // As transmit(), for a client that gives each request a name of its own: a card whose state lasts keeps the answer
  // with it, in the same commit, until the next named request.
  [[nodiscard]] virtual Status transmit_named(ByteView request, ByteView command, Bytes& response) {
    static_cast<void>(request);
    return transmit(command, response);
  }

  // The answer to that request if it was the last named one that the card executed; executes nothing. Errors besides:
  // kInvalid, it was, and for another command; kUnsupported, the card remembers nothing.
  [[nodiscard]] virtual Result<std::optional<Bytes>> recall(ByteView request, ByteView command) {
    static_cast<void>(request);
    static_cast<void>(command);
    return fail(ErrorKind::kUnsupported, "this card does not remember its answers");
  }

  // No effect on a card without power.
  virtual Status power_down() = 0;

  // Whether a card with power can still be reached, at the cost of one round trip at most; the card sees nothing of it.
  [[nodiscard]] virtual Status check() { return {}; }
};

// One exchange with a buffer of its own.
[[nodiscard]] inline Result<Bytes> transceive(Card& card, ByteView command) {
  Bytes response;
  COSE_CHECK(card.transmit(command, response));
  return response;
}

}  // namespace cose::iso7816
