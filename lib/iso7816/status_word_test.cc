// SPDX-License-Identifier: Apache-2.0
#include "iso7816/status_word.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "iso7816/testing/case_file.h"

namespace cose::iso7816 {
namespace {

TEST(StatusWord, HasTwoOctets) {
  const StatusWord status(0x6A, 0x82);
  EXPECT_EQ(status, StatusWord::kFileNotFound);
  EXPECT_EQ(status.value(), 0x6A82);
  EXPECT_EQ(status.sw1(), 0x6A);
  EXPECT_EQ(status.sw2(), 0x82);
  EXPECT_EQ(to_string(status), "6A82");
  EXPECT_NE(status, StatusWord::kOk);
}

TEST(StatusWord, KnowsItsKind) {
  EXPECT_TRUE(StatusWord::kOk.is_success());
  EXPECT_TRUE(StatusWord(0x6110).is_success());
  EXPECT_FALSE(StatusWord(0x9001).is_success());
  EXPECT_FALSE(StatusWord(0x6283).is_success());
  EXPECT_TRUE(StatusWord(0x6283).is_warning());
  EXPECT_TRUE(StatusWord(0x63C1).is_warning());
  EXPECT_FALSE(StatusWord(0x6400).is_warning());
}

TEST(StatusWord, CountsTheTriesLeft) {
  EXPECT_EQ(StatusWord(0x63C2).tries_left(), 2);
  EXPECT_EQ(StatusWord(0x63C0).tries_left(), 0);
  EXPECT_FALSE(StatusWord(0x63B0).tries_left().has_value());
  EXPECT_FALSE(StatusWord(0x62C0).tries_left().has_value());
}

TEST(StatusWord, HasAMeaning) {
  const auto cases = testing::read_cases("iso7816_status_words.cases");
  ASSERT_FALSE(cases.empty());
  for (const auto& line : cases[0].lines) {
    const auto octets = from_hex(line.substr(0, 4)).value();
    EXPECT_EQ(meaning(StatusWord(octets[0], octets[1])), line.substr(5)) << line;
  }
}

// A row of which an earlier one takes every word would never be reached.
TEST(StatusWord, TableHasNoUnreachableRow) {
  struct Row {
    unsigned value;
    unsigned mask;
  };
  constexpr Row kRows[] = {
#define COSE_STATUS_WORD(name, value, meaning) {value, 0xFFFF},
#define COSE_STATUS_PATTERN(value, mask, meaning) {value, mask},
#include "iso7816/status_words.def"
#undef COSE_STATUS_WORD
#undef COSE_STATUS_PATTERN
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(row.value & row.mask, row.value) << std::hex << row.value;
    for (const auto* earlier = kRows; earlier != &row; ++earlier) {
      const bool is_as_wide = (earlier->mask & row.mask) == earlier->mask;
      EXPECT_FALSE(is_as_wide && (row.value & earlier->mask) == earlier->value) << std::hex << row.value;
    }
  }
}

}  // namespace
}  // namespace cose::iso7816
