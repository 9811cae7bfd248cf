// SPDX-License-Identifier: Apache-2.0
#include "iso7816/replay_card.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::iso7816 {
namespace {

using namespace literals;

std::shared_ptr<const Transcript> recording(std::string_view text) {
  return std::make_shared<const Transcript>(Transcript::parse(text).value());
}

constexpr std::string_view kTwoSessions =
    "# first\n"
    "* cold 3B00\n"
    "> 0084000008\n"
    "< 11111111111111119000\n"
    "> 00B0000000\n"
    "! timeout: no answer\n"
    "* off\n"
    "* warm 3B40FF\n"
    "> 0084000008\n"
    "< 22222222222222229000\n"
    "> 0020008008241234FFFFFFFFFF\n"
    "< 9000\n";

TEST(ReplayCardStrict, PlaysTheRecordingOnce) {
  ReplayCard card(recording(kTwoSessions), ReplayMode::kStrict);
  EXPECT_EQ(card.power_up(ResetKind::kCold), "3B00"_hex);
  EXPECT_EQ(iso7816::transceive(card, "0084000008"_hex), "11111111111111119000"_hex);
  EXPECT_EQ(iso7816::transceive(card, "00B0000000"_hex).error(), (Error{ErrorKind::kTimeout, "no answer"}));
  EXPECT_TRUE(card.power_down().has_value());
  EXPECT_TRUE(card.power_down().has_value());
  EXPECT_EQ(card.power_up(ResetKind::kWarm), "3B40FF"_hex);
  EXPECT_EQ(iso7816::transceive(card, "0084000008"_hex), "22222222222222229000"_hex);
  EXPECT_FALSE(card.at_end());
  EXPECT_EQ(iso7816::transceive(card, "0020008008241234FFFFFFFFFF"_hex), "9000"_hex);
  EXPECT_TRUE(card.at_end());
  EXPECT_EQ(iso7816::transceive(card, "0084000008"_hex).error().message,
            "no recorded answer to command 0084000008: the recording is at its end");
  EXPECT_TRUE(card.power_down().has_value());
}

TEST(ReplayCardStrict, RefusesWhatDoesNotComeNext) {
  ReplayCard card(recording(kTwoSessions), ReplayMode::kStrict);
  EXPECT_EQ(card.power_up(ResetKind::kWarm).error(),
            (Error{ErrorKind::kNotFound, "no recorded answer to * warm: the recording has * cold in line 2"}));
  ASSERT_TRUE(card.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(iso7816::transceive(card, "00B0000000"_hex).error(),
            (Error{ErrorKind::kNotFound,
                   "no recorded answer to command 00B0000000: the recording has > 0084000008 in line 3"}));
  // It is still there.
  EXPECT_TRUE(iso7816::transceive(card, "0084000008"_hex).has_value());
  EXPECT_EQ(card.power_down().error().message, "no recorded answer to * off: the recording has > 00B0000000 in line 5");
}

TEST(ReplayCardStrict, NamesNoPin) {
  const auto text = "* cold 3B00\n> 0020008008241234FFFFFFFFFF\n< 9000\n";
  ReplayCard card(recording(text), ReplayMode::kStrict);
  ASSERT_TRUE(card.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(iso7816::transceive(card, "0020008008249876FFFFFFFFFF"_hex).error().message,
            "no recorded answer to command 0020008008 [8 octets]: the recording has > 0020008008 [8 octets] in line 2");
}

TEST(ReplayCardLookup, FindsTheNextOccurrenceAndGoesRound) {
  ReplayCard card(recording(kTwoSessions), ReplayMode::kLookup);
  EXPECT_EQ(card.power_up(ResetKind::kWarm), "3B00"_hex);
  EXPECT_EQ(iso7816::transceive(card, "0020008008241234FFFFFFFFFF"_hex), "9000"_hex);
  EXPECT_EQ(iso7816::transceive(card, "0084000008"_hex), "11111111111111119000"_hex);
  EXPECT_EQ(iso7816::transceive(card, "0084000008"_hex), "22222222222222229000"_hex);
  EXPECT_EQ(iso7816::transceive(card, "0084000008"_hex), "11111111111111119000"_hex);
  EXPECT_EQ(iso7816::transceive(card, "00B0000000"_hex).error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(iso7816::transceive(card, "00A40400"_hex).error(),
            (Error{ErrorKind::kNotFound, "no recorded answer to command 00A40400: the recording has no such entry"}));
  EXPECT_EQ(card.power_up(ResetKind::kCold), "3B40FF"_hex);
  EXPECT_TRUE(card.power_down().has_value());
}

TEST(ReplayCardLookup, HasAnAtrEvenWhenTheRecordingHasNone) {
  ReplayCard card(recording("> 00\n< 9000\n"), ReplayMode::kLookup);
  EXPECT_EQ(card.power_up(ResetKind::kCold), "3B80800101"_hex);
  ReplayCard empty(recording(""), ReplayMode::kLookup);
  EXPECT_TRUE(empty.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(iso7816::transceive(empty, "00A40400"_hex).error().kind, ErrorKind::kNotFound);
  ReplayCard strict(recording("> 00\n< 9000\n"), ReplayMode::kStrict);
  EXPECT_EQ(strict.power_up(ResetKind::kCold).error().kind, ErrorKind::kNotFound);
}

TEST(ReplayCard, NeedsPower) {
  for (const auto mode : {ReplayMode::kStrict, ReplayMode::kLookup}) {
    ReplayCard card(recording(kTwoSessions), mode);
    EXPECT_EQ(iso7816::transceive(card, "0084000008"_hex).error().kind, ErrorKind::kUnresponsive);
    EXPECT_TRUE(card.power_down().has_value());
    EXPECT_TRUE(card.power_up(ResetKind::kCold).has_value());
  }
}

TEST(ReplayCard, ReplaysFailuresOfPower) {
  const auto text = "* cold 3B00\n* cold\n! unresponsive: mute\n* cold 3B00\n* off\n! closed: gone\n";
  ReplayCard card(recording(text), ReplayMode::kStrict);
  EXPECT_TRUE(card.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(card.power_up(ResetKind::kCold).error(), (Error{ErrorKind::kUnresponsive, "mute"}));
  EXPECT_EQ(iso7816::transceive(card, "00A40400"_hex).error().message, "the card has no power");
  EXPECT_TRUE(card.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(card.power_down().error().kind, ErrorKind::kClosed);
}

TEST(ReplayCard, CannotAnswerWithWildcards) {
  auto expectation = Transcript::parse("> 00\n< *9000\n", Wildcards::kAllowed).value();
  ReplayCard card(std::make_shared<const Transcript>(std::move(expectation)), ReplayMode::kLookup);
  ASSERT_TRUE(card.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(iso7816::transceive(card, "00"_hex).error().kind, ErrorKind::kUnsupported);
}

TEST(ReplaySource, GivesEachUserTheBeginning) {
  ReplaySource source("replay:x.apdu", recording(kTwoSessions));
  EXPECT_EQ(source.uri(), "replay:x.apdu");
  EXPECT_FALSE(source.may_block());
  EXPECT_EQ(source.presence(), Presence::kPresent);
  for (int user = 0; user < 2; ++user) {
    const auto card = source.open().value();
    EXPECT_EQ(card->power_up(ResetKind::kCold), "3B00"_hex);
    EXPECT_EQ(iso7816::transceive(*card, "0084000008"_hex), "11111111111111119000"_hex);
  }
}

}  // namespace
}  // namespace cose::iso7816
