// SPDX-License-Identifier: Apache-2.0
// A line to a far grid, as a port: this library knows the protocol, net knows sockets and TLS.
//
// Thread rule: a channel is used by one thread at a time; a connector may connect for several threads at once.
// Errors: kTimeout and kClosed; after either the channel is of no more use, since a late reply would be taken for that
// of the next command.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "bytes/clock.h"
#include "bytes/result.h"

namespace cose::remote {

inline constexpr Nanoseconds kConnectPatience = std::chrono::seconds(10);

class LineChannel {
 public:
  virtual ~LineChannel() = default;

  // Sends the line (its end is added) and waits for one line, given back without its end. `reply` is re-used.
  [[nodiscard]] virtual Status exchange(std::string_view line, std::string& reply, Nanoseconds timeout) = 0;

  // One more line of the same answer, of protocols whose answers have several.
  [[nodiscard]] virtual Status next(std::string&, Nanoseconds) {
    return fail(ErrorKind::kUnsupported, "answers of this channel have one line");
  }

  // The grid's answer to HELLO had the word KEEP, which it has only when it was asked for.
  [[nodiscard]] virtual bool offers_keep() const { return false; }
};

class LineConnector {
 public:
  virtual ~LineConnector() = default;

  // A channel past the greeting, and past HELLO and TLS where those are wanted.
  [[nodiscard]] virtual Result<std::unique_ptr<LineChannel>> connect(Nanoseconds patience) = 0;
  // Lets that time pass, before another try.
  virtual void pause(Nanoseconds time) = 0;
  // HOST:PORT, for messages and URIs.
  [[nodiscard]] virtual std::string address() const = 0;
};

}  // namespace cose::remote
