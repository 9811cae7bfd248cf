// SPDX-License-Identifier: Apache-2.0
#include "iso7816/command_apdu.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "iso7816/testing/case_file.h"

namespace cose::iso7816 {
namespace {

using namespace literals;

// "4S 2 256"
std::string summary_of(const CommandApdu& command) {
  return std::string(to_string(command.apdu_case())) + " " + std::to_string(command.data.size()) + " " +
         (command.le ? std::to_string(*command.le) : "-");
}

TEST(CommandApdu, ParsesAndEncodesTheVectors) {
  const auto cases = testing::read_cases("iso7816_commands.cases");
  ASSERT_FALSE(cases.empty());
  for (const auto& test : cases) {
    SCOPED_TRACE("line " + std::to_string(test.line));
    const auto octets = from_loose_hex(test.lines.at(0)).value();
    const auto command = CommandApdu::parse(octets);
    EXPECT_EQ(command ? summary_of(*command) : "! " + command.error().message, test.lines.at(1));
    if (command) {
      EXPECT_EQ(command->encode(), octets);
    }
  }
}

TEST(CommandApdu, RefusesNothing) {
  EXPECT_EQ(CommandApdu::parse({}).error().message, "expected a command APDU of at least 4 octets, found 0");
}

TEST(CommandApdu, KeepsItsFields) {
  const CommandApdu expected{0x80, 0xCA, 0x9F, 0x7F, "AABB"_hex, 16};
  EXPECT_EQ(CommandApdu::parse("80CA9F7F02AABB10"_hex), expected);
  EXPECT_EQ(expected.encode(), "80CA9F7F02AABB10"_hex);
}

TEST(CommandApdu, ChoosesTheShortestForm) {
  EXPECT_EQ(CommandApdu({0, 0xB0, 0, 0, {}, 256}).encode(), "00B0000000"_hex);
  EXPECT_EQ(CommandApdu({0, 0xB0, 0, 0, {}, 257}).encode(), "00B00000000101"_hex);
  EXPECT_EQ(CommandApdu({0, 0xB0, 0, 0, {}, 65536}).encode(), "00B00000000000"_hex);
  EXPECT_EQ(CommandApdu({0, 0xD6, 0, 0, Bytes(255, 1)}).encode()->size(), 4U + 1 + 255);
  EXPECT_EQ(CommandApdu({0, 0xD6, 0, 0, Bytes(256, 1)}).encode()->size(), 4U + 3 + 256);
  // A long Le makes Lc extended, too.
  EXPECT_EQ(CommandApdu({0, 0xCB, 0, 0, "5C"_hex, 1000}).encode(), "00CB00000000015C03E8"_hex);
}

TEST(CommandApdu, UsesTheExtendedFormWhenAsked) {
  EXPECT_EQ(CommandApdu({0, 0xB0, 0, 0, {}, 1, LengthForm::kExtended}).encode(), "00B00000000001"_hex);
  EXPECT_EQ(CommandApdu({0, 0xA4, 4, 0, {}, std::nullopt, LengthForm::kExtended}).encode(), "00A40400"_hex);
}

TEST(CommandApdu, RefusesLengthsThatHaveNoCode) {
  EXPECT_EQ(CommandApdu({0, 0xB0, 0, 0, {}, 0}).encode().error().message, "expected Le of 1 to 65536, found 0");
  EXPECT_EQ(CommandApdu({0, 0xB0, 0, 0, {}, 65537}).encode().error().kind, ErrorKind::kInvalid);
  const CommandApdu largest{0, 0xD6, 0, 0, Bytes(kMaximumCommandData, 1), kMaximumLe};
  EXPECT_EQ(largest.encode()->size(), kMaximumCommandSize);
  EXPECT_EQ(CommandApdu::parse(largest.encode().value())->data.size(), kMaximumCommandData);
  EXPECT_EQ(CommandApdu({0, 0xD6, 0, 0, Bytes(kMaximumCommandData + 1, 1)}).encode().error().message,
            "expected at most 65535 octets of command data, found 65536");
}

TEST(CommandApduView, BorrowsItsData) {
  const auto octets = "00A40400023F00"_hex;
  EXPECT_EQ(CommandApduView::parse(octets)->data.data(), octets.data() + 5);
}

}  // namespace
}  // namespace cose::iso7816
