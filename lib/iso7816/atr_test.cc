// SPDX-License-Identifier: Apache-2.0
#include "iso7816/atr.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "iso7816/historical_bytes.h"
#include "iso7816/testing/case_file.h"

namespace cose::iso7816 {
namespace {

using namespace literals;

TEST(Atr, DescribesAndEncodesTheVectors) {
  const auto cases = testing::read_cases("iso7816_atrs.cases");
  ASSERT_FALSE(cases.empty());
  for (const auto& test : cases) {
    SCOPED_TRACE("line " + std::to_string(test.line));
    const auto octets = from_loose_hex(test.lines.at(0)).value();
    std::string expected;
    for (std::size_t at = 1; at < test.lines.size(); ++at) expected += test.lines[at] + "\n";
    const auto atr = Atr::parse(octets);
    EXPECT_EQ(atr ? atr->describe() : "! " + atr.error().message + "\n", expected);
    if (atr) {
      EXPECT_EQ(atr->encode(), octets);
    }
  }
}

TEST(Atr, RefusesNothing) {
  EXPECT_EQ(Atr::parse({}).error().message, "ATR is cut off: expected TS at position 0, found the end");
}

TEST(Atr, ListsTheProtocolsOffered) {
  struct Case {
    Bytes octets;
    std::vector<std::uint8_t> protocols;
  };
  const Case cases[] = {
      {"3B00"_hex, {0}},     {"3B4000"_hex, {0}},       {"3B80800101"_hex, {0, 1}},
      {"3B800181"_hex, {1}}, {"3B80811F001E"_hex, {1}},
  };
  for (const auto& [octets, protocols] : cases) {
    const auto atr = Atr::parse(octets);
    ASSERT_TRUE(atr.has_value()) << to_hex(octets) << " " << atr.error().message;
    EXPECT_EQ(atr->protocols(), protocols) << to_hex(octets);
    EXPECT_EQ(atr->first_protocol(), protocols.front());
  }
}

TEST(Atr, IsBuiltWithItsCheckByte) {
  Atr atr;
  atr.groups = {{.next_protocol = 0}, {.next_protocol = 1}, {}};
  atr.historical = "80318065"_hex;
  EXPECT_TRUE(atr.needs_check_byte());
  EXPECT_EQ(to_hex(atr.encode().value()), "3B8480018031806551");
  atr.groups = {{}};
  EXPECT_EQ(to_hex(atr.encode().value()), "3B0480318065");
}

TEST(Atr, RefusesToBuildWhatIsNone) {
  EXPECT_EQ((Atr{.historical = Bytes(16, 0)}).encode().error().message,
            "expected at most 15 historical bytes, found 16");
  EXPECT_FALSE((Atr{.groups = {}}).encode().has_value());
  EXPECT_FALSE((Atr{.groups = {{}, {}}}).encode().has_value());
  EXPECT_FALSE((Atr{.groups = {{.next_protocol = 1}}}).encode().has_value());
  EXPECT_FALSE((Atr{.groups = {{.next_protocol = 16}, {}}}).encode().has_value());
  std::vector<InterfaceBytes> chain(32, InterfaceBytes{.next_protocol = 1});
  chain.emplace_back();
  EXPECT_EQ((Atr{.groups = chain}).encode().error().message, "expected an ATR of at most 33 octets, found 35");
}

TEST(HistoricalBytes, ReadsObjectsAndStatus) {
  const auto octets = "00 31C0 73C84012 05 9000"_hex;
  const auto historical = HistoricalBytes::parse(octets).value();
  ASSERT_EQ(historical.objects.size(), 2U);
  EXPECT_EQ(historical.objects[0].number, 3);
  EXPECT_EQ(to_hex(historical.objects[1].value), "C84012");
  EXPECT_EQ(compact_object_name(7), "card capabilities");
  EXPECT_EQ(compact_object_name(200), "");
  EXPECT_EQ(historical.life_cycle, 0x05);
  EXPECT_EQ(historical.status, StatusWord::kOk);
}

TEST(HistoricalBytes, TakesTheStatusFromAnObject) {
  const auto life_cycle = HistoricalBytes::parse("80 8105"_hex).value();
  EXPECT_EQ(life_cycle.life_cycle, 0x05);
  EXPECT_FALSE(life_cycle.status.has_value());
  const auto both = HistoricalBytes::parse("80 83056283"_hex).value();
  EXPECT_EQ(both.life_cycle, 0x05);
  EXPECT_EQ(both.status, StatusWord(0x6283));
  EXPECT_FALSE(HistoricalBytes::parse("80 8401020304"_hex)->status.has_value());
}

TEST(HistoricalBytes, RefusesMalformedOnes) {
  EXPECT_EQ(HistoricalBytes::parse({}).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(HistoricalBytes::parse("00 9000"_hex).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(HistoricalBytes::parse("80 73C840"_hex).error().message,
            "COMPACT-TLV object 73 at position 1: expected 3 octets at position 2, found 2");
  EXPECT_EQ(HistoricalBytes::parse("4A434F50"_hex).error().kind, ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace cose::iso7816
