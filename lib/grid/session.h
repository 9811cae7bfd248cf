// SPDX-License-Identifier: Apache-2.0
// One connection of any protocol of the grid, as its driver sees it: octets in, octets out, work for slots.
//
// The driver (net) calls start(), feeds received octets, sends output(), runs the slot work that the session gave to
// its SlotService and reports its end with finish(); a test does the same with strings. It stops reading while
// wants_input() is false, and starts a server handshake when wants_tls() is true. Owner: the driver. One thread.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/clock.h"
#include "bytes/result.h"
#include "grid/policy.h"
#include "iso7816/card.h"

namespace cose::grid {

// 0 is nobody.
using SessionId = std::uint64_t;

// An answer to reset or a response; empty after power-down. Borrowed for the length of the call that hands it over.
using WorkResult = std::expected<ByteView, Error>;

// kPowerUp on a card that has power only says its answer to reset again; kReset always resets; kRecall says the answer
// to a named request if the card executed it last (iso7816/card.h), or fails with kNotFound; kOnce says it, or
// executes. A card loses its power by kPowerDown, by a reset that fails, and by a command that fails with kCardRemoved
// or kClosed.
struct SlotWork {
  enum class Kind { kPowerUp, kReset, kTransmit, kRecall, kOnce, kPowerDown };

  Kind kind = Kind::kPowerDown;
  iso7816::ResetKind reset = iso7816::ResetKind::kCold;
  ByteView command;       // the session's, for the length of start(): a service that goes on after it keeps a copy
  ByteView request = {};  // as well; empty: the command has no name
};

// The power of a card that a session holds, as its results tell (SlotWork).
[[nodiscard]] inline bool took_power(SlotWork::Kind kind, const Error& error) {
  return kind == SlotWork::Kind::kReset || error.kind == ErrorKind::kCardRemoved || error.kind == ErrorKind::kClosed;
}

class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  // Gives back what it held.
  virtual ~Session() = default;

  [[nodiscard]] virtual SessionId id() const = 0;
  // First call; may put something into output().
  virtual void start() = 0;
  virtual void receive(ByteView octets) = 0;
  virtual void finish(const WorkResult& result) = 0;

  // What waits to be sent; the driver takes octets off the front and calls sent() when all of it has gone out.
  [[nodiscard]] virtual std::string& output() = 0;
  virtual void sent() = 0;
  // Something has happened that the session asked to be woken up for: output() may have grown.
  virtual void wake() {}

  [[nodiscard]] virtual bool wants_input() const = 0;
  // The driver starts a server handshake with take_tls_octets() as its first input, and says who came when it is done:
  // the identities that the peer has proven, none without a certificate.
  [[nodiscard]] virtual bool wants_tls() const = 0;
  [[nodiscard]] virtual Bytes take_tls_octets() = 0;
  virtual void secured(const std::vector<Identity>& peer) = 0;
  // The session is over once its output has gone out.
  [[nodiscard]] virtual bool wants_close() const = 0;

  // Ends when what runs has been answered.
  virtual void drain() = 0;
  // Past one of its limits.
  [[nodiscard]] virtual bool expired(Nanoseconds now) const = 0;
  virtual void expire() = 0;
  // Another session takes up what this one keeps (grid/keep_table.h): it ends, and holds nothing any more.
  virtual void surrender() {}
};

}  // namespace cose::grid
