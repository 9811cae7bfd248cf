// SPDX-License-Identifier: Apache-2.0
// What only contactless terminals ask for: checksums, relay resistance, the single tap and its decisions.
#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "emv/cryptogram.h"
#include "payment_terminal.h"

namespace cose::payment {
namespace {

using namespace literals;

constexpr std::uint8_t kAac = 0x00;
constexpr std::uint8_t kTc = 0x40;
constexpr std::uint8_t kArqc = 0x80;

std::unique_ptr<PaymentCard> make(std::string_view profile) {
  auto made = PaymentCard::make(profile);
  EXPECT_TRUE(made.has_value()) << made.error().message;
  return made ? *std::move(made) : nullptr;
}

TEST(MagneticStripeMode, ChecksumsAreTheIssuers) {
  const auto card = make(mchip_profile());
  ASSERT_NE(card, nullptr);
  PaymentTerminal terminal(*card);
  terminal.select(Interface::kContactless);
  terminal.initiate();
  terminal.read_records();
  const auto answer = terminal.send("802A8E8004 00000899 00");
  ASSERT_EQ(answer.status, 0x9000);
  ASSERT_EQ(answer.data.size(), 17U);
  const auto key =
      emv::card_key(emv::KeyOption::kA, card->authority().keys().checksum.view(), card->profile().card.account);
  std::size_t at = 2;
  for (const auto& [track, tag] : {std::pair{0x56U, "9F60"}, {0x9F6BU, "9F61"}}) {
    const auto vector = emv::iv_cvc3(key->view(), terminal.value(track));
    const auto expected = emv::cvc3(key->view(), *vector, "00000899"_hex, "0001"_hex);
    EXPECT_EQ(to_hex(ByteView(answer.data).subspan(at, 5)), tag + std::string("02") + to_hex(*expected));
    at += 5;
  }
  EXPECT_EQ(to_hex(ByteView(answer.data).subspan(at)), "9F36020001");
  EXPECT_EQ(terminal.send("802A8E8004 00000899 00").status, 0x6985);
}

TEST(RelayResistance, ThreeExchangesATransaction) {
  const auto card = make(mchip_profile());
  ASSERT_NE(card, nullptr);
  PaymentTerminal terminal(*card);
  terminal.select(Interface::kContactless);
  EXPECT_EQ(terminal.send("80EA000004 01020304 00").status, 0x6985);
  terminal.initiate();
  EXPECT_EQ(terminal.value(0x82)[1] & 0x01, 0x01);
  EXPECT_EQ(terminal.send("80EA000003 010203 00").status, 0x6700);
  for (int round = 0; round < 3; ++round) {
    const auto answer = terminal.send("80EA000004 01020304 00");
    ASSERT_EQ(answer.status, 0x9000);
    ASSERT_EQ(answer.data.size(), 12U);
    EXPECT_EQ(to_hex(ByteView(answer.data).first(2)), "800A");
    EXPECT_EQ(to_hex(ByteView(answer.data).subspan(6)), "001200320018");
  }
  EXPECT_EQ(terminal.send("80EA000004 01020304 00").status, 0x6985);
}

// EMV Contactless Book C-2: the entropies and times stand under the signature.
TEST(RelayResistance, WhatTheCardSaidIsSigned) {
  const auto card = make(mchip_profile());
  ASSERT_NE(card, nullptr);
  PaymentTerminal terminal(*card);
  terminal.select(Interface::kContactless);
  terminal.initiate();
  const auto answer = terminal.send("80EA000004 01020304 00");
  terminal.read_records();
  ASSERT_EQ(terminal.generate_first(0x90), kArqc);
  const auto key = terminal.card_public_key();
  ASSERT_TRUE(key.has_value()) << key.error().message;
  const auto dynamic = emv::recover_dynamic_signature(*key, terminal.value(0x9F4B), terminal.value(0x9F37));
  ASSERT_TRUE(dynamic.has_value()) << dynamic.error().message;
  // Number (1 and 8), information, cryptogram, hash; then what was exchanged.
  EXPECT_EQ(to_hex(ByteView(*dynamic).subspan(38)), "01020304" + to_hex(ByteView(answer.data).subspan(2)));
}

struct TapCase {
  const char* name;
  const char* qualifiers;  // 9F66
  std::uint8_t type;
  const char* answer;  // 9F6C
};

class Tap : public ::testing::TestWithParam<TapCase> {};

TEST_P(Tap, Decides) {
  const auto card = make(vis_profile());
  ASSERT_NE(card, nullptr);
  PaymentTerminal terminal(*card);
  terminal.set(0x9F66, GetParam().qualifiers);
  terminal.select(Interface::kContactless);
  terminal.initiate();
  EXPECT_EQ(terminal.value(0x9F27), Bytes{GetParam().type});
  EXPECT_EQ(to_hex(terminal.value(0x9F6C)), GetParam().answer);
  EXPECT_TRUE(terminal.is_cryptogram_right());
}

INSTANTIATE_TEST_SUITE_P(Qualifiers, Tap,
                         ::testing::Values(TapCase{"Offline", "27000000", kTc, "0000"},
                                           TapCase{"OnlineRequired", "27800000", kArqc, "0000"},
                                           TapCase{"OnlinePin", "26C00000", kArqc, "8000"},
                                           TapCase{"Signature", "22C00000", kArqc, "4000"},
                                           TapCase{"NoVerificationPossible", "20C00000", kArqc, "0000"},
                                           TapCase{"OnlineRequiredOfAnOfflineTerminal", "28800000", kAac, "0000"}),
                         [](const auto& each) { return std::string(each.param.name); });

// A terminal comes back after no tap: the next one is not an interrupted online transaction.
TEST(TapAgain, OnlineLeavesNothingOpen) {
  const auto card = make(vis_profile());
  ASSERT_NE(card, nullptr);
  PaymentTerminal terminal(*card);
  terminal.set(0x9F66, "27800000");
  terminal.select(Interface::kContactless);
  terminal.initiate();
  terminal.set(0x9F66, "27000000");
  terminal.select(Interface::kContactless);
  terminal.initiate();
  EXPECT_EQ(terminal.value(0x9F27), Bytes{kTc});
}

}  // namespace
}  // namespace cose::payment
