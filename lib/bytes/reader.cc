// SPDX-License-Identifier: Apache-2.0
#include "bytes/reader.h"

#include <string>

namespace cose {

Result<ByteView> Reader::take(std::size_t count) {
  // Compared against what is left, never position + count, which could wrap.
  if (count > remaining())
    return fail(ErrorKind::kInvalid, "expected " + std::to_string(count) + " octets at position " +
                                         std::to_string(position_) + ", found " + std::to_string(remaining()));
  const auto taken = octets_.subspan(position_, count);
  position_ += count;
  return taken;
}

Status Reader::skip(std::size_t count) {
  COSE_CHECK(take(count));
  return {};
}

Result<std::uint64_t> Reader::number(std::size_t width) {
  COSE_TRY(const auto octets, take(width));
  std::uint64_t value = 0;
  for (const auto octet : octets) value = value << 8 | octet;
  return value;
}

Result<std::uint8_t> Reader::u8() {
  COSE_TRY(const auto value, number(1));
  return static_cast<std::uint8_t>(value);
}

Result<std::uint16_t> Reader::u16() {
  COSE_TRY(const auto value, number(2));
  return static_cast<std::uint16_t>(value);
}

Result<std::uint32_t> Reader::u24() {
  COSE_TRY(const auto value, number(3));
  return static_cast<std::uint32_t>(value);
}

Result<std::uint32_t> Reader::u32() {
  COSE_TRY(const auto value, number(4));
  return static_cast<std::uint32_t>(value);
}

Result<std::uint64_t> Reader::u64() {
  return number(8);
}

Result<ByteView> Reader::take_with_length8() {
  const auto start = position_;
  COSE_TRY(const auto length, u8());
  auto run = take(length);
  if (!run) position_ = start;
  return run;
}

Result<ByteView> Reader::take_with_length16() {
  const auto start = position_;
  COSE_TRY(const auto length, u16());
  auto run = take(length);
  if (!run) position_ = start;
  return run;
}

Result<std::uint8_t> Reader::peek() const {
  if (at_end())
    return fail(ErrorKind::kInvalid, "expected an octet at position " + std::to_string(position_) + ", found the end");
  return octets_[position_];
}

Status Reader::expect_end() const {
  if (at_end()) return {};
  return fail(ErrorKind::kInvalid,
              std::to_string(remaining()) + " octets too many after position " + std::to_string(position_));
}

}  // namespace cose
