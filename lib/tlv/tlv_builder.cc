// SPDX-License-Identifier: Apache-2.0
#include "tlv/tlv_builder.h"

#include <bit>
#include <utility>

#include "bytes/result.h"

namespace cose::tlv {

void append_length(Bytes& to, std::size_t length) {
  COSE_ASSERT(length <= 0xFFFF'FFFF);
  if (length > 0x7F) {
    const auto width = (static_cast<unsigned>(std::bit_width(length)) + 7) / 8;
    to.push_back(static_cast<std::uint8_t>(0x80 | width));
    for (auto at = width; at-- > 1;) to.push_back(static_cast<std::uint8_t>(length >> (8 * at)));
  }
  to.push_back(static_cast<std::uint8_t>(length));
}

void append_element(Bytes& to, Tag tag, ByteView value) {
  tag.append_to(to);
  append_length(to, value.size());
  append(to, value);
}

TlvBuilder& TlvBuilder::add(Tag tag, ByteView value) {
  append_element(written_, tag, value);
  return *this;
}

TlvBuilder& TlvBuilder::add_encoded(ByteView octets) {
  append(written_, octets);
  return *this;
}

Bytes TlvBuilder::take() {
  return std::exchange(written_, {});
}

}  // namespace cose::tlv
