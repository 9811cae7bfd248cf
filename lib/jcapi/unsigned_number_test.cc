// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/unsigned_number.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::jcapi::detail {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

TEST(UnsignedNumber, ComparesByValueNotByLength) {
  EXPECT_EQ(compare(hex("0000FF"), hex("FF")), 0);
  EXPECT_EQ(compare(hex("0100"), hex("FF")), 1);
  EXPECT_EQ(compare(hex("00FE"), hex("FF")), -1);
}

TEST(UnsignedNumber, AddsWithCarryIntoANewOctet) {
  EXPECT_EQ(sum(hex("FFFF"), hex("01")), hex("010000"));
  EXPECT_EQ(sum(hex("01"), hex("FFFF")), hex("010000"));
  EXPECT_EQ(sum(hex("0000"), hex("00")), hex("00"));
}

TEST(UnsignedNumber, SubtractsDownToZero) {
  EXPECT_EQ(difference(hex("010000"), hex("01")), hex("FFFF"));
  EXPECT_EQ(difference(hex("1234"), hex("00001234")), hex("00"));
  EXPECT_EQ(difference(hex("1234"), hex("1235")), std::nullopt);
}

TEST(UnsignedNumber, Multiplies) {
  EXPECT_EQ(product(hex("FFFFFFFF"), hex("FFFFFFFF")), hex("FFFFFFFE00000001"));
  EXPECT_EQ(product(hex("00FF"), hex("0000")), hex("00"));
}

TEST(UnsignedNumber, KnowsBcd) {
  EXPECT_TRUE(is_bcd(hex("0123456789")));
  EXPECT_FALSE(is_bcd(hex("0A")));
  EXPECT_FALSE(is_bcd(hex("A0")));
}

TEST(UnsignedNumber, ConvertsBothWays) {
  EXPECT_EQ(from_bcd(hex("18446744073709551615"), 8), hex("FFFFFFFFFFFFFFFF"));
  EXPECT_EQ(from_bcd(hex("18446744073709551616"), 8), std::nullopt);
  EXPECT_EQ(from_bcd(hex("0000000255"), 1), hex("FF"));
  EXPECT_EQ(to_bcd(hex("FFFFFFFFFFFFFFFF")), hex("18446744073709551615"));
  EXPECT_EQ(to_bcd(hex("0064")), hex("0100"));
  EXPECT_EQ(to_bcd(hex("00")), hex("00"));
}

TEST(UnsignedNumber, ConvertsEachNumberOfTwoOctetsThereAndBack) {
  for (unsigned value = 0; value <= 0xFFFF; value += 7) {
    const Bytes number{static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
    EXPECT_EQ(compare(from_bcd(to_bcd(number), 2).value(), number), 0) << value;
  }
}

}  // namespace
}  // namespace cose::jcapi::detail
