// SPDX-License-Identifier: Apache-2.0
// The tag of a BER-TLV data object (ISO/IEC 7816-4 §5.2.2.1, EMV 4.4 Book 3 annex B1): one to four octets.
//
// A Tag is a value and always well formed: a malformed constant does not compile, a malformed input is an Error.
// Its octets read as one number, as the specifications print them: 0x9F38 is the tag 9F38.
//
// One reading departs from ISO/IEC 7816-4: a second octet of 00 to 1E is accepted, because EMV uses such tags (9F02).
#pragma once

#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/reader.h"
#include "bytes/result.h"

namespace cose::tlv {

enum class TagClass { kUniversal, kApplication, kContextSpecific, kPrivate };

class Tag {
 public:
  static constexpr std::size_t kMaximumSize = 4;

  consteval explicit Tag(std::uint32_t value) : value_(value) {
    if (!is_well_formed(value)) malformed_constant();
  }

  // Errors: kInvalid.
  [[nodiscard]] static Result<Tag> from_value(std::uint32_t value);
  [[nodiscard]] static Result<Tag> from_hex(std::string_view text);
  // The tag at the reader's place; a failed read stays there.
  [[nodiscard]] static Result<Tag> read(Reader& reader);

  [[nodiscard]] constexpr std::uint32_t value() const { return value_; }
  [[nodiscard]] constexpr std::size_t size() const { return size_of(value_); }
  [[nodiscard]] constexpr TagClass tag_class() const { return static_cast<TagClass>(first_octet() >> 6); }
  [[nodiscard]] constexpr bool is_constructed() const { return (first_octet() & 0x20) != 0; }
  // The tag number: 5 bits of the first octet, or 7 bits of each that follows.
  [[nodiscard]] std::uint32_t number() const;

  void append_to(Bytes& octets) const;
  [[nodiscard]] std::string to_string() const;

  friend constexpr auto operator<=>(Tag, Tag) = default;

 private:
  struct Checked {};
  constexpr Tag(Checked, std::uint32_t value) : value_(value) {}

  // Not constexpr: reaching it ends the compilation.
  static void malformed_constant();

  static constexpr std::size_t size_of(std::uint32_t value) {
    return (static_cast<std::size_t>(std::bit_width(value)) + 7) / 8;
  }
  static constexpr std::uint8_t octet_of(std::uint32_t value, std::size_t at) {
    return static_cast<std::uint8_t>(value >> (8 * (size_of(value) - 1 - at)));
  }
  static constexpr bool is_well_formed(std::uint32_t value);
  [[nodiscard]] constexpr std::uint8_t first_octet() const { return octet_of(value_, 0); }

  std::uint32_t value_;
};

constexpr bool Tag::is_well_formed(std::uint32_t value) {
  const auto size = size_of(value);
  if (size == 0) return false;  // 00 is padding, EMV 4.4 Book 3 annex B1
  const bool more_octets = (octet_of(value, 0) & 0x1F) == 0x1F;
  if (!more_octets) return size == 1;
  // ISO/IEC 7816-4 §5.2.2.1: a number does not start with seven zero bits.
  if (size == 1 || octet_of(value, 1) == 0x80) return false;
  for (std::size_t at = 1; at < size; ++at) {
    const bool another_follows = (octet_of(value, at) & 0x80) != 0;
    if (another_follows != (at + 1 < size)) return false;
  }
  return true;
}

}  // namespace cose::tlv
