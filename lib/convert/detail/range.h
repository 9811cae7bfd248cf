// SPDX-License-Identifier: Apache-2.0
// What an int of the Java machine can be: an interval. Each operation gives an interval that holds every result the
// Java machine can come to, wrapped at 32 bits as it wraps.
#pragma once

#include <cstdint>

namespace cose::convert::detail {

struct Range {
  std::int64_t low = INT32_MIN;
  std::int64_t high = INT32_MAX;

  [[nodiscard]] bool is_constant() const { return low == high; }
  [[nodiscard]] bool within(const Range& other) const { return low >= other.low && high <= other.high; }
  friend bool operator==(const Range&, const Range&) = default;
};

inline constexpr Range kIntRange{INT32_MIN, INT32_MAX};
inline constexpr Range kShortRange{INT16_MIN, INT16_MAX};
inline constexpr Range kByteRange{INT8_MIN, INT8_MAX};
inline constexpr Range kBooleanRange{0, 1};
inline constexpr Range kLengthRange{0, INT16_MAX};

[[nodiscard]] inline bool fits_short(const Range& range) {
  return range.within(kShortRange);
}

// Of a type by its letter: B, S, Z, I.
[[nodiscard]] Range range_of(char kind);
[[nodiscard]] Range join(const Range& left, const Range& right);
// The common part; `left` when there is none.
[[nodiscard]] Range meet(const Range& left, const Range& right);
// A bound of `next` that moved from `old` is taken out to the next round number, so that loops come to an end.
[[nodiscard]] Range widen(const Range& old, const Range& next);

[[nodiscard]] Range add(const Range& left, const Range& right);
[[nodiscard]] Range subtract(const Range& left, const Range& right);
[[nodiscard]] Range multiply(const Range& left, const Range& right);
[[nodiscard]] Range divide(const Range& left, const Range& right);
[[nodiscard]] Range remainder(const Range& left, const Range& right);
[[nodiscard]] Range negate(const Range& value);
[[nodiscard]] Range shift_left(const Range& value, const Range& count);
[[nodiscard]] Range shift_right(const Range& value, const Range& count);
[[nodiscard]] Range shift_right_unsigned(const Range& value, const Range& count);
[[nodiscard]] Range bit_and(const Range& left, const Range& right);
[[nodiscard]] Range bit_or(const Range& left, const Range& right);  // exclusive or as well
// i2s, i2b: the range itself when it fits, else all of the type.
[[nodiscard]] Range truncate(const Range& value, const Range& type);

}  // namespace cose::convert::detail
