// SPDX-License-Identifier: Apache-2.0
// Taps: entry point, kernel 2 in both modes, kernel 3. Each row a card and what must come of it.
#include "terminal/contactless.h"

#include <gtest/gtest.h>

#include "terminal/testing/tap_card.h"
#include "terminal/testing/test_issuer.h"

namespace cose::terminal {
namespace {

using testing::EmvCard;
using testing::hex;
using testing::TapCard;
using testing::TestIssuer;
using tlv::Tag;
using enum Decision;

struct Case {
  std::string name;
  Decision decision;
  std::string reason;
  std::string tvr;
  TapCard::Options card = {};
  Payment payment = {.amount = 1000};
  bool has_issuer = true;
  Verification verification = Verification::kNotRequired;
};

void PrintTo(const Case& tested, std::ostream* stream) {
  *stream << tested.name;
}

template <typename Change>
TapCard::Options with(Change change) {
  TapCard::Options options;
  change(options);
  return options;
}
template <typename Change>
TapCard::Options visa(Change change) {
  auto options = with(change);
  options.is_kernel_3 = true;
  options.aip = hex("2000");
  return options;
}

class PinHolder final : public Cardholder {
 public:
  [[nodiscard]] Result<std::optional<Secret>> pin(const PinRequest&) override {
    return std::optional(Secret(as_bytes("1234")));
  }
  [[nodiscard]] bool has_pin_pad() const override { return true; }
};

// A shop with one clock; cards come and go.
class Shop {
 public:
  Shop() : issuer_({}) {
    clock.jump_wall(std::chrono::hours(24 * 365 * 56));
    configuration.pin_key = Secret(hex("000102030405060708090A0B0C0D0E0F"));
  }

  Outcome pay(TapCard& card, const Payment& payment, bool has_issuer = true) {
    const auto keys = EmvCard::authorities(card.aid());
    const Parties parties{.clock = clock,
                          .rng = rng_,
                          .cardholder = holder_,
                          .authorities = &keys,
                          .host = has_issuer ? &issuer_ : nullptr};
    return pay_contactless(card, configuration, payment, parties, torn);
  }

  cose::testing::ManualClock clock;
  Configuration configuration = Configuration::standard();
  TornLog torn;

