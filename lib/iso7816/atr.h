// SPDX-License-Identifier: Apache-2.0
// The answer to reset (ISO/IEC 7816-3 §8): how a card introduces itself at power-up.
//
//   TS T0 | TA1 TB1 TC1 TD1 | TA2 TB2 TC2 TD2 | ... | historical bytes (0 to 15) | TCK
//
// T0 and each TDi say which interface bytes follow; TDi also names the protocol of the next group. An Atr holds that
// structure and owns its octets; T0, the TDi and TCK are derived, so they cannot disagree with the rest.
// Errors: kInvalid, naming the character at fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::iso7816 {

// TS and 32 characters, §8.2.1.
inline constexpr std::size_t kMaximumAtrSize = 33;
inline constexpr std::size_t kMaximumHistoricalBytes = 15;

// T=15 names no protocol but global interface bytes, §8.2.3.
inline constexpr std::uint8_t kGlobalInterface = 15;

enum class Convention : std::uint8_t {
  kDirect = 0x3B,
  kInverse = 0x3F,
};

// TAi, TBi, TCi and the T of TDi.
struct InterfaceBytes {
  std::optional<std::uint8_t> ta = std::nullopt;
  std::optional<std::uint8_t> tb = std::nullopt;
  std::optional<std::uint8_t> tc = std::nullopt;
  // The protocol of the next group, 0 to 15; set in every group but the last.
  std::optional<std::uint8_t> next_protocol = std::nullopt;

  friend bool operator==(const InterfaceBytes&, const InterfaceBytes&) = default;
};

struct Atr {
  Convention convention = Convention::kDirect;
  std::vector<InterfaceBytes> groups = {InterfaceBytes{}};  // never empty
  Bytes historical = {};

  [[nodiscard]] static Result<Atr> parse(ByteView octets);
  [[nodiscard]] Result<Bytes> encode() const;

  // Each protocol offered, in order of offer. T=0 when no TD1 is there, §8.2.3.
  [[nodiscard]] std::vector<std::uint8_t> protocols() const;
  [[nodiscard]] std::uint8_t first_protocol() const { return protocols().front(); }
  // TCK is there unless T=0 is the only T named, §8.2.5.
  [[nodiscard]] bool needs_check_byte() const;

  // For people: one line per character or group of characters.
  [[nodiscard]] std::string describe() const;

  friend bool operator==(const Atr&, const Atr&) = default;
};

}  // namespace cose::iso7816
