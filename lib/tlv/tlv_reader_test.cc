// SPDX-License-Identifier: Apache-2.0
#include "tlv/tlv_reader.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::tlv {
namespace {

using namespace literals;

// "84=A0 50=4142", or the message of the first error.
std::string elements_of(ByteView octets, Padding padding) {
  std::string text;
  TlvReader reader(octets, padding);
  while (!reader.at_end()) {
    const auto element = reader.next();
    if (!element) return text + "! " + element.error().message;
    text += element->tag.to_string() + "=" + to_hex(element->value) + " ";
  }
  return text;
}

struct Case {
  const char* octets;
  const char* elements;
  Padding padding = Padding::kZero;
};

constexpr Case kWellFormed[] = {
    {"", ""},
    {"8400", "84= "},
    {"8401A0 5002 4142", "84=A0 50=4142 "},
    {"9F3802 AABB", "9F38=AABB "},
    {"848101A0", "84=A0 "},
    {"84820001A0", "84=A0 "},
    {"8483000001A0", "84=A0 "},
    {"848400000001A0", "84=A0 "},
    {"0000 8401A0 00 5000 000000", "84=A0 50= "},
    {"000000", ""},
    {"FFFF 8401A0 00FF 5000 FF", "84=A0 50= ", Padding::kZeroAndFf},
    {"FF3301AA", "FF33=AA "},
};

TEST(TlvReader, ReadsElementsInOrder) {
  for (const auto& [octets, elements, padding] : kWellFormed)
    EXPECT_EQ(elements_of(from_loose_hex(octets).value(), padding), elements) << octets;
}

constexpr Case kMalformed[] = {
    {"84", "! tag 84 at position 0: expected 1 octets at position 1, found 0"},
    {"8402A0", "! tag 84 at position 0: expected 2 octets of value, found 1"},
    {"5000 8402A0", "50= ! tag 84 at position 2: expected 2 octets of value, found 1"},
    {"6F80 8400 0000", "! tag 6F at position 0: indefinite length, which is not allowed here"},
    {"8485 0000000001 A0", "! tag 84 at position 0: expected a length of 00 to 7F or 81 to 84, found 85"},
    {"84FF", "! tag 84 at position 0: expected a length of 00 to 7F or 81 to 84, found FF"},
    {"8482 01", "! tag 84 at position 0: expected 2 octets at position 2, found 1"},
    {"8484 FFFFFFFF A0", "! tag 84 at position 0: expected 4294967295 octets of value, found 1"},
    {"00 9F", "! the tag at position 1 is cut off"},
};

TEST(TlvReader, NamesWhatIsWrongAndWhere) {
  for (const auto& [octets, elements, padding] : kMalformed)
    EXPECT_EQ(elements_of(from_loose_hex(octets).value(), padding), elements) << octets;
}

TEST(TlvReader, StaysWhereItWasOnFailure) {
  const auto octets = "5000 8402A0"_hex;
  TlvReader reader(octets);
  ASSERT_TRUE(reader.next().has_value());
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_EQ(reader.position(), 2U);
  EXPECT_FALSE(reader.at_end());
}

TEST(TlvReader, GivesTheElementAsItStood) {
  const auto octets = "00 9F388102AABB 5000"_hex;
  TlvReader reader(octets);
  EXPECT_EQ(to_hex(reader.next().value().encoded), "9F388102AABB");
  EXPECT_EQ(to_hex(reader.next().value().encoded), "5000");
}

// The answer to SELECT of a payment application: EMV 4.4 Book 1 §11.3.4, the values made up.
Bytes fci() {
  return "6F1C 8407A0000000031010 A511 500456495341 9F38039F1A02 BF0C02 DF00"_hex;
}

std::string text_of(const Result<std::optional<ByteView>>& found) {
  if (!found) return "! " + std::string(to_string(found.error().kind));
  const auto& value = *found;
  return value ? to_hex(*value) : "absent";
}

TEST(Find, LooksAtTheTopLevelOnly) {
  const auto octets = fci();
  EXPECT_EQ(text_of(find(octets, Tag(0x6F))), to_hex(ByteView(octets).subspan(2)));
  EXPECT_EQ(text_of(find(octets, Tag(0x84))), "absent");
}

TEST(Find, TakesTheFirst) {
  const auto octets = "5001AA 5001BB 5002"_hex;
  EXPECT_EQ(text_of(find(octets, Tag(0x50))), "AA");
}

TEST(Find, FollowsPaths) {
  const auto octets = fci();
  EXPECT_EQ(text_of(find_path(octets, {Tag(0x6F), Tag(0xA5), Tag(0x9F38)})), "9F1A02");
  EXPECT_EQ(text_of(find_path(octets, {Tag(0x6F), Tag(0xA5), Tag(0x5A)})), "absent");
  EXPECT_EQ(text_of(find_path(octets, {Tag(0x70), Tag(0xA5)})), "absent");
  EXPECT_EQ(text_of(find_path(octets, {})), to_hex(octets));
}

TEST(Find, TellsAbsentFromMalformed) {
  const auto malformed = "5000 8402A0"_hex;
  EXPECT_EQ(text_of(find(malformed, Tag(0x5A))), "! invalid");
  EXPECT_EQ(text_of(find(malformed, Tag(0x50))), "");
  const auto malformed_inside = "6F038402A0"_hex;
  EXPECT_EQ(text_of(find_path(malformed_inside, {Tag(0x6F), Tag(0x50)})), "! invalid");
}

TEST(Require, MakesAbsenceAnError) {
  const auto octets = fci();
  EXPECT_EQ(require(octets, Tag(0x84)).error(), (Error{ErrorKind::kNotFound, "expected tag 84, found none"}));
  EXPECT_EQ(require_path(octets, {Tag(0x6F), Tag(0x5A)}).error().message, "expected tag 6F/5A, found none");
  EXPECT_EQ(to_hex(require_path(octets, {Tag(0x6F), Tag(0x84)}).value()), "A0000000031010");
  EXPECT_EQ(require("8402A0"_hex, Tag(0x50)).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace cose::tlv