 private:
  cose::testing::SeededRng rng_{7};
  PinHolder holder_;
  TestIssuer issuer_;
};

std::string notes_of(const Outcome& outcome) {
  std::string text;
  for (const auto& step : outcome.steps)
    for (const auto& note : step.notes) text += step.name + ": " + note.text + "\n";
  return text;
}

class Tap : public ::testing::TestWithParam<Case> {};

TEST_P(Tap, EndsAsItMust) {
  const auto& tested = GetParam();
  Shop shop;
  auto options = tested.card;
  options.clock = &shop.clock;
  TapCard card(options);
  const auto outcome = shop.pay(card, tested.payment, tested.has_issuer);
  EXPECT_EQ(to_string(outcome.decision), to_string(tested.decision)) << outcome.reason << "\n" << notes_of(outcome);
  EXPECT_NE(outcome.reason.find(tested.reason), std::string::npos) << outcome.reason << "\n" << notes_of(outcome);
  if (!tested.tvr.empty()) {
    EXPECT_EQ(to_hex(outcome.objects.at(Tag(0x95))), tested.tvr) << notes_of(outcome);
  }
  if (tested.decision == kApproved) {
    EXPECT_EQ(to_string(outcome.verification), to_string(tested.verification)) << notes_of(outcome);
  }
  EXPECT_FALSE(outcome.error.has_value());
  EXPECT_FALSE(outcome.parameters.message.empty());
}

const auto kNothing = [](auto&) {};

const Case kCases[] = {
    {"Kernel2Offline", kApproved, "approved offline", "0000000002", with([](auto& card) { card.type = 0x40; })},
    {"Kernel2Online", kApproved, "by the issuer", "0000000002", {}},
    {"Kernel2OverFloorLimit",
     kApproved,
     "by the issuer",
     "0000008002",
     with([](auto& card) { card.type = 0x40; }),
     {.amount = 3000}},
    {"Kernel2WithPin", kApproved, "by the issuer", "0000048002", {}, {.amount = 8000}, true, Verification::kOnlinePin},
    {"Kernel2WithSignature",
     kApproved,
     "by the issuer",
     "0000008002",
     with([](auto& card) { card.cvm_list = hex("00000000000000001E031F03"); }),
     {.amount = 8000},
     true,
     Verification::kSignature},
    {"Kernel2Declines", kDeclined, "the card declined", "", with([](auto& card) { card.type = 0x00; })},
    {"Kernel2WithoutIssuer", kDeclined, "unable to go online", "", {}, {.amount = 1000}, false},
    {"Kernel2CdaFails", kDeclined, "CDA failed", "0400000002", with([](auto& card) { card.breaks_signature = true; })},
    {"Kernel2WithoutRelayResistance", kApproved, "by the issuer", "0000000001",
     with([](auto& card) { card.aip = hex("1980"); })},
    {"Kernel2Relayed", kApproved, "by the issuer", "0000000006",
     with([](auto& card) { card.relay_delay = std::chrono::milliseconds(30); })},
    {"Kernel2FarTooFast", kTerminated, "faster than it says", "", with([](auto& card) {
       card.relay_delay = std::chrono::milliseconds(5);
       card.relay_times = hex("006400C80018");
     })},
    {"Kernel2OtherTransmission", kApproved, "by the issuer", "000000000A",
     with([](auto& card) { card.relay_times = hex("000A003C0001"); })},
    {"Kernel2SignsOtherRelayData", kDeclined, "CDA failed", "0400000002",
     with([](auto& card) { card.signs_other_relay_data = true; })},
    {"Kernel2Expired", kApproved, "by the issuer", "0040000002", with([](auto& card) { card.expiry = hex("200131"); })},
    {"OverTheContactlessLimit", kTryAnotherInterface, "every contactless limit", "", {}, {.amount = 100000}},
    {"UnknownKernel", kTryAnotherInterface, "no application", "", with([](auto& card) { card.kernel_wish = 5; })},
    {"KernelByTheCardsWish", kApproved, "by the issuer", "", with([](auto& card) { card.kernel_wish = 2; })},
    {"MagStripe", kApproved, "by the issuer", "", with([](auto& card) { card.aip = hex("0000"); })},
    {"Kernel3Online", kApproved, "by the issuer", "", visa(kNothing)},
    {"Kernel3Offline", kApproved, "approved offline", "", visa([](auto& card) { card.type = 0x40; })},
    {"Kernel3Declines", kDeclined, "the card declined", "", visa([](auto& card) { card.type = 0x00; })},
    {"Kernel3AuthenticationFails", kDeclined, "authentication failed", "", visa([](auto& card) {
       card.type = 0x40;
       card.breaks_signature = true;
     })},
    {"Kernel3AuthenticationFailsGoesOnline", kApproved, "by the issuer", "", visa([](auto& card) {
       card.type = 0x40;
       card.breaks_signature = true;
       card.qualifiers = hex("2000");
     })},
    {"Kernel3AuthenticationFailsSwitches", kTryAnotherInterface, "authentication failed", "", visa([](auto& card) {
       card.type = 0x40;
       card.breaks_signature = true;
       card.qualifiers = hex("1000");
     })},
    {"Kernel3ExpiredDeclines", kDeclined, "expired", "", visa([](auto& card) {
       card.type = 0x40;
       card.expiry = hex("200131");
     })},
    {"Kernel3ExpiredGoesOnline", kApproved, "by the issuer", "", visa([](auto& card) {
       card.type = 0x40;
       card.expiry = hex("200131");
       card.qualifiers = hex("0800");
     })},
    {"Kernel3WithPin",
     kApproved,
     "by the issuer",
     "",
     visa([](auto& card) { card.qualifiers = hex("8000"); }),
     {.amount = 8000},
     true,
     Verification::kOnlinePin},
    {"Kernel3OnDevice",
     kApproved,
     "by the issuer",
     "",
     visa([](auto& card) { card.qualifiers = hex("0080"); }),
     {.amount = 8000},
     true,
     Verification::kOnDevice},
    {"Kernel3WithoutVerification", kDeclined, "do not share", "", visa(kNothing), {.amount = 8000}},
};

INSTANTIATE_TEST_SUITE_P(Cases, Tap, ::testing::ValuesIn(kCases), [](const auto& tested) { return tested.param.name; });

TEST(TornTap, IsRecoveredWithTheSameCryptogram) {
  Shop shop;
  TapCard::Options options;
  options.clock = &shop.clock;
  options.tears = true;
  TapCard card(options);
  const auto first = shop.pay(card, {.amount = 1000});
  EXPECT_EQ(first.decision, kTryAgain) << first.reason;
  EXPECT_EQ(first.parameters.start, "B");
  EXPECT_EQ(shop.torn.size(), 1U);
  card.instructions.clear();
  const auto second = shop.pay(card, {.amount = 1000});
  EXPECT_EQ(second.decision, kApproved) << second.reason << "\n" << notes_of(second);
  EXPECT_EQ(std::ranges::count(card.instructions, 0xD0), 1);
  EXPECT_EQ(std::ranges::count(card.instructions, 0xAE), 0);
  EXPECT_EQ(shop.torn.size(), 0U);
}

TEST(TornTap, GoesOnWhenTheCardHasForgotten) {
  Shop shop;
  TapCard::Options options;
  options.clock = &shop.clock;
  options.tears = true;
  TapCard torn(options);
  EXPECT_EQ(shop.pay(torn, {.amount = 1000}).decision, kTryAgain);
  options.tears = false;
  TapCard fresh(options);
  const auto outcome = shop.pay(fresh, {.amount = 1000});
  EXPECT_EQ(outcome.decision, kApproved) << notes_of(outcome);
  EXPECT_EQ(std::ranges::count(fresh.instructions, 0xAE), 1);
}

TEST(TornTap, IsAnErrorForACardThatCannotRecover) {
  Shop shop;
  TapCard::Options options;
  options.clock = &shop.clock;
  options.tears = true;
  options.has_recovery = false;
  TapCard card(options);
  const auto outcome = shop.pay(card, {.amount = 1000});
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_EQ(outcome.error->kind, ErrorKind::kCardRemoved);
}

TEST(TornLog, ForgetsOldRecords) {
  TornLog log;
  TornRecord record;
  record.objects[Tag(0x5A)] = hex("4761");
  log.add(record);
  EXPECT_FALSE(log.take(hex("4761"), hex("01"), Nanoseconds(0)));
  EXPECT_FALSE(log.take(hex("4761"), {}, std::chrono::minutes(6)));
  for (std::size_t at = 0; at < TornLog::kMaximumRecords + 3; ++at) log.add(record);
  EXPECT_EQ(log.size(), TornLog::kMaximumRecords);
  EXPECT_TRUE(log.take(hex("4761"), {}, Nanoseconds(0)));
}

TEST(RelayResistance, FollowsTheSpecificationsArithmetic) {
  const RelayAnswer card{.entropy = Bytes(4), .minimum = 10, .maximum = 60, .estimated_transmission = 0x18};
  const auto measure = [&](auto time) { return measure_relay({}, card, time); };
  // 0x12 + 0x18 units, 4.2 ms, are transmission; what is left is the card's.
  EXPECT_EQ(measure(std::chrono::microseconds(4200)).processing, 0U);
  EXPECT_EQ(measure(std::chrono::milliseconds(10)).processing, 58U);
  EXPECT_EQ(measure(std::chrono::milliseconds(10)).timing, RelayTiming::kGood);
  EXPECT_EQ(measure(std::chrono::microseconds(15200)).timing, RelayTiming::kGood) << "60 and the grace of 50";
  EXPECT_EQ(measure(std::chrono::microseconds(15300)).timing, RelayTiming::kTooSlow);
  EXPECT_TRUE(measure_relay({.accuracy = 20}, card, std::chrono::milliseconds(10)).threshold_exceeded);
  EXPECT_EQ(measure(std::chrono::hours(5)).timing, RelayTiming::kTooSlow);
}

TEST(RelayResistance, RefusesOtherAnswers) {
  EXPECT_TRUE(RelayAnswer::parse(hex("800A00000000000A003C0018")).has_value());
  for (const auto* text : {"", "8009000000000A003C0018", "770A00000000000A003C0018", "80"})
    EXPECT_FALSE(RelayAnswer::parse(hex(text)).has_value()) << text;
}

TEST(ContactlessAtr, IsThatOfPcScReaders) {
  EXPECT_TRUE(is_contactless_atr(hex("3B80800101")));
  EXPECT_FALSE(is_contactless_atr(hex("3B6500002063CB6800")));
  EXPECT_FALSE(is_contactless_atr({}));
}

}  // namespace
}  // namespace cose::terminal
