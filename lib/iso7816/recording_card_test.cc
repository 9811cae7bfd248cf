// SPDX-License-Identifier: Apache-2.0
#include "iso7816/recording_card.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "iso7816/echo_card.h"
#include "iso7816/replay_card.h"

namespace cose::iso7816 {
namespace {

using namespace literals;

TEST(RecordingCard, WritesDownEverything) {
  TranscriptBuffer sink;
  RecordingCard card(std::make_unique<EchoCard>(), sink);
  EXPECT_FALSE(iso7816::transceive(card, "00A40400"_hex).has_value());
  EXPECT_EQ(card.power_up(ResetKind::kWarm), "3B80800101"_hex);
  EXPECT_EQ(iso7816::transceive(card, "00A4040002AABB"_hex), "AABB9000"_hex);
  EXPECT_TRUE(card.power_down().has_value());
  EXPECT_EQ(to_text(sink.transcript()),
            "> 00A40400\n"
            "! unresponsive: the card has no power\n"
            "* warm 3B80800101\n"
            "> 00A4040002AABB\n"
            "< AABB9000\n"
            "* off\n");
}

TEST(RecordingCard, RecordsWhatItReplays) {
  constexpr std::string_view kText =
      "* cold\n"
      "! unresponsive: mute\n"
      "* cold 3B00\n"
      "> 00B0000000\n"
      "! timeout: no answer\n"
      "> 00B0000000\n"
      "< 0102039000\n"
      "* off\n"
      "! closed: gone\n";
  const auto played = std::make_shared<const Transcript>(Transcript::parse(kText).value());
  ReplayCard replay(played, ReplayMode::kStrict);
  TranscriptBuffer sink;
  RecordingCard card(replay, sink);
  EXPECT_FALSE(card.power_up(ResetKind::kCold).has_value());
  EXPECT_TRUE(card.power_up(ResetKind::kCold).has_value());
  EXPECT_FALSE(iso7816::transceive(card, "00B0000000"_hex).has_value());
  EXPECT_TRUE(iso7816::transceive(card, "00B0000000"_hex).has_value());
  EXPECT_FALSE(card.power_down().has_value());
  EXPECT_EQ(to_text(sink.transcript()), kText);
}

}  // namespace
}  // namespace cose::iso7816
