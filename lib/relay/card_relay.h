// SPDX-License-Identifier: Apache-2.0
// The relay's core, without I/O: one card, wherever it is, as a reader sees it.
//
// A reader face (vpcd, the IFD driver, a PN532, the phone) reports what happens at its reader: the field or the power
// comes and goes, a command arrives, somebody looks whether the card is there. The core decides what reaches the card:
//
//   - The session with the card is opened before the first tap (warm_up), so that no tap pays for a connection.
//   - The answer to reset is kept: looking for the card never goes to the network.
//   - When the field or the power goes, the card is reset at once if it was used, so the next tap finds it fresh
//     without waiting; no session state of one tap is ever seen by the next.
//   - Every command gets an answer. A command whose outcome is unknown (the way to the card broke, its time is over)
//     answers 6F00, and so does the rest of that tap: what the card has done since is not known to the reader's side,
//     so nothing more may be built on it. The next tap starts with a reset.
//   - A tap has a deadline, too: a person does not hold a phone for longer.
//
// Whether a lost reply can be fetched again without a second execution is the card's business (remote/grid_card.h);
// here a command is transmitted once. Errors of warm_up() and check() are those of Card.
// Thread rule: one thread. The card, the clock and the observer outlive the relay.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/clock.h"
#include "bytes/result.h"
#include "iso7816/card.h"
#include "iso7816/status_word.h"

namespace cose::relay {

struct RelayLimits {
  Nanoseconds tap{0};                                // zero: a tap may last; right for a reader that a card lies in
  Nanoseconds heartbeat = std::chrono::seconds(30);  // of silence, before the way to the card is tried
};

struct RelayEvent {
  enum class Kind { kReady, kPowerOn, kReset, kPowerOff, kExchange, kFailure, kLost };

  Kind kind = Kind::kReady;
  ByteView command = {};  // kExchange, kFailure
  ByteView response = {};
  Nanoseconds duration{0};
  std::string_view detail = {};  // kFailure, kLost
};

class RelayObserver {
 public:
  virtual ~RelayObserver() = default;
  virtual void relayed(const RelayEvent& event) = 0;
};

class CardRelay {
 public:
  CardRelay(iso7816::Card& card, const Clock& clock, RelayLimits limits, RelayObserver& observer);

  // Opens the session with the card, or opens it again after a loss.
  [[nodiscard]] Status warm_up();
  [[nodiscard]] bool is_lost() const { return !atr_.has_value(); }
  // Of the card in the reader; empty while it is lost.
  [[nodiscard]] ByteView atr() const { return atr_ ? ByteView(*atr_) : ByteView(); }

  // ---- what happens at the reader ----
  void power_on();
  void reset();
  void power_off();
  // Always leaves an answer with a status word.
  void transmit(ByteView command, Bytes& answer);
  // Nothing happened for a while: tries the way to the card when it is time. False: the card is lost.
  [[nodiscard]] bool idle();
  // Tries it now.
  [[nodiscard]] bool check();

 private:
  [[nodiscard]] Status reset_card(iso7816::ResetKind kind);
  void begin_tap();
  void refuse(ByteView command, std::string_view why, Bytes& answer);
  void say(iso7816::StatusWord status, ByteView command, std::string_view why, Bytes& answer);
  void lose(const Error& error);
  [[nodiscard]] bool tap_is_over() const;

  iso7816::Card& card_;
  const Clock& clock_;
  RelayLimits limits_;
  RelayObserver& observer_;
  std::optional<Bytes> atr_;
  bool fresh_ = false;       // no command since the last reset
  bool tap_failed_ = false;  // until the next power-on or reset
  Nanoseconds tap_began_{0};
  Nanoseconds last_contact_{0};
};

}  // namespace cose::relay
