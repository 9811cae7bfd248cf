// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/ber.h"

namespace cose::jcapi::detail {

namespace {

constexpr std::size_t kLongestTag = 127;
constexpr std::int32_t kLargestNumber = 32767;

std::unexpected<Fault> refused(TlvReason reason) {
  return std::unexpected(Fault{reason});
}

BerResult<std::size_t> read_length(ByteView octets, std::size_t& at) {
  if (at >= octets.size()) return std::unexpected(kTooShort);
  const auto first = octets[at++];
  if (first < 0x80) return first;
  // ISO/IEC 8825-1 §8.1.3: 80 is the indefinite form, FF is reserved.
  if (first == 0x80 || first == 0xFF) return refused(TlvReason::kMalformedTlv);
  std::size_t length = 0;
  for (int left = first & 0x7F; left > 0; --left) {
    if (at >= octets.size()) return std::unexpected(kTooShort);
    length = length << 8 | octets[at++];
    if (length > kMaximumTlvSize) return refused(TlvReason::kTlvLengthAbove32767);
  }
  return length;
}

}  // namespace

BerResult<std::size_t> tag_size(ByteView octets) {
  if (octets.empty()) return std::unexpected(kTooShort);
  if ((octets[0] & 0x1F) != 0x1F) return 1;
  std::size_t size = 1;
  do {
    if (size >= octets.size()) return std::unexpected(kTooShort);
    if (size >= kLongestTag) return refused(TlvReason::kTagSizeAbove127);
  } while ((octets[size++] & 0x80) != 0);
  // ISO/IEC 8825-1 §8.1.2.4.2: the number does not start with seven zero bits.
  if (octets[1] == 0x80) return refused(TlvReason::kMalformedTag);
  if (size > kMaximumTagSize) return refused(TlvReason::kIllegalSize);
  return size;
}

BerResult<std::int16_t> tag_number(ByteView octets) {
  const auto size = tag_size(octets);
  if (!size) return std::unexpected(size.error());
  if (*size == 1) return static_cast<std::int16_t>(octets[0] & 0x1F);
  std::int32_t number = 0;
  for (const auto octet : octets.subspan(1, *size - 1)) number = number << 7 | (octet & 0x7F);
  if (number > kLargestNumber) return refused(TlvReason::kTagNumberAbove32767);
  return static_cast<std::int16_t>(number);
}

BerResult<Bytes> make_tag(std::int16_t tag_class, bool constructed, std::int16_t number) {
  if (tag_class < 0 || tag_class > 3 || number < 0) return refused(TlvReason::kInvalidParameter);
  const auto first = static_cast<std::uint8_t>(tag_class << 6 | (constructed ? 0x20 : 0));
  if (number < 0x1F) return Bytes{static_cast<std::uint8_t>(first | number)};
  Bytes tag{static_cast<std::uint8_t>(first | 0x1F)};
  for (int shift = 14; shift >= 0; shift -= 7)
    if (number >> shift != 0)
      tag.push_back(static_cast<std::uint8_t>((number >> shift & 0x7F) | (shift == 0 ? 0 : 0x80)));
  return tag;
}

BerResult<TlvHead> tlv_head(ByteView octets) {
  const auto size = tag_size(octets);
  if (!size) {
    const bool malformed = size.error().reason == TlvReason::kMalformedTag;
    return std::unexpected(malformed ? Fault{TlvReason::kMalformedTlv} : size.error());
  }
  TlvHead head{*size, *size, 0};
  const auto length = read_length(octets, head.value_offset);
  if (!length) return std::unexpected(length.error());
  head.length = *length;
  return head;
}

BerResult<TlvHead> checked_tlv(ByteView octets, int depth) {
  const auto head = tlv_head(octets);
  if (!head) return head;
  if (head->size() > octets.size()) return std::unexpected(kTooShort);
  if (!is_constructed(octets[0])) return head;
  if (depth >= kMaximumTlvDepth) return refused(TlvReason::kIllegalSize);
  const auto inside = checked_value(octets.subspan(head->value_offset, head->length), depth + 1);
  if (!inside) return std::unexpected(inside.error());
  return head;
}

BerResult<void> checked_value(ByteView value, int depth) {
  while (!value.empty()) {
    const auto each = checked_tlv(value, depth);
    // What a value cuts is malformed, however long the array is.
    if (!each) return each.error() == kTooShort ? refused(TlvReason::kMalformedTlv) : std::unexpected(each.error());
    value = value.subspan(each->size());
  }
  return {};
}

BerResult<TlvHead> whole_tlv(ByteView octets) {
  const auto head = checked_tlv(octets);
  if (!head) {
    const auto reason = head.error().reason;
    const bool large = reason && *reason != TlvReason::kMalformedTlv;
    return refused(large ? TlvReason::kIllegalSize : TlvReason::kMalformedTlv);
  }
  if (head->size() != octets.size()) return refused(TlvReason::kMalformedTlv);
  return head;
}

Bytes encoded_length(std::size_t length) {
  const auto low = static_cast<std::uint8_t>(length);
  if (length < 0x80) return {low};
  if (length < 0x100) return {0x81, low};
  return {0x82, static_cast<std::uint8_t>(length >> 8), low};
}

}  // namespace cose::jcapi::detail
