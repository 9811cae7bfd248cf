// SPDX-License-Identifier: Apache-2.0
// BER tags and TLVs in octets, with the refusals of javacardx.framework.tlv (JC API 3.1).
//
// What is refused is told as a Fault: where the octets end too early the API wants an ArrayIndexOutOfBoundsException,
// or MALFORMED_TLV for a TLV that was given with its length, so that is a case of its own.
//
// As lib/tlv does, a second octet of a tag may be 00 to 1E: EMV uses such tags (9F02). Lengths are definite, in any
// form that ISO/IEC 8825-1 §8.1.3 has, also longer than needed.
#pragma once

#include <expected>
#include <optional>

#include "bytes/bytes.h"

namespace cose::jcapi::detail {

// The reasons of TLVException.
enum class TlvReason : std::int16_t {
  kInvalidParameter = 1,
  kIllegalSize = 2,
  kEmptyTag = 3,
  kEmptyTlv = 4,
  kMalformedTag = 5,
  kMalformedTlv = 6,
  kInsufficientStorage = 7,
  kTagSizeAbove127 = 8,
  kTagNumberAbove32767 = 9,
  kTlvSizeAbove32767 = 10,
  kTlvLengthAbove32767 = 11,
};

struct Fault {
  std::optional<TlvReason> reason;  // nothing: the octets end before the tag or TLV does
  friend bool operator==(const Fault&, const Fault&) = default;
};
inline constexpr Fault kTooShort{};

template <typename T>
using BerResult = std::expected<T, Fault>;

// Tags have up to four octets, so numbers up to 1FFFFF; the API asks for 3FFF.
inline constexpr std::size_t kMaximumTagSize = 4;
inline constexpr std::size_t kMaximumTlvSize = 32767;

// kIllegalSize: longer than kMaximumTagSize; kTagSizeAbove127; kMalformedTag.
[[nodiscard]] BerResult<std::size_t> tag_size(ByteView octets);
// kTagNumberAbove32767, too.
[[nodiscard]] BerResult<std::int16_t> tag_number(ByteView octets);
[[nodiscard]] constexpr bool is_constructed(std::uint8_t first_octet) {
  return (first_octet & 0x20) != 0;
}
[[nodiscard]] constexpr std::uint8_t tag_class(std::uint8_t first_octet) {
  return first_octet >> 6;
}
// Class 0 to 3 and a number that is not negative, or kInvalidParameter.
[[nodiscard]] BerResult<Bytes> make_tag(std::int16_t tag_class, bool constructed, std::int16_t number);

struct TlvHead {
  std::size_t tag_size = 0;
  std::size_t value_offset = 0;
  std::size_t length = 0;

  [[nodiscard]] std::size_t size() const { return value_offset + length; }
};

// Tag and length; the value need not be there. kMalformedTlv, kTlvLengthAbove32767, and those of tag_size() but that
// an ill-formed tag is kMalformedTlv.
[[nodiscard]] BerResult<TlvHead> tlv_head(ByteView octets);
// All of it, within the octets; a constructed one with all that it contains, kMaximumTlvDepth deep (kIllegalSize).
inline constexpr int kMaximumTlvDepth = 64;
[[nodiscard]] BerResult<TlvHead> checked_tlv(ByteView octets, int depth = 0);
// Any number of TLVs, one behind the other, up to the end.
[[nodiscard]] BerResult<void> checked_value(ByteView value, int depth = 0);
// One TLV and nothing behind it, as methods want that are told its length: kMalformedTlv, kIllegalSize.
[[nodiscard]] BerResult<TlvHead> whole_tlv(ByteView octets);
[[nodiscard]] Bytes encoded_length(std::size_t length);

}  // namespace cose::jcapi::detail
