// SPDX-License-Identifier: Apache-2.0
#include "iso7816/octet_pattern.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::iso7816 {
namespace {

using namespace literals;

TEST(OctetPattern, MatchesWhatItLeavesOpen) {
  struct Case {
    const char* pattern;
    std::vector<const char*> matching;
    std::vector<const char*> others;
  };
  const Case cases[] = {
      {"", {""}, {"00"}},
      {"6F 00:9000", {"6F009000"}, {"", "6F0090", "6F00900000", "6F009001"}},
      {"63 ..", {"63C0", "6300"}, {"63", "6400", "63C000"}},
      {"*", {"", "9000"}, {}},
      {"6F* 9000", {"6F9000", "6F009000", "6F90009000"}, {"9000", "6F90", "6F009001", "709000", "6F00"}},
      {"*9000", {"9000", "0102 9000"}, {"00", "9001"}},
      {"6F..*", {"6F00", "6F0001"}, {"6F", "7000"}},
      {"01..*..02", {"01AABB02", "01AA00BB02"}, {"01AA02", "01AABB03"}},
  };
  for (const auto& [text, matching, others] : cases) {
    const auto pattern = OctetPattern::parse(text).value();
    for (const auto* octets : matching) EXPECT_TRUE(pattern.matches(from_loose_hex(octets).value())) << octets;
    for (const auto* octets : others) EXPECT_FALSE(pattern.matches(from_loose_hex(octets).value())) << octets;
    EXPECT_EQ(OctetPattern::parse(pattern.to_string()), pattern) << text;
  }
}

TEST(OctetPattern, KnowsWhenItIsExact) {
  EXPECT_TRUE(OctetPattern::parse("6F009000")->is_exact());
  EXPECT_TRUE(OctetPattern("9000"_hex).is_exact());
  EXPECT_FALSE(OctetPattern::parse("90..")->is_exact());
  EXPECT_FALSE(OctetPattern::parse("*9000")->is_exact());
  EXPECT_EQ(OctetPattern("9000"_hex), OctetPattern::parse("9000").value());
}

TEST(OctetPattern, Prints) {
  EXPECT_EQ(OctetPattern::parse("6f .. * 90 00")->to_string(), "6F..*9000");
  EXPECT_EQ(OctetPattern::parse("90*")->to_string(), "90*");
  EXPECT_EQ(OctetPattern().to_string(), "");
}

TEST(OctetPattern, NamesTheColumnOfAnError) {
  EXPECT_EQ(OctetPattern::parse("6F*90*").error().message, "a second * at column 6");
  for (const auto* text : {"90 0", "90 0.", "90 .0", "90 0G", "90 .", "90 .*"})
    EXPECT_EQ(OctetPattern::parse(text).error().message, "expected two hexadecimal digits, .. or * at column 4")
        << text;
}

}  // namespace
}  // namespace cose::iso7816
