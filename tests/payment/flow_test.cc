// SPDX-License-Identifier: Apache-2.0
// Whole transactions of both kinds of profiles at both interfaces.
#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "payment_terminal.h"

namespace cose::payment {
namespace {

constexpr std::uint8_t kAac = 0x00;
constexpr std::uint8_t kTc = 0x40;
constexpr std::uint8_t kArqc = 0x80;
constexpr std::uint8_t kWithSignature = 0x10;

std::unique_ptr<PaymentCard> make(std::string_view profile) {
  auto made = PaymentCard::make(profile);
  EXPECT_TRUE(made.has_value()) << made.error().message;
  return made ? *std::move(made) : nullptr;
}

std::string why(const emv::AuthenticationReport& report) {
  return report.steps.empty() ? "nothing" : report.steps.back().name + ": " + report.steps.back().detail;
}

TEST(Payment, ContactOnline) {
  const auto card = make(vis_profile());
  ASSERT_NE(card, nullptr);
  PaymentTerminal terminal(*card);
  terminal.select(Interface::kContact);
  terminal.initiate();
  terminal.read_records();
  const auto fixed = terminal.authenticate_static();
  EXPECT_TRUE(fixed.passed()) << why(fixed);
  const auto dynamic = terminal.authenticate_dynamic();
  EXPECT_TRUE(dynamic.passed()) << why(dynamic);
  EXPECT_EQ(terminal.send("00200080 08 241234FFFFFFFFFF").status, 0x9000);
  EXPECT_EQ(terminal.generate_first(kArqc), kArqc);
  EXPECT_TRUE(terminal.is_cryptogram_right());
  const auto answer = terminal.issuer_answer(Bytes{0x00, 0x80, 0x00, 0x00});
  EXPECT_EQ(terminal.send(concat(Bytes{0x00, 0x82, 0x00, 0x00, 0x08}, answer)).status, 0x9000);
  EXPECT_EQ(terminal.generate_second(kTc), kTc);
  EXPECT_TRUE(terminal.is_cryptogram_right());
}

TEST(Payment, ContactlessWithCombinedAuthentication) {
  const auto card = make(mchip_profile());
  ASSERT_NE(card, nullptr);
  PaymentTerminal terminal(*card);
  terminal.select(Interface::kContactless);
  terminal.initiate();
  const auto relay = terminal.send("80EA0000 04 01020304 00");
  EXPECT_EQ(relay.status, 0x9000);
  terminal.read_records();
  EXPECT_EQ(terminal.generate_first(kArqc | kWithSignature), kArqc);
  const auto combined = terminal.authenticate_combined();
  EXPECT_TRUE(combined.passed()) << why(combined);
  EXPECT_TRUE(terminal.is_cryptogram_right());
}

TEST(Payment, TapWithSignature) {
  const auto card = make(vis_profile());
  ASSERT_NE(card, nullptr);
  PaymentTerminal terminal(*card);
  terminal.select(Interface::kContactless);
  terminal.initiate();
  EXPECT_EQ(to_hex(terminal.value(0x9F27)), "40");
  terminal.read_records();
  const auto tap = terminal.authenticate_tap();
  EXPECT_TRUE(tap.passed()) << why(tap);
  EXPECT_TRUE(terminal.is_cryptogram_right());
}

TEST(Payment, Decline) {
  const auto card = make(mchip_profile());
  ASSERT_NE(card, nullptr);
  PaymentTerminal terminal(*card);
  terminal.select(Interface::kContact);
  terminal.initiate();
  terminal.read_records();
  EXPECT_EQ(terminal.generate_first(kAac), kAac);
  EXPECT_TRUE(terminal.is_cryptogram_right());
}

}  // namespace
}  // namespace cose::payment
