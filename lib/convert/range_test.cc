// SPDX-License-Identifier: Apache-2.0
// Every operation on ranges against Java's arithmetic on the values in them.
#include "convert/detail/range.h"

#include <array>
#include <cstdint>

#include <gtest/gtest.h>

namespace cose::convert::detail {
namespace {

constexpr std::array<std::int64_t, 17> kCorners = {
    INT32_MIN, INT32_MIN + 1, -65536, INT16_MIN - 1, INT16_MIN, -256,     INT8_MIN, -2, -1, 0, 1,
    7,         INT8_MAX,      255,    INT16_MAX,     65536,     INT32_MAX};

std::int32_t wrap(std::int64_t value) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
}

// All ranges between corners, and in each the corners and their neighbours.
template <typename Check>
void for_each_range(Check check) {
  for (std::size_t low = 0; low < kCorners.size(); ++low)
    for (std::size_t high = low; high < kCorners.size(); ++high) check(Range{kCorners[low], kCorners[high]});
}

std::vector<std::int32_t> values_in(const Range& range) {
  std::vector<std::int32_t> values;
  for (const auto corner : kCorners)
    for (const auto near : {corner - 1, corner, corner + 1})
      if (near >= range.low && near <= range.high) values.push_back(static_cast<std::int32_t>(near));
  return values;
}

template <typename OnRanges, typename OnValues>
void check_binary(const char* name, OnRanges on_ranges, OnValues on_values) {
  std::size_t outside = 0;
  for_each_range([&](const Range& left) {
    for_each_range([&](const Range& right) {
      const auto result = on_ranges(left, right);
      for (const auto first : values_in(left))
        for (const auto second : values_in(right)) {
          const auto value = on_values(first, second);
          if (value < result.low || value > result.high) ++outside;
        }
    });
  });
  EXPECT_EQ(outside, 0U) << name;
}

// Division by zero throws, so its result is nobody's.
std::int32_t java_divide(std::int64_t left, std::int64_t right) {
  return right == 0 ? 0 : wrap(left / right);
}

TEST(Range, HoldsEveryResultOfArithmetic) {
  check_binary("add", add, [](std::int64_t left, std::int64_t right) { return wrap(left + right); });
  check_binary("subtract", subtract, [](std::int64_t left, std::int64_t right) { return wrap(left - right); });
  check_binary("multiply", multiply, [](std::int64_t left, std::int64_t right) { return wrap(left * right); });
  check_binary("and", bit_and, [](std::int32_t left, std::int32_t right) { return left & right; });
  check_binary("or", bit_or, [](std::int32_t left, std::int32_t right) { return left | right; });
  check_binary("xor", bit_or, [](std::int32_t left, std::int32_t right) { return left ^ right; });
  const auto defined = [](const Range& left, const Range& right) {
    return right == Range{0, 0} ? kIntRange : divide(left, right);
  };
  const auto with_zero = [&](const Range& left, const Range& right) {
    return right.low <= 0 && right.high >= 0 ? join(defined(left, right), {0, 0}) : defined(left, right);
  };
  check_binary("divide", with_zero, java_divide);
  check_binary("remainder", remainder,
               [](std::int64_t left, std::int64_t right) { return right == 0 ? 0 : wrap(left % right); });
}

TEST(Range, HoldsEveryResultOfShifts) {
  for (std::int64_t count = -1; count < 40; ++count) {
    const Range by{count, count};
    for_each_range([&](const Range& range) {
      for (const auto value : values_in(range)) {
        const auto bits = static_cast<unsigned>(count & 31);
        const auto left = wrap(static_cast<std::int64_t>(static_cast<std::uint32_t>(value)) << bits);
        const auto right = value >> bits;
        const auto unsigned_right = static_cast<std::int32_t>(static_cast<std::uint32_t>(value) >> bits);
        for (const auto& counts : {by, Range{0, 31}}) {
          EXPECT_TRUE((Range{left, left}.within(shift_left(range, counts)))) << value << " << " << count;
          EXPECT_TRUE((Range{right, right}.within(shift_right(range, counts)))) << value << " >> " << count;
          EXPECT_TRUE((Range{unsigned_right, unsigned_right}.within(shift_right_unsigned(range, counts))))
              << value << " >>> " << count;
        }
      }
    });
  }
}

TEST(Range, IsTightWhereItMatters) {
  EXPECT_EQ(bit_and(kByteRange, {255, 255}), (Range{0, 255}));
  EXPECT_EQ(bit_or({-32768, 32512}, {0, 255}), kShortRange);
  EXPECT_EQ(shift_left(kByteRange, {8, 8}), (Range{-32768, 32512}));
  EXPECT_EQ(shift_right(kShortRange, {8, 8}), kByteRange);
  EXPECT_EQ(remainder(kShortRange, {10, 10}), (Range{-9, 9}));
  EXPECT_EQ(divide(kShortRange, {2, 2}), (Range{-16384, 16383}));
  EXPECT_EQ(divide(kShortRange, kShortRange), (Range{-32768, 32768}));
  EXPECT_EQ(truncate({-5, 5}, kByteRange), (Range{-5, 5}));
  EXPECT_EQ(truncate({-5, 500}, kByteRange), kByteRange);
}

TEST(Range, StopsGrowing) {
  Range range{0, 1};
  int rounds = 0;
  for (; range.high < INT32_MAX; ++rounds) range = widen(range, join(range, add(range, {0, 1})));
  EXPECT_LT(rounds, 10);
}

}  // namespace
}  // namespace cose::convert::detail
