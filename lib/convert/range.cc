// SPDX-License-Identifier: Apache-2.0
#include "convert/detail/range.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

namespace cose::convert::detail {

namespace {

constexpr std::int64_t kShiftMask = 31;  // JVMS 8 §6.5, ishl

// A result beyond 32 bits wraps, so it can be anything.
Range wrapped(std::int64_t low, std::int64_t high) {
  if (low < INT32_MIN || high > INT32_MAX) return kIntRange;
  return {low, high};
}

std::int64_t magnitude(const Range& range) {
  return std::max(std::abs(range.low), std::abs(range.high));
}

// The smallest two's complement type that holds both.
Range type_over(const Range& left, const Range& right) {
  const auto low = std::min(left.low, right.low);
  const auto high = std::max(left.high, right.high);
  const auto reach = static_cast<std::uint64_t>(std::max(high, -(low + 1)));
  const auto bits = static_cast<unsigned>(std::bit_width(reach));
  const auto limit = std::int64_t{1} << bits;
  return {low < 0 ? -limit : 0, limit - 1};
}

}  // namespace

Range range_of(char kind) {
  switch (kind) {
    case 'B': return kByteRange;
    case 'S': return kShortRange;
    case 'Z': return kBooleanRange;
    default: return kIntRange;
  }
}

Range join(const Range& left, const Range& right) {
  return {std::min(left.low, right.low), std::max(left.high, right.high)};
}

Range meet(const Range& left, const Range& right) {
  const Range common{std::max(left.low, right.low), std::min(left.high, right.high)};
  return common.low > common.high ? left : common;
}

Range widen(const Range& old, const Range& next) {
  constexpr std::array<std::int64_t, 7> kLows = {0, -1, INT8_MIN, -256, INT16_MIN, -65536, INT32_MIN};
  constexpr std::array<std::int64_t, 7> kHighs = {0, 1, INT8_MAX, 255, INT16_MAX, 65535, INT32_MAX};
  Range wide = next;
  if (next.low < old.low) wide.low = *std::ranges::find_if(kLows, [&](std::int64_t each) { return each <= next.low; });
  if (next.high > old.high)
    wide.high = *std::ranges::find_if(kHighs, [&](std::int64_t each) { return each >= next.high; });
  return wide;
}

Range add(const Range& left, const Range& right) {
  return wrapped(left.low + right.low, left.high + right.high);
}

Range subtract(const Range& left, const Range& right) {
  return wrapped(left.low - right.high, left.high - right.low);
}

Range multiply(const Range& left, const Range& right) {
  const auto [low, high] =
      std::minmax({left.low * right.low, left.low * right.high, left.high * right.low, left.high * right.high});
  return wrapped(low, high);
}

Range divide(const Range& left, const Range& right) {
  if (right.low > 0) {
    const auto [low, high] =
        std::minmax({left.low / right.low, left.low / right.high, left.high / right.low, left.high / right.high});
    return {low, high};
  }
  const auto most = magnitude(left);
  if (right.high < 0) {
    if (left.low >= 0) return {-most, 0};
    if (left.high <= 0) return wrapped(0, most);
  }
  return wrapped(-most, most);
}

Range remainder(const Range& left, const Range& right) {
  const auto most = std::max<std::int64_t>(magnitude(right) - 1, 0);
  return {left.low < 0 ? std::max(left.low, -most) : 0, left.high > 0 ? std::min(left.high, most) : 0};
}

Range negate(const Range& value) {
  return wrapped(-value.high, -value.low);
}

Range shift_left(const Range& value, const Range& count) {
  if (!count.is_constant()) return value == Range{0, 0} ? value : kIntRange;
  const auto factor = std::int64_t{1} << (count.low & kShiftMask);
  return wrapped(value.low * factor, value.high * factor);
}

Range shift_right(const Range& value, const Range& count) {
  if (count.is_constant()) {
    const auto by = count.low & kShiftMask;
    return {value.low >> by, value.high >> by};
  }
  return {value.low < 0 ? value.low : 0, value.high < 0 ? -1 : value.high};
}

Range shift_right_unsigned(const Range& value, const Range& count) {
  if (value.low >= 0) return shift_right(value, count);
  if (!count.is_constant()) return kIntRange;
  const auto by = count.low & kShiftMask;
  if (by == 0) return value;
  return {0, std::int64_t{UINT32_MAX} >> by};
}

Range bit_and(const Range& left, const Range& right) {
  if (left.low >= 0 && right.low >= 0) return {0, std::min(left.high, right.high)};
  if (left.low >= 0) return {0, left.high};
  if (right.low >= 0) return {0, right.high};
  return type_over(left, right);
}

Range bit_or(const Range& left, const Range& right) {
  return type_over(left, right);
}

Range truncate(const Range& value, const Range& type) {
  return value.within(type) ? value : type;
}

}  // namespace cose::convert::detail
