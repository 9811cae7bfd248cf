// SPDX-License-Identifier: Apache-2.0
#include "iso7816/echo_card.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "iso7816/atr.h"

namespace cose::iso7816 {
namespace {

using namespace literals;

TEST(EchoCard, AnswersTheData) {
  EchoSource source;
  EXPECT_EQ(source.uri(), "echo:");
  EXPECT_FALSE(source.may_block());
  EXPECT_EQ(source.presence(), Presence::kPresent);
  const auto card = source.open().value();
  EXPECT_TRUE(Atr::parse(card->power_up(ResetKind::kCold).value()).has_value());
  EXPECT_EQ(iso7816::transceive(*card, "0001000003AABBCC00"_hex), "AABBCC9000"_hex);
  EXPECT_EQ(iso7816::transceive(*card, "00010000"_hex), "9000"_hex);
  EXPECT_EQ(iso7816::transceive(*card, "000100"_hex).error().kind, ErrorKind::kInvalid);
}

TEST(EchoCard, NeedsPower) {
  EchoCard card;
  EXPECT_EQ(iso7816::transceive(card, "00010000"_hex).error(),
            (Error{ErrorKind::kUnresponsive, "the card has no power"}));
  ASSERT_TRUE(card.power_up(ResetKind::kCold).has_value());
  ASSERT_TRUE(card.power_down().has_value());
  EXPECT_FALSE(iso7816::transceive(card, "00010000"_hex).has_value());
}

TEST(EchoCard, UsesTheBufferItIsGiven) {
  EchoCard card;
  ASSERT_TRUE(card.power_up(ResetKind::kCold).has_value());
  Bytes response;
  response.reserve(8);
  const auto* place = response.data();
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(card.transmit("0001000006010203040506"_hex, response).has_value());
    EXPECT_EQ(response, "0102030405069000"_hex);
    EXPECT_EQ(response.data(), place);
  }
}

}  // namespace
}  // namespace cose::iso7816
