// SPDX-License-Identifier: Apache-2.0
// The enciphered PIN (EMV 4.3 Book 2 §7), and what the last wrong one leads to.
#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "payment_terminal.h"

namespace cose::payment {
namespace {

using namespace literals;

class EncipheredPin : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = PaymentCard::make(mchip_profile());
    ASSERT_TRUE(made.has_value()) << made.error().message;
    card_ = *std::move(made);
    terminal_.emplace(*card_);
    terminal_->select(Interface::kContact);
    terminal_->initiate();
    terminal_->read_records();
  }

  [[nodiscard]] Bytes challenge() { return terminal_->send("0084000000").data; }

  std::uint16_t verify(std::uint8_t header, ByteView block, ByteView number) {
    const auto key = terminal_->card_public_key();
    EXPECT_TRUE(key.has_value()) << key.error().message;
    auto octets = concat(Bytes{header}, block, number);
    octets.resize(key->size(), 0x5A);
    const auto enciphered = key->apply(octets);
    return terminal_
        ->send(concat(Bytes{0x00, 0x20, 0x00, 0x88, static_cast<std::uint8_t>(enciphered->size())}, *enciphered))
        .status;
  }

  std::unique_ptr<PaymentCard> card_;
  std::optional<PaymentTerminal> terminal_;
};

TEST_F(EncipheredPin, TheRightOne) {
  EXPECT_EQ(verify(0x7F, "241234FFFFFFFFFF"_hex, challenge()), 0x9000);
  ASSERT_EQ(terminal_->generate_first(0x80), 0x80);
  // M/Chip's results: PIN performed, enciphered, right.
  EXPECT_EQ(terminal_->value(0x9F10)[2] & 0x07, 0x07);
}

TEST_F(EncipheredPin, AWrongOneAndWhatIsNoneAtAllCost) {
  EXPECT_EQ(verify(0x7F, "240000FFFFFFFFFF"_hex, challenge()), 0x63C2);
  EXPECT_EQ(verify(0x6F, "241234FFFFFFFFFF"_hex, challenge()), 0x63C1);
  auto old = challenge();
  static_cast<void>(challenge());
  EXPECT_EQ(verify(0x7F, "241234FFFFFFFFFF"_hex, old), 0x63C0);
  EXPECT_EQ(verify(0x7F, "241234FFFFFFFFFF"_hex, challenge()), 0x6983);
}

TEST_F(EncipheredPin, AChallengeIsForOneTry) {
  EXPECT_EQ(verify(0x7F, "241234FFFFFFFFFF"_hex, "0000000000000000"_hex), 0x6985);
  const auto once = challenge();
  EXPECT_EQ(verify(0x7F, "241234FFFFFFFFFF"_hex, once), 0x9000);
  EXPECT_EQ(verify(0x7F, "241234FFFFFFFFFF"_hex, once), 0x6985);
  static_cast<void>(challenge());
  EXPECT_EQ(terminal_->send("00200088080000000000000000").status, 0x6700);
}

TEST(Pin, TheLastWrongOneBlocksTheApplicationIfTheIssuerWants) {
  std::string profile(vis_profile());
  profile.insert(profile.find("[contactless]"), "pin_blocks = true\nformat_1 = true\n");
  const auto card = PaymentCard::make(profile);
  ASSERT_TRUE(card.has_value()) << card.error().message;
  PaymentTerminal terminal(**card);
  terminal.select(Interface::kContact);
  terminal.initiate();
  terminal.read_records();
  for (const auto status : {0x63C2, 0x63C1, 0x63C0})
    EXPECT_EQ(terminal.send("0020008008240000FFFFFFFFFF").status, status);
  EXPECT_EQ(terminal.generate_first(0x40), 0x00);
  EXPECT_TRUE(terminal.is_cryptogram_right());
  EXPECT_EQ(terminal.send("00A4040007A0000000031010").status, 0x6283);
}

}  // namespace
}  // namespace cose::payment
