// SPDX-License-Identifier: Apache-2.0
// What it does to an ordinary answer is in tests/transcripts/iso7816/completing.apdu; here are its bounds.
#include "iso7816/completing_card.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "iso7816/response_apdu.h"

namespace cose::iso7816 {
namespace {

using namespace literals;

// Answers every command with the same octets and counts.
class StubbornCard final : public Card {
 public:
  explicit StubbornCard(Bytes answer) : answer_(std::move(answer)) {}

  [[nodiscard]] Result<Bytes> power_up(ResetKind) override { return "3B00"_hex; }
  [[nodiscard]] Status transmit(ByteView, Bytes& response) override {
    ++commands;
    response = answer_;
    return {};
  }
  Status power_down() override { return {}; }

  std::size_t commands = 0;

 private:
  Bytes answer_;
};

TEST(CompletingCard, StopsWhenMoreDataIsAnnouncedForever) {
  StubbornCard stubborn("AA6101"_hex);
  CompletingCard card(stubborn);
  EXPECT_EQ(iso7816::transceive(card, "00B0000000"_hex).error(),
            (Error{ErrorKind::kLimit, "the card announces more data after 512 GET RESPONSE commands"}));
  EXPECT_EQ(stubborn.commands, 1 + kMaximumGetResponses);
}

TEST(CompletingCard, StopsWhenTheAnswerIsTooLong) {
  StubbornCard stubborn(concat(Bytes(1024, 0xAA), "6100"_hex));
  CompletingCard card(stubborn);
  EXPECT_EQ(iso7816::transceive(card, "00B0000000"_hex).error(),
            (Error{ErrorKind::kLimit, "the card's answer is longer than 65536 octets"}));
  EXPECT_EQ(stubborn.commands, 1 + kMaximumResponseData / 1024);
}

TEST(CompletingCard, CorrectsLeOnce) {
  StubbornCard stubborn("6C04"_hex);
  CompletingCard card(stubborn);
  EXPECT_EQ(iso7816::transceive(card, "00B0000000"_hex), "6C04"_hex);
  EXPECT_EQ(stubborn.commands, 2U);
}

TEST(CompletingCard, LeavesACommandWithoutLeAlone) {
  StubbornCard stubborn("6C04"_hex);
  CompletingCard card(stubborn);
  EXPECT_EQ(iso7816::transceive(card, "00A40400"_hex), "6C04"_hex);
  EXPECT_EQ(iso7816::transceive(card, "00"_hex), "6C04"_hex);
  EXPECT_EQ(stubborn.commands, 2U);
}

TEST(CompletingCard, RefusesAnAnswerThatIsNone) {
  StubbornCard stubborn("90"_hex);
  CompletingCard card(stubborn);
  EXPECT_EQ(iso7816::transceive(card, "00B0000000"_hex).error().kind, ErrorKind::kInvalid);
  EXPECT_FALSE(iso7816::transceive(card, {}).has_value());
}

}  // namespace
}  // namespace cose::iso7816
