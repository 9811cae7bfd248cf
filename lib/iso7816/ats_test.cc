// SPDX-License-Identifier: Apache-2.0
#include "iso7816/ats.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::iso7816 {
namespace {

using namespace literals;

TEST(Ats, HistoricalBytesStandBehindTheInterfaceBytes) {
  EXPECT_EQ(Ats::parse("067577810280"_hex)->historical, "80"_hex);
  EXPECT_EQ(Ats::parse("0578807002"_hex)->historical, Bytes());
  EXPECT_EQ(Ats::parse("0400AABB"_hex)->historical, "AABB"_hex);
  EXPECT_EQ(Ats::parse("01"_hex)->historical, Bytes());
}

TEST(Ats, RefusesWhatIsNone) {
  EXPECT_FALSE(Ats::parse({}));
  EXPECT_FALSE(Ats::parse("05757781"_hex));
  EXPECT_FALSE(Ats::parse("037077"_hex));
  EXPECT_FALSE(Ats::parse("0280"_hex));
}

// PC/SC 2.01 part 3 §3.1.3.2.3.1: TCK makes the sum from T0 on zero.
TEST(Ats, AReaderMakesAnAnswerToResetOfIt) {
  EXPECT_EQ(*Ats{}.to_atr(), "3B80800101"_hex);
  EXPECT_EQ(*Ats{.historical = "436F5345"_hex}.to_atr(), "3B848001436F53453F"_hex);
  EXPECT_FALSE(Ats{.historical = Bytes(16)}.to_atr());
}

}  // namespace
}  // namespace cose::iso7816
