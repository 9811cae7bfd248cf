// SPDX-License-Identifier: Apache-2.0
// Our terminal with our card and our issuer: the payment applet on a software card, paid with by contact and by tap,
// online and offline, approved and declined.
#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "issuer/issuer.h"
#include "payment_card.h"
#include "terminal/contact.h"
#include "terminal/contactless.h"

namespace cose::payment {
namespace {

using terminal::Decision;
using terminal::Verification;
using tlv::Tag;

enum class Product { kVis, kMchip };

class Cardholder final : public terminal::Cardholder {
 public:
  explicit Cardholder(std::string pin) : pin_(std::move(pin)) {}
  [[nodiscard]] Result<std::optional<Secret>> pin(const terminal::PinRequest&) override {
    if (asked_++ != 0) return std::optional<Secret>();
    return std::optional(Secret(as_bytes(pin_)));
  }
  [[nodiscard]] bool has_pin_pad() const override { return true; }

 private:
  std::string pin_;
  int asked_ = 0;
};

// A card fresh from its issuer, and a shop.
class Payment : public ::testing::TestWithParam<Product> {
 protected:
  void SetUp() override {
    auto made = PaymentCard::make(GetParam() == Product::kVis ? vis_profile() : mchip_profile());
    ASSERT_TRUE(made.has_value()) << made.error().message;
    card_ = *std::move(made);
    clock_.jump_wall(std::chrono::hours(24 * 365 * 57));
    for (auto& application : configuration_.applications) application.selection = {};
  }

  issuer::Issuer make_issuer(std::vector<std::string> orders = {}) {
    issuer::IssuerProfile profile;
    const auto& keys = card_->authority().keys();
    profile.keys = {.cryptograms = keys.cryptogram.clone(),
                    .integrity = keys.integrity.clone(),
                    .confidentiality = keys.confidentiality.clone(),
                    .cvc3 = keys.checksum.clone(),
                    .pin = {}};
    profile.amount_limit = 20000;
    for (const auto& order : orders) profile.orders.push_back(issuer::ScriptOrder::parse(order).value());
    return issuer::Issuer(std::move(profile), book_);
  }

  terminal::Outcome pay(std::uint64_t amount, terminal::Cardholder& holder, emv::AuthorisationHost* host, bool taps) {
    const terminal::Parties parties{
        .clock = clock_, .rng = rng_, .cardholder = holder, .authorities = &card_->authorities(), .host = host};
    const terminal::Payment payment{.amount = amount};
    terminal::TornLog torn;
    return taps ? terminal::pay_contactless(card_->card(), configuration_, payment, parties, torn)
                : terminal::pay_by_contact(card_->card(), configuration_, payment, parties);
  }

  static std::string told(const terminal::Outcome& outcome) {
    auto text = std::string(terminal::to_string(outcome.decision)) + ": " + outcome.reason + "\n";
    for (const auto& step : outcome.steps)
      for (const auto& note : step.notes) text += step.name + ": " + note.text + "\n";
    return text;
  }

  std::unique_ptr<PaymentCard> card_;
  terminal::Configuration configuration_ = terminal::Configuration::standard();
  cose::testing::ManualClock clock_;
  cose::testing::SeededRng rng_{5};
  issuer::MemoryAtcBook book_;
};

TEST_P(Payment, IsApprovedOnlineByContact) {
  auto issuer = make_issuer();
  Cardholder holder("1234");
  const auto outcome = pay(8000, holder, &issuer, false);
  EXPECT_EQ(outcome.decision, Decision::kApproved) << told(outcome);
  EXPECT_TRUE(outcome.online);
  EXPECT_EQ(outcome.verification, Verification::kPin) << told(outcome);
  ASSERT_TRUE(outcome.authentication.has_value());
  EXPECT_TRUE(outcome.authentication->passed()) << told(outcome);
}

TEST_P(Payment, IsDeclinedByTheIssuer) {
  auto issuer = make_issuer();
  Cardholder holder("1234");
  const auto outcome = pay(50000, holder, &issuer, false);
  EXPECT_EQ(outcome.decision, Decision::kDeclined) << told(outcome);
  EXPECT_EQ(outcome.response_code, "51");
}

TEST_P(Payment, IsDeclinedWithoutAnIssuer) {
  Cardholder holder("1234");
  const auto outcome = pay(8000, holder, nullptr, false);
  EXPECT_EQ(outcome.decision, Decision::kDeclined) << told(outcome);
  EXPECT_FALSE(outcome.online);
}

TEST_P(Payment, NoticesAWrongPin) {
  auto issuer = make_issuer();
  Cardholder holder("4321");
  const auto outcome = pay(8000, holder, &issuer, false);
  EXPECT_NE(outcome.verification, Verification::kPin) << told(outcome);
  EXPECT_NE(told(outcome).find("VERIFY: 63C2"), std::string::npos) << told(outcome);
}

TEST_P(Payment, CarriesScripts) {
  auto issuer = make_issuer({"put=9F14:05", "pin=4321"});
  Cardholder first("1234");
  const auto outcome = pay(8000, first, &issuer, false);
  EXPECT_EQ(outcome.decision, Decision::kApproved) << told(outcome);
  EXPECT_EQ(to_hex(outcome.script_results), "20000000DA2000000024") << told(outcome);
  Cardholder second("4321");
  const auto changed = pay(8000, second, &issuer, false);
  EXPECT_EQ(changed.verification, Verification::kPin) << "the new PIN: " << told(changed);
}

TEST_P(Payment, IsApprovedOnlineByTap) {
  auto issuer = make_issuer();
  Cardholder holder("1234");
  const auto outcome = pay(4000, holder, &issuer, true);
  EXPECT_EQ(outcome.decision, Decision::kApproved) << told(outcome);
  EXPECT_TRUE(outcome.online) << told(outcome);
  EXPECT_EQ(outcome.kernel, GetParam() == Product::kVis ? "C-3" : "C-2");
}

TEST_P(Payment, IsDeclinedByTapWithoutAnIssuer) {
  Cardholder holder("1234");
  const auto outcome = pay(4000, holder, nullptr, true);
  EXPECT_EQ(outcome.decision, Decision::kDeclined) << told(outcome);
}

TEST_P(Payment, LetsNoCopyOfACardPay) {
  auto issuer = make_issuer();
  Cardholder holder("1234");
  ASSERT_TRUE(book_.note(card_->profile().card.account, 1000).has_value());
  const auto outcome = pay(8000, holder, &issuer, false);
  EXPECT_EQ(outcome.decision, Decision::kDeclined) << told(outcome);
  EXPECT_NE(outcome.reason.find("goes back"), std::string::npos) << told(outcome);
}

INSTANTIATE_TEST_SUITE_P(Products, Payment, ::testing::Values(Product::kVis, Product::kMchip),
                         [](const auto& tested) { return tested.param == Product::kVis ? "Vis" : "Mchip"; });

}  // namespace
}  // namespace cose::payment
