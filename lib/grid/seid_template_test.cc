// SPDX-License-Identifier: Apache-2.0
#include "grid/seid_template.h"

#include <gtest/gtest.h>

namespace cose::grid {
namespace {

SlotNumber slot(unsigned number) {
  return SlotNumber::from_value(number).value();
}

TEST(SeidTemplate, MakesNamesOfFacts) {
  const auto made = SeidTemplate::parse("sim-{iin}.{slot}").value();
  EXPECT_TRUE(made.asks_for(SeidField::kIin));
  EXPECT_FALSE(made.asks_for(SeidField::kCplc));
  EXPECT_EQ(made.expand({{SeidField::kIin, "4711"}, {SeidField::kSlot, "101"}}), "sim-4711.101");
  EXPECT_EQ(made.expand({{SeidField::kSlot, "101"}}), std::nullopt);
  EXPECT_EQ(made.expand({{SeidField::kIin, ""}, {SeidField::kSlot, "101"}}), std::nullopt);
  EXPECT_EQ(SeidTemplate::parse("{reader}")->expand({{SeidField::kReader, "ACS [1];\xC3\n"}}), "ACS--1----");
  EXPECT_EQ(SeidTemplate::parse("{reader}")->expand({{SeidField::kReader, std::string(64, 'x')}}), std::nullopt);
}

TEST(SeidTemplate, RefusesWhatTellsNoCardsApart) {
  for (const auto* bad : {"", "sim", "{", "{slot", "{pan}", "a b{slot}", "{slot}[1]", "{}"})
    EXPECT_EQ(SeidTemplate::parse(bad).error().kind, ErrorKind::kInvalid) << bad;
}

TEST(SeidTemplate, GivesNoNameToTwoCards) {
  SeidTable table;
  ASSERT_TRUE(table.add("mine", slot(109)));
  const auto renamed = add_names(table, {{slot(101), "twin"},
                                         {slot(102), "twin"},
                                         {slot(103), "mine"},
                                         {slot(104), "one"},
                                         {slot(105), std::nullopt},
                                         {slot(106), std::string(63, 'x')},
                                         {slot(107), std::string(63, 'x')}})
                           .value();
  EXPECT_EQ(renamed, (std::vector{slot(101), slot(102), slot(103), slot(106), slot(107)}));
  EXPECT_FALSE(table.find("twin"));
  EXPECT_EQ(table.find("twin~101"), slot(101));
  EXPECT_EQ(table.find("mine"), slot(109));
  EXPECT_EQ(table.find("mine~103"), slot(103));
  EXPECT_EQ(table.find("one"), slot(104));
  EXPECT_EQ(table.find("105"), slot(105));
  EXPECT_EQ(table.find(std::string(59, 'x') + "~106"), slot(106));
}

}  // namespace
}  // namespace cose::grid
