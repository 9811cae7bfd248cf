// SPDX-License-Identifier: Apache-2.0
#include "bytes/bytes.h"

#include <algorithm>

namespace cose {

ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view as_text(ByteView octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

Bytes to_bytes(ByteView octets) {
  return {octets.begin(), octets.end()};
}

bool equal(ByteView left, ByteView right) {
  return std::ranges::equal(left, right);
}

void append(Bytes& to, ByteView octets) {
  to.insert(to.end(), octets.begin(), octets.end());
}

}  // namespace cose
