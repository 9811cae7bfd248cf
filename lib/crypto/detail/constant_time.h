// SPDX-License-Identifier: Apache-2.0
// Choices without branches, for paddings whose place of failure must stay hidden. A mask is all ones or all zeros.
#pragma once

#include <cstddef>

namespace cose::crypto::detail {

using Mask = std::size_t;

// The compiler may not see through this and put the branch back.
[[nodiscard]] inline std::size_t opaque(std::size_t value) {
  asm("" : "+r"(value));
  return value;
}

[[nodiscard]] inline Mask mask_if_zero(std::size_t value) {
  // The top bit of ~v & (v - 1) is set for zero only.
  return Mask{0} - (opaque(~value & (value - 1)) >> (sizeof(value) * 8 - 1));
}

[[nodiscard]] inline Mask mask_if_equal(std::size_t left, std::size_t right) {
  return mask_if_zero(left ^ right);
}

// For values below half the range of their type.
[[nodiscard]] inline Mask mask_if_less(std::size_t left, std::size_t right) {
  return Mask{0} - (opaque(left - right) >> (sizeof(left) * 8 - 1));
}

[[nodiscard]] inline std::size_t choose(Mask mask, std::size_t if_ones, std::size_t if_zeros) {
  return (mask & if_ones) | (~mask & if_zeros);
}

}  // namespace cose::crypto::detail
