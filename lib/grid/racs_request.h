// SPDX-License-Identifier: Apache-2.0
// One line of a RACS request (Remote APDU Call Secure): what it asks for, or which status refuses it.
//
//   BEGIN [label]                                    END
//   command *(1*SP parameter) [1*SP "APPEND"]
//
// Words are cut at blanks, case counts. A last word APPEND is the option, whatever stands before it. A request is kept
// by its session and filled anew for each line; views point into the line. No state, no memory beyond the command's
// octets. Source: draft-urien-core-racs-13 as read in docs/protocols/racs.md.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "bytes/bytes.h"

namespace cose::grid {

// The last two digits of a status: which command it answers. 10 to 14 are extensions of ours.
enum class RacsVerb : std::uint8_t {
  kNone = 0,
  kBegin = 1,
  kGetVersion = 2,
  kSetVersion = 3,
  kList = 4,
  kReset = 5,
  kApdu = 6,
  kShutdown = 7,
  kPowerOn = 8,
  kEcho = 9,
  kSen = 10,
  kGetSen = 11,
  kQuit = 12,
  kGetAtr = 13,
  kKeep = 14,
  kEnd = 99,  // has no status of its own
};

// The first digit of a failing status, draft §4. kExecution: a command was tried and failed.
enum class RacsClass : std::uint8_t {
  kExecution = 0,
  kUnknown = 1,
  kNotImplemented = 2,
  kIllegal = 3,
  kIllegalValue = 4,
  kSyntax = 5,
  kUnauthorized = 6,
  kInUse = 7,
  kHardware = 8,
  kSystem = 9,
};

// What the author's server does where it differs from the draft (docs/protocols/racs.md has the list).
enum class RacsMode : std::uint8_t { kDraft, kReference };

struct RacsRefusal {
  RacsClass event = RacsClass::kSystem;
  RacsVerb verb = RacsVerb::kNone;
  std::string text;
};

struct RacsRequest {
  RacsVerb verb = RacsVerb::kNone;
  bool append = false;
  bool warm = false;
  std::string_view text;  // label, version, ECHO's word, SEN, KEEP's key
  std::string_view seid;
  Bytes command;
  std::optional<std::uint16_t> continue_on;  // CONTINUE=
  std::optional<std::uint8_t> more_on;       // MORE=
  std::uint32_t fetch = kDefaultFetch;       // FETCH=, CLA INS P1 P2
  std::uint32_t id = 0;                      // ID=; zero: none

  static constexpr std::uint32_t kDefaultFetch = 0x00C00000;
};

inline constexpr std::size_t kMaximumRacsLabel = 64;
inline constexpr std::size_t kMaximumRacsWords = 10;
inline constexpr std::size_t kMaximumRacsEcho = 1024;

// "GET-VERSION"; empty for kNone.
[[nodiscard]] std::string_view to_string(RacsVerb verb);

// A line without its end. The verb of `request` is set even if a parameter is refused; kNone: unknown command.
[[nodiscard]] std::expected<void, RacsRefusal> parse_racs_line(std::string_view line, RacsMode mode,
                                                               RacsRequest& request);

// SET-VERSION's parameter: 1*DIGIT "." 1*DIGIT.
[[nodiscard]] bool is_racs_version(std::string_view text);

}  // namespace cose::grid
