// SPDX-License-Identifier: Apache-2.0
// The two octets with which a card ends every answer (ISO/IEC 7816-4 §5.1.3). A status word is data, never an Error.
//
// A value; its constants and meanings come from iso7816/status_words.def.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace cose::iso7816 {

class StatusWord {
 public:
#define COSE_STATUS_WORD(name, value, meaning) static const StatusWord name;
#define COSE_STATUS_PATTERN(value, mask, meaning)
#include "iso7816/status_words.def"
#undef COSE_STATUS_WORD
#undef COSE_STATUS_PATTERN

  constexpr explicit StatusWord(std::uint16_t value) : value_(value) {}
  constexpr StatusWord(std::uint8_t sw1, std::uint8_t sw2) : value_(static_cast<std::uint16_t>(sw1 << 8 | sw2)) {}

  [[nodiscard]] constexpr std::uint16_t value() const { return value_; }
  [[nodiscard]] constexpr std::uint8_t sw1() const { return static_cast<std::uint8_t>(value_ >> 8); }
  [[nodiscard]] constexpr std::uint8_t sw2() const { return static_cast<std::uint8_t>(value_); }

  // Normal processing: 9000, or 61xx when the data waits for GET RESPONSE (§5.1.3 table 5).
  [[nodiscard]] constexpr bool is_success() const { return value_ == 0x9000 || sw1() == 0x61; }
  // The command was carried out with a remark: 62xx and 63xx.
  [[nodiscard]] constexpr bool is_warning() const { return sw1() == 0x62 || sw1() == 0x63; }
  // The x of 63Cx.
  [[nodiscard]] constexpr std::optional<std::uint8_t> tries_left() const {
    if ((value_ & 0xFFF0) != 0x63C0) return std::nullopt;
    return static_cast<std::uint8_t>(value_ & 0x000F);
  }

  friend constexpr auto operator<=>(StatusWord, StatusWord) = default;

 private:
  std::uint16_t value_;
};

#define COSE_STATUS_WORD(name, value, meaning) inline constexpr StatusWord StatusWord::name{value};
#define COSE_STATUS_PATTERN(value, mask, meaning)
#include "iso7816/status_words.def"
#undef COSE_STATUS_WORD
#undef COSE_STATUS_PATTERN

// "6A82"
[[nodiscard]] std::string to_string(StatusWord status);

// What it means, in a few words. Words that no standard defines are "unknown status word".
[[nodiscard]] std::string meaning(StatusWord status);

}  // namespace cose::iso7816
