// SPDX-License-Identifier: Apache-2.0
// One APDU command of RACS with its follow-ups: 6Cxx answered with the right length, MORE chains collected. It says
// what to send and takes what came; sending is the session's, which asks its policy about each command of it.
//
// Bounded: a chain has kMaximumRacsRounds commands at most, its data fit into one extended response.
// Source: draft-urien-core-racs-13 §3.6; docs/protocols/racs.md.
#pragma once

#include <cstdint>
#include <optional>

#include "bytes/bytes.h"
#include "grid/racs_request.h"

namespace cose::grid {

inline constexpr int kMaximumRacsRounds = 256;

class RacsExchange {
 public:
  enum class Step : std::uint8_t {
    kSend,      // command() again
    kDone,      // response() is the answer
    kTooLong,   // more rounds or more data than a chain may have
    kNoAnswer,  // fewer than two octets came
  };

  void start(const RacsRequest& request);
  [[nodiscard]] ByteView command() const { return command_; }
  [[nodiscard]] Step take(ByteView response);

  // All data, then the last status word.
  [[nodiscard]] ByteView response() const { return response_; }
  [[nodiscard]] std::uint16_t status() const;
  // CONTINUE named another status word.
  [[nodiscard]] bool stops() const { return continue_on_ && *continue_on_ != status(); }
  void forget();

 private:
  Bytes command_;
  Bytes response_;
  std::optional<std::uint16_t> continue_on_;
  std::optional<std::uint8_t> more_on_;
  std::uint32_t fetch_ = 0;
  bool corrects_ = true;  // 6Cxx; not for a command with a number
  int rounds_ = 0;
};

}  // namespace cose::grid
