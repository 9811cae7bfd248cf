// SPDX-License-Identifier: Apache-2.0
// The parts of the grid protocol on their own; whole dialogues are in session_script_test.cc.
#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/seeded_rng.h"
#include "grid/inventory.h"
#include "grid/line_decoder.h"
#include "grid/reply.h"
#include "grid/run_length.h"
#include "grid/slot_number.h"

namespace cose::grid {
namespace {

using namespace literals;

TEST(SlotNumber, CountsBoardsAndPositionsFromOne) {
  EXPECT_EQ(SlotNumber::parse("101")->index(), 0U);
  EXPECT_EQ(SlotNumber::parse("132")->index(), 31U);
  EXPECT_EQ(SlotNumber::parse("725")->board(), 7U);
  EXPECT_EQ(SlotNumber::parse("725")->position(), 25U);
  EXPECT_EQ(SlotNumber::parse("1332")->index(), kSlots - 1);
  for (std::size_t index = 0; index < kSlots; ++index)
    EXPECT_EQ(SlotNumber::from_value(SlotNumber::from_index(index).value())->index(), index);
}

TEST(SlotNumber, RefusesWhatNoRackHas) {
  for (const auto* text : {"0", "1", "99", "100", "133", "200", "1300", "1333", "1401", "99999"})
    EXPECT_EQ(SlotNumber::parse(text).error().kind, ErrorKind::kNotFound) << text;
  for (const auto* text : {"", "x", "101x", " 101", "+101", "-1", "0x65", "1000000"})
    EXPECT_EQ(SlotNumber::parse(text).error().kind, ErrorKind::kInvalid) << text;
}

std::string run_length(const Bytes& octets) {
  std::string text;
  append_run_length(text, octets);
  return text;
}

TEST(RunLength, WritesRunsOfThreeAndMore) {
  EXPECT_EQ(run_length("0000000000FFFF9000"_hex), "*0500FFFF9000");
  EXPECT_EQ(run_length("9000"_hex), "9000");
  EXPECT_EQ(run_length("2020209000"_hex), "*03209000");
  EXPECT_EQ(run_length(Bytes(0x1FF, 0xAA)), "*FFAA*FFAAAA");
  EXPECT_EQ(run_length({}), "");
}

TEST(RunLength, ReadsWhatItWritesAndWhatOthersWrite) {
  EXPECT_EQ(from_run_length("*0500*02FF9000", 9).value(), "0000000000FFFF9000"_hex);
  EXPECT_EQ(from_run_length("*00FF9000", 2).value(), "9000"_hex);
  testing::SeededRng rng(7);
  for (int round = 0; round < 2000; ++round) {
    Bytes octets(rng.below(600));
    for (auto& octet : octets) octet = rng.below(4) == 0 ? static_cast<std::uint8_t>(rng.below(256)) : 0;
    ASSERT_EQ(from_run_length(run_length(octets), octets.size()).value(), octets);
  }
}

TEST(RunLength, RefusesBadTextAndTooMuch) {
  for (const auto* text : {"9", "*", "*0", "*05", "*050", "9*0500", "0G", "*G500", "*05G0"})
    EXPECT_EQ(from_run_length(text, 1000).error().kind, ErrorKind::kInvalid) << text;
  EXPECT_EQ(from_run_length("*FF00*FF00", 509).error().kind, ErrorKind::kLimit);
  EXPECT_EQ(from_run_length("9000", 1).error().kind, ErrorKind::kLimit);
}

TEST(Inventory, ReadsAndWritesBoards) {
  constexpr auto kText = "701:32:E0000000:0.801:32:80000001:1";
  const auto boards = parse_inventory(kText).value();
  ASSERT_EQ(boards.size(), 2U);
  EXPECT_TRUE(boards[1].changed);
  std::vector<unsigned> present;
  for (const auto slot : present_slots(boards)) present.push_back(slot.value());
  EXPECT_EQ(present, (std::vector<unsigned>{701, 702, 703, 801, 832}));
  std::string text;
  append_inventory(text, boards);
  EXPECT_EQ(text, kText);
  EXPECT_TRUE(boards[0].holds_card(SlotNumber::parse("703").value()));
  EXPECT_FALSE(boards[0].holds_card(SlotNumber::parse("704").value()));
  EXPECT_FALSE(boards[0].holds_card(SlotNumber::parse("801").value()));
}

TEST(Inventory, ReadsPartsOfABoard) {
  const auto boards = parse_inventory("725:6:84:0").value();
  std::vector<unsigned> present;
  for (const auto slot : present_slots(boards)) present.push_back(slot.value());
  EXPECT_EQ(present, (std::vector<unsigned>{725, 730}));
}

TEST(Inventory, RefusesBadBoards) {
  for (const auto* text :
       {"x", "701", "701:32", "701:33:E00000000:0", "701:0::0", "702:32:E0000000:0", "701:32:E000000:0",
        "701:32:E000000G:0", "701:32:E0000000:2", "701:32:E0000000", "1401:32:E0000000:0"})
    EXPECT_EQ(parse_inventory(text).error().kind, ErrorKind::kInvalid) << text;
  std::string many = "101:1:8:0";
  for (int more = 0; more < 13; ++more) many += ".101:1:8:0";
  EXPECT_EQ(parse_inventory(many).error().kind, ErrorKind::kLimit);
}

TEST(Reply, ReadsAnySeparator) {
  EXPECT_EQ(parse_reply("000 3B00")->data, "3B00");
  EXPECT_EQ(parse_reply("000-3B00")->data, "3B00");
  EXPECT_EQ(parse_reply("000")->data, "");
  EXPECT_TRUE(parse_reply("042 x")->is_success());
  EXPECT_FALSE(parse_reply("700 x")->is_success());
  for (const auto* line : {"", "00", "OK", "0x0 1"}) EXPECT_FALSE(parse_reply(line).has_value()) << line;
}

TEST(Reply, TellsCardTroubleBothWays) {
  for (const auto kind : {ErrorKind::kUnresponsive, ErrorKind::kCardRemoved, ErrorKind::kTimeout, ErrorKind::kClosed,
                          ErrorKind::kNotFound, ErrorKind::kBusy}) {
    const auto told = error_kind_for(static_cast<unsigned>(reply_code_for(kind)));
    // "No such card" comes back as "no card": to a client they are one.
    EXPECT_EQ(told, kind == ErrorKind::kNotFound ? ErrorKind::kCardRemoved : kind);
  }
  EXPECT_EQ(error_kind_for(599), ErrorKind::kInvalid);
  EXPECT_EQ(error_kind_for(799), ErrorKind::kBusy);
  EXPECT_EQ(error_kind_for(842), ErrorKind::kUnresponsive);
}

TEST(LineDecoder, HoldsAtMostOneLine) {
  LineDecoder decoder(8);
  const std::string noise(1000, 'x');
  for (int piece = 0; piece < 1000; ++piece) {
    decoder.feed(as_bytes(noise));
    ASSERT_FALSE(decoder.next().has_value());
  }
  EXPECT_LE(decoder.take_rest().size(), 1U);
}

TEST(LineDecoder, SkipsALongLineWithCarriageReturnAtItsEnd) {
  LineDecoder decoder(4);
  decoder.feed(as_bytes("123456789\r"));
  EXPECT_FALSE(decoder.next().has_value());
  decoder.feed(as_bytes("\nabcd\r\n"));
  const auto lost = decoder.next().value();
  EXPECT_EQ(lost.defect, LineDefect::kTooLong);
  EXPECT_TRUE(lost.carriage_return);
  const auto found = decoder.next().value();
  EXPECT_EQ(found.text, "abcd");
  EXPECT_EQ(decoder.peek(), -1);
}

}  // namespace
}  // namespace cose::grid
