// SPDX-License-Identifier: Apache-2.0
#include "bytes/writer.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace cose {

namespace {

std::uint8_t octet_of(std::uint64_t value, unsigned index_from_right) {
  return static_cast<std::uint8_t>(value >> (8 * index_from_right));
}

}  // namespace

Writer& Writer::number(std::uint64_t value, unsigned width) {
  for (unsigned at = width; at-- > 0;) written_.push_back(octet_of(value, at));
  return *this;
}

Writer& Writer::u8(std::uint8_t value) {
  return number(value, 1);
}
Writer& Writer::u16(std::uint16_t value) {
  return number(value, 2);
}
Writer& Writer::u24(std::uint32_t value) {
  return number(value, 3);
}
Writer& Writer::u32(std::uint32_t value) {
  return number(value, 4);
}
Writer& Writer::u64(std::uint64_t value) {
  return number(value, 8);
}

Writer& Writer::octets(ByteView run) {
  append(written_, run);
  return *this;
}

Bytes Writer::take() {
  return std::exchange(written_, {});
}

Status FixedWriter::octets(ByteView run) {
  if (run.size() > room())
    return fail(ErrorKind::kLimit,
                std::to_string(run.size()) + " octets do not fit the " + std::to_string(room()) + " left");
  std::ranges::copy(run, buffer_.subspan(used_).begin());
  used_ += run.size();
  return {};
}

Status FixedWriter::number(std::uint64_t value, unsigned width) {
  std::array<std::uint8_t, 8> octets_of_value{};
  for (unsigned at = 0; at < width; ++at) octets_of_value[at] = octet_of(value, width - 1 - at);
  return octets(ByteView(octets_of_value).first(width));
}

Status FixedWriter::u8(std::uint8_t value) {
  return number(value, 1);
}
Status FixedWriter::u16(std::uint16_t value) {
  return number(value, 2);
}
Status FixedWriter::u32(std::uint32_t value) {
  return number(value, 4);
}

}  // namespace cose
