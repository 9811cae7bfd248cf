// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/charset.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "jcapi/detail/utf8.h"

namespace cose::jcapi::detail {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}
ByteView utf8(std::string_view text) {
  return as_bytes(text);
}

TEST(Utf8, DecodesEachLength) {
  EXPECT_EQ(first_character(hex("41")).code_point, 0x41U);
  EXPECT_EQ(first_character(hex("C3A9")).code_point, 0xE9U);
  EXPECT_EQ(first_character(hex("E282AC")).code_point, 0x20ACU);
  EXPECT_EQ(first_character(hex("F09F8080")).code_point, 0x1F000U);
  EXPECT_EQ(first_character(hex("F48FBFBF")).code_point, 0x10FFFFU);
}

TEST(Utf8, RefusesWhatRfc3629Refuses) {
  for (const auto* bad : {"80", "C080", "C1BF", "E09FBF", "EDA080", "F08FBFBF", "F4908080", "F5808080", "FF", "C3",
                          "E282", "F09F80", "C341"})
    EXPECT_FALSE(is_well_formed(hex(bad))) << bad;
}

TEST(Utf8, CountsAnIllFormedSequenceOnce) {
  EXPECT_EQ(count_characters(hex("41E28241")), 3U);  // E282 is the start of one
  EXPECT_EQ(count_characters(hex("8080")), 2U);
  EXPECT_EQ(count_characters({}), 0U);
}

TEST(Utf8, FindsTheLastCharacterBeforeAnOctet) {
  const auto text = hex("41C3A9E282AC");
  EXPECT_EQ(start_of_last(text, 1), 0U);
  EXPECT_EQ(start_of_last(text, 3), 1U);
  EXPECT_EQ(start_of_last(text, 6), 3U);
  EXPECT_EQ(start_of_last(text, 5), 3U);  // cut: E282
}

TEST(Utf8, WritesWhatItReads) {
  for (const std::uint32_t code : {0x0U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xFFFFU, 0x10000U, 0x10FFFFU}) {
    Bytes text;
    append_utf8(text, code);
    EXPECT_EQ(first_character(text).code_point, code);
    EXPECT_EQ(first_character(text).size, text.size());
  }
}

struct Sample {
  std::uint8_t charset;
  std::string_view text;
  std::string_view encoded;
};

TEST(Charset, ConvertsBothWays) {
  const Sample samples[] = {
      {1, "a\u00E9\u20AC", "61C3A9E282AC"},
      {2, "a\U0001F000", "FEFF0061D83CDC00"},
      {3, "a\u20AC", "6100AC20"},
      {4, "\U0001F000", "D83CDC00"},
      {5, "a\u20AC", "006120AC"},
      {6, "@a\u20AC{", "00611B651B28"},
      {6, "\u00A3\u0394\u00E0", "01107F"},
      {7, "a\u00E9", "61E9"},
      {4, "", ""},
  };
  for (const auto& sample : samples) {
    EXPECT_EQ(to_charset(utf8(sample.text), sample.charset).value(), hex(sample.encoded)) << sample.encoded;
    EXPECT_EQ(from_charset(hex(sample.encoded), sample.charset).value(), to_bytes(utf8(sample.text))) << sample.encoded;
  }
}

TEST(Charset, TakesEitherByteOrderMarkAndNone) {
  EXPECT_EQ(from_charset(hex("FFFE6100"), 2).value(), hex("61"));
  EXPECT_EQ(from_charset(hex("0061"), 2).value(), hex("61"));
}

TEST(Charset, SaysWhatIsWrong) {
  EXPECT_EQ(to_charset(utf8("a"), 8).error(), CharsetProblem::kUnsupported);
  EXPECT_EQ(from_charset(utf8("a"), 0).error(), CharsetProblem::kUnsupported);
  EXPECT_EQ(to_charset(utf8("\u20AC"), 7).error(), CharsetProblem::kInvalidSequence);
  EXPECT_EQ(to_charset(utf8("\U0001F000"), 5).error(), CharsetProblem::kInvalidSequence);
  EXPECT_EQ(to_charset(utf8("\u4E00"), 6).error(), CharsetProblem::kInvalidSequence);
  EXPECT_EQ(to_charset(hex("C3"), 1).error(), CharsetProblem::kInvalidSequence);
  for (const auto* lone : {"D83C", "DC00", "D83C0061", "00"})
    EXPECT_EQ(from_charset(hex(lone), 4).error(), CharsetProblem::kInvalidSequence) << lone;
  EXPECT_EQ(from_charset(hex("D83CDC00"), 5).error(), CharsetProblem::kInvalidSequence);
  for (const auto* bad : {"1B", "1B00", "80"})
    EXPECT_EQ(from_charset(hex(bad), 6).error(), CharsetProblem::kInvalidSequence) << bad;
}

}  // namespace
}  // namespace cose::jcapi::detail
