// SPDX-License-Identifier: Apache-2.0
// Numbers in values: packed digits and binary.
#pragma once

#include <cstdint>
#include <optional>

#include "bytes/bytes.h"

namespace cose::emv::detail {

// Of packed digits; nothing when there are others, or more than eight.
[[nodiscard]] inline std::optional<unsigned> number_of(ByteView packed) {
  if (packed.size() > 4) return std::nullopt;
  unsigned number = 0;
  for (const auto octet : packed) {
    if ((octet >> 4) > 9 || (octet & 0x0F) > 9) return std::nullopt;
    number = number * 100 + (octet >> 4) * 10U + (octet & 0x0FU);
  }
  return number;
}

[[nodiscard]] inline std::uint32_t binary_of(ByteView octets) {
  std::uint32_t number = 0;
  for (const auto octet : octets) number = number << 8 | octet;
  return number;
}

}  // namespace cose::emv::detail
