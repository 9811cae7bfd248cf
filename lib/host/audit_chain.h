// SPDX-License-Identifier: Apache-2.0
// The lines of an audit log, and how they hang together.
//
//   {"n":8,"time":"2026-01-31T12:00:00.000Z","event":"command","front":"racs","session":3,"peer":"10.0.0.7:41022",
//    "user":"seven","identity":"phone-7","seid":"pay1","header":"00A40400","status":"9000","chain":"<64 digits>"}
//
// One line per event, numbered. `chain` is SHA-256 over the chain of the line before (32 octets, zeros for line 1) and
// the text of this line up to its chain; with a key it is HMAC-SHA-256. So a line that was changed, taken out or moved
// breaks the chain there; with a key nobody without it can make a chain of his own. Lines taken off the end leave no
// break: an anchor, the number and chain of a line noted elsewhere, shows them (`cose audit verify --anchor`).
// A line that opens a file has `previous`, the chain that it goes on from, so each file can be checked by itself.
// A value; one thread. Errors: kInvalid.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "bytes/clock.h"
#include "bytes/result.h"
#include "bytes/secret.h"
#include "grid/audit.h"

namespace cose::host {

inline constexpr std::size_t kMaximumAuditLine = 16U << 10;

using ChainLink = std::array<std::uint8_t, 32>;

// A line of the log that is known, as verify prints it and --anchor takes it: "NUMBER:CHAIN".
struct AuditAnchor {
  std::uint64_t number = 0;
  ChainLink link{};

  [[nodiscard]] std::string text() const;
  [[nodiscard]] static Result<AuditAnchor> parse(std::string_view text);
};

class AuditChain {
 public:
  // Without a key: empty.
  explicit AuditChain(Secret key = {}) : key_(std::move(key)) {}

  // The next line, with its end. `fields` come behind the number: "\"time\":...".
  [[nodiscard]] Result<std::string> seal(std::string_view fields) const;
  // The same with `previous`, for the first line of a file.
  [[nodiscard]] Result<std::string> seal_first(std::string_view fields) const;
  // Goes on behind a line (without its end) that follows what was taken before. Of the first one that is taken, the
  // number counts, and what it says it goes on from. Error: it does not follow, and why.
  [[nodiscard]] Status take(std::string_view line);

  // The last line taken.
  [[nodiscard]] const AuditAnchor& last() const { return last_; }

 private:
  [[nodiscard]] Result<ChainLink> link(const ChainLink& before, std::string_view text) const;
  [[nodiscard]] Result<std::string> finish(std::string text) const;

  Secret key_;
  AuditAnchor last_;
  bool begun_ = false;
};

// "time":..., "event":... of an event, without number and chain. What a peer sent can forge neither field nor line.
[[nodiscard]] std::string audit_fields(const grid::AuditEvent& event, Nanoseconds wall);
// Of what the log says about itself: "audit.open", "audit.torn", "audit.gap".
[[nodiscard]] std::string audit_fields(std::string_view event, std::string_view detail, Nanoseconds wall);

}  // namespace cose::host
