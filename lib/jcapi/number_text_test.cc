// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/number_text.h"

#include <gtest/gtest.h>

namespace cose::jcapi::detail {
namespace {

std::optional<std::int64_t> parse(std::string_view text, int bits = 16) {
  return parse_number(as_bytes(text), bits);
}

TEST(NumberText, ReadsDecimalAndHexadecimal) {
  EXPECT_EQ(parse("0"), 0);
  EXPECT_EQ(parse("-0"), 0);
  EXPECT_EQ(parse("32767"), 32767);
  EXPECT_EQ(parse("-32768"), -32768);
  EXPECT_EQ(parse("0x7fFF"), 32767);
  EXPECT_EQ(parse("-#8000"), -32768);
  EXPECT_EQ(parse("0X0000a"), 10);
  EXPECT_EQ(parse("-9223372036854775808", 64), INT64_MIN);
  EXPECT_EQ(parse("9223372036854775807", 64), INT64_MAX);
}

TEST(NumberText, RefusesTheRest) {
  for (const auto* bad : {"", "-", "+1", "007", "1 ", " 1", "0x", "#", "--1", "32768", "-32769", "0xFFFF", "1a", "#-1",
                          "99999999999999999999999"})
    EXPECT_EQ(parse(bad), std::nullopt) << bad;
  EXPECT_EQ(parse("9223372036854775808", 64), std::nullopt);
}

TEST(NumberText, WritesDecimal) {
  EXPECT_EQ(as_text(number_text(-32768)), "-32768");
  EXPECT_EQ(as_text(number_text(INT64_MIN)), "-9223372036854775808");
}

}  // namespace
}  // namespace cose::jcapi::detail
