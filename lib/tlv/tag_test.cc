// SPDX-License-Identifier: Apache-2.0
#include "tlv/tag.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::tlv {
namespace {

using namespace literals;

TEST(Tag, KnowsItsParts) {
  struct Case {
    Tag tag;
    std::size_t size;
    TagClass tag_class;
    bool constructed;
    std::uint32_t number;
    const char* text;
  };
  const Case cases[] = {
      {Tag(0x02), 1, TagClass::kUniversal, false, 2, "02"},
      {Tag(0x6F), 1, TagClass::kApplication, true, 15, "6F"},
      {Tag(0x5F2D), 2, TagClass::kApplication, false, 45, "5F2D"},
      {Tag(0x7F49), 2, TagClass::kApplication, true, 73, "7F49"},
      {Tag(0x84), 1, TagClass::kContextSpecific, false, 4, "84"},
      {Tag(0x9F02), 2, TagClass::kContextSpecific, false, 2, "9F02"},
      {Tag(0xBF0C), 2, TagClass::kContextSpecific, true, 12, "BF0C"},
      {Tag(0xDF8129), 3, TagClass::kPrivate, false, 169, "DF8129"},
      {Tag(0xFF818102), 4, TagClass::kPrivate, true, 16514, "FF818102"},
  };
  for (const auto& [tag, size, tag_class, constructed, number, text] : cases) {
    EXPECT_EQ(tag.to_string(), text);
    EXPECT_EQ(tag.size(), size) << text;
    EXPECT_EQ(tag.tag_class(), tag_class) << text;
    EXPECT_EQ(tag.is_constructed(), constructed) << text;
    EXPECT_EQ(tag.number(), number) << text;
    EXPECT_EQ(Tag::from_value(tag.value()), tag) << text;
    EXPECT_EQ(Tag::from_hex(text), tag) << text;
  }
}

TEST(Tag, StopsAtItsLastOctet) {
  const auto octets = "9F3803"_hex;
  Reader reader(octets);
  EXPECT_EQ(Tag::read(reader), Tag(0x9F38));
  EXPECT_EQ(reader.position(), 2U);
}

TEST(Tag, RefusesWhatIsNoTag) {
  struct Case {
    const char* octets;
    const char* message;
  };
  const Case cases[] = {
      {"", "expected a tag at position 0, found the end"},
      {"00", "expected a BER-TLV tag at position 0, found 00"},
      {"9F", "the tag at position 0 is cut off"},
      {"9F81", "the tag at position 0 is cut off"},
      {"9F8001", "expected a BER-TLV tag at position 0, found 9F8001"},
      {"9F8181810101", "the tag at position 0 has more than 4 octets"},
      {"8404", "1 octets too many after position 1"},
      {"8", "expected an even number of hexadecimal digits, found 1"},
  };
  for (const auto& [octets, message] : cases) {
    const auto tag = Tag::from_hex(octets);
    ASSERT_FALSE(tag.has_value()) << octets;
    EXPECT_EQ(tag.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(tag.error().message, message);
  }
}

TEST(Tag, RefusesValuesThatAreNoTag) {
  for (const std::uint32_t value : {0x00U, 0x1FU, 0x9FU, 0x8401U, 0x9F81U, 0x9F0201U, 0x9F8002U, 0x9F818181U})
    EXPECT_FALSE(Tag::from_value(value).has_value()) << value;
  EXPECT_EQ(Tag::from_value(0x8401).error().message, "expected a BER-TLV tag, found 8401");
  EXPECT_EQ(Tag::from_value(0).error().message, "expected a BER-TLV tag, found 00");
}

}  // namespace
}  // namespace cose::tlv
