// SPDX-License-Identifier: Apache-2.0
#include "tlv/dol.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::tlv {
namespace {

using namespace literals;

TEST(Dol, ParsesAndPrints) {
  const auto octets = "9F0206 5F2A02 9A03 DF812900"_hex;
  const auto dol = Dol::parse(octets).value();
  EXPECT_EQ(dol.to_string(), "9F02[6] 5F2A[2] 9A[3] DF8129[0]");
  EXPECT_EQ(dol.data_length(), 11U);
  EXPECT_EQ(dol.entries()[1], (DolEntry{Tag(0x5F2A), 2}));
  EXPECT_EQ(dol.encode(), octets);
  EXPECT_EQ(Dol::parse({}).value().to_string(), "");
}

TEST(Dol, RefusesMalformedLists) {
  EXPECT_EQ(Dol::parse("9F0206 9F"_hex).error().message, "the tag at position 3 is cut off");
  EXPECT_EQ(Dol::parse("9F0206 5F2A"_hex).error().message,
            "length of tag 5F2A: expected 1 octets at position 5, found 0");
  EXPECT_EQ(Dol::parse("0004"_hex).error().kind, ErrorKind::kInvalid);
}

TEST(Dol, BoundsTheEntries) {
  Bytes octets;
  for (std::size_t entry = 0; entry < kMaximumDolEntries; ++entry) append(octets, "9AFF"_hex);
  EXPECT_TRUE(Dol::parse(octets).has_value());
  append(octets, "9A00"_hex);
  EXPECT_EQ(Dol::parse(octets).error().kind, ErrorKind::kLimit);
}

TEST(Dol, TakesALengthOfOneOctetAsANumber) {
  EXPECT_EQ(Dol::parse("9A81"_hex).value().data_length(), 0x81U);
}

// EMV 4.4 Book 3 §5.4 steps 2 and 3.
TEST(Dol, CutsAndPadsByFormat) {
  struct Case {
    DataFormat format;
    const char* value;
    std::size_t length;
    const char* filled;
  };
  const Case cases[] = {
      {DataFormat::kNumeric, "123456", 2, "3456"},
      {DataFormat::kNumeric, "1234", 4, "00001234"},
      {DataFormat::kNumeric, "1234", 2, "1234"},
      {DataFormat::kCompressedNumeric, "123456", 2, "1234"},
      {DataFormat::kCompressedNumeric, "1234", 4, "1234FFFF"},
      {DataFormat::kOther, "41424344", 3, "414243"},
      {DataFormat::kOther, "4142", 4, "41420000"},
      {DataFormat::kOther, "4142", 0, ""},
      {DataFormat::kNumeric, "4142", 0, ""},
      {DataFormat::kOther, "", 2, "0000"},
  };
  for (const auto& [format, value, length, filled] : cases) {
    const auto octets = from_hex(value).value();
    EXPECT_EQ(to_hex(fit({octets, format}, length)), filled) << value;
  }
}

TEST(Dol, FillsInOrderAndUnknownWithZeros) {
  const auto amount = "1234"_hex;
  const auto country = "0250"_hex;
  const auto lookup = [&](Tag tag) -> std::optional<DolValue> {
    if (tag == Tag(0x9F02)) return DolValue{amount, DataFormat::kNumeric};
    if (tag == Tag(0x9F1A) || tag == Tag(0xBF0C)) return DolValue{country};
    return std::nullopt;
  };
  EXPECT_EQ(to_hex(Dol::parse("9F1A02 9F0206 9F3704"_hex).value().fill(lookup)), "025000000000123400000000");
  // A constructed tag is zeros whatever the lookup says.
  EXPECT_EQ(to_hex(Dol::parse("BF0C03"_hex).value().fill(lookup)), "000000");
  EXPECT_EQ(Dol().fill(lookup), Bytes{});
}

}  // namespace
}  // namespace cose::tlv
