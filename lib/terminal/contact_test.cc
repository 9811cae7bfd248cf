// SPDX-License-Identifier: Apache-2.0
// Contact transactions with a test card and an issuer in between: each row a card, a terminal, and what must come of
// it.
#include "terminal/contact.h"

#include <gtest/gtest.h>

#include "terminal/receipt.h"
#include "terminal/testing/emv_card.h"
#include "terminal/testing/test_issuer.h"

namespace cose::terminal {
namespace {

using testing::EmvCard;
using testing::hex;
using testing::TestIssuer;
using tlv::Tag;

class TestCardholder final : public Cardholder {
 public:
  explicit TestCardholder(std::vector<std::string> pins) : pins_(std::move(pins)) {}
  [[nodiscard]] Result<std::optional<Secret>> pin(const PinRequest&) override {
    if (next_ == pins_.size()) return std::optional<Secret>();
    return std::optional(Secret(as_bytes(pins_[next_++])));
  }
  [[nodiscard]] bool has_pin_pad() const override { return !pins_.empty(); }

 private:
  std::vector<std::string> pins_;
  std::size_t next_ = 0;
};

struct Case {
  std::string name;
  Decision decision;
  std::string reason;  // stands in the outcome's
  std::string tvr;
  std::string tsi;
  EmvCard::Options card = {};
  Payment payment = {.amount = 1000};
  std::vector<std::string> pins = {"1234"};
  TestIssuer::Options issuer = {};
  bool has_issuer = true;
  std::string cvm = "";
};

void PrintTo(const Case& tested, std::ostream* stream) {
  *stream << tested.name;
}

EmvCard::Options with(void (*change)(EmvCard::Options&)) {
  EmvCard::Options options;
  change(options);
  return options;
}

struct Played {
  Outcome outcome;
  std::vector<std::uint8_t> scripted;
};

// Not chosen at random: the generator's first draw lies above every share.
Configuration calm() {
  auto configuration = Configuration::standard();
  for (auto& application : configuration.applications) {
    application.selection = {};
    application.version = 0x0096;
  }
  configuration.pin_key = Secret(hex("000102030405060708090A0B0C0D0E0F"));
  return configuration;
}

Played play(const Case& tested) {
  cose::testing::ManualClock clock;
  clock.jump_wall(std::chrono::hours(24 * 365 * 56));
  cose::testing::SeededRng rng{7};
  TestCardholder cardholder(tested.pins);
  TestIssuer issuer(tested.issuer);
  auto options = tested.card;
  options.clock = &clock;
  EmvCard card(options);
  const auto keys = EmvCard::authorities(options.aid);
  const auto configuration = calm();
  const Parties parties{.clock = clock,
                        .rng = rng,
                        .cardholder = cardholder,
                        .authorities = &keys,
                        .host = tested.has_issuer ? &issuer : nullptr};
  auto outcome = pay_by_contact(card, configuration, tested.payment, parties);
  return {std::move(outcome), card.scripted};
}

std::string notes_of(const Outcome& outcome) {
  std::string text;
  for (const auto& step : outcome.steps)
    for (const auto& note : step.notes) text += step.name + ": " + note.text + "\n";
  return text;
}

class Contact : public ::testing::TestWithParam<Case> {};

TEST_P(Contact, EndsAsItMust) {
  const auto& tested = GetParam();
  const auto outcome = play(tested).outcome;
  EXPECT_EQ(to_string(outcome.decision), to_string(tested.decision)) << notes_of(outcome);
  EXPECT_NE(outcome.reason.find(tested.reason), std::string::npos) << outcome.reason << "\n" << notes_of(outcome);
  const auto object = [&](Tag tag) {
    const auto found = outcome.objects.find(tag);
    return found == outcome.objects.end() ? std::string() : to_hex(found->second);
  };
  if (!tested.tvr.empty()) {
    EXPECT_EQ(object(Tag(0x95)), tested.tvr) << notes_of(outcome);
  }
  if (!tested.tsi.empty()) {
    EXPECT_EQ(object(Tag(0x9B)), tested.tsi) << notes_of(outcome);
  }
  if (!tested.cvm.empty()) {
    EXPECT_EQ(object(Tag(0x9F34)), tested.cvm) << notes_of(outcome);
  }
  EXPECT_FALSE(outcome.error.has_value());
  // Each command took the card five milliseconds, and none of them is lost.
  std::size_t commands = 0;
  for (const auto& step : outcome.steps) commands += step.commands.size();
  EXPECT_EQ(outcome.card_time(), std::chrono::milliseconds(5) * commands);
}

using enum Decision;

const Case kCases[] = {
    {"OfflineByCda", kApproved, "offline", "0000000000", "E800"},
    {"OfflineByDda", kApproved, "offline", "0000000000", "E800", with([](auto& card) { card.aip = hex("7C00"); })},
    {"OfflineBySda", kApproved, "offline", "0200000000", "E800", with([](auto& card) {
       card.aip = hex("5C00");
       card.more[Tag(0x9F0F)] = hex("FC50BCF800");
     })},
    {"SdaAloneGoesOnline", kApproved, "by the issuer", "0200000000", "F800",
     with([](auto& card) { card.aip = hex("5C00"); })},
    {"OnlineByVersion10", kApproved, "by the issuer", "0000008000", "F800", {}, {.amount = 8000}},
    {"OnlineByVersion18",
     kApproved,
     "by the issuer",
     "0000008000",
     "F800",
     with([](auto& card) { card.issuer_data = hex("06011203A0B000"); }),
     {.amount = 8000}},
    {"OnlineByMastercard16",
     kApproved,
     "by the issuer",
     "0000008000",
     "F800",
     with([](auto& card) {
       card.aid = hex("A0000000041010");
       card.issuer_data = hex("011003A0B0000000DAC1");
     }),
     {.amount = 8000}},
    {"IssuerDeclines", kDeclined, "over 20000", "0000008000", "F800", {}, {.amount = 30000}},
    {"IssuerDoubtsTheCryptogram",
     kDeclined,
     "not what this card's key makes",
     "",
     "",
     with([](auto& card) { card.breaks_cryptogram = true; }),
     {.amount = 8000}},
    {"CardDoubtsTheIssuer",
     kApproved,
     "by the issuer",
     "0000008040",
     "F800",
     with([](auto& card) { card.refuses_issuer = true; }),
     {.amount = 8000}},
    {"CardDeclinesAtLast",
     kDeclined,
     "the card declined",
     "",
     "",
     with([](auto& card) { card.second_type = 0x00; }),
     {.amount = 8000}},
    {"NoIssuer", kDeclined, "by the terminal, offline", "0000008000", "", {}, {.amount = 8000}, {"1234"}, {}, false},
    {"CardGoesOnline", kApproved, "by the issuer", "0000000000", "", with([](auto& card) { card.first_type = 0x80; })},
    {"CardDeclines", kDeclined, "the card declined", "", "", with([](auto& card) { card.first_type = 0x00; })},
    {"CardGivesMoreThanAsked",
     kTerminated,
     "answers no request",
     "",
     "",
     with([](auto& card) { card.first_type = 0x40; }),
     {.amount = 8000}},
    {"ForcedOnline", kApproved, "by the issuer", "0000000800", "", {}, {.amount = 1000, .force_online = true}},
    {"CdaFails", kDeclined, "CDA failed", "0400000000", "E800",
     with([](auto& card) { card.breaks_dynamic_signature = true; })},
    {"CdaFailsBeforeOnline",
     kDeclined,
     "declined",
     "0400008000",
     "",
     with([](auto& card) { card.breaks_dynamic_signature = true; }),
     {.amount = 8000}},
    {"DdaFails", kApproved, "by the issuer", "0800000000", "", with([](auto& card) {
       card.aip = hex("7C00");
       card.breaks_dynamic_signature = true;
     })},
    {"SdaFails", kApproved, "by the issuer", "4200000000", "", with([](auto& card) {
       card.aip = hex("5C00");
       card.breaks_static_signature = true;
     })},
    {"CertificateExpired", kApproved, "by the issuer", "0400000000", "",
     with([](auto& card) { card.certificate_expiry = hex("1220"); })},
    {"NoAuthentication",
     kApproved,
     "by the issuer",
     "8000000000",
     "6C00",
     with([](auto& card) { card.aip = hex("1800"); }),
     {},
     {"1234"},
     {.orders = {"put=9F14:05"}}},
    {"NoCertificate", kApproved, "by the issuer", "2400000000", "",
     with([](auto& card) { card.without = {Tag(0x9F46)}; })},
    {"ApplicationExpired", kApproved, "by the issuer", "0040000000", "",
     with([](auto& card) { card.expiry = hex("200131"); })},
    {"OtherVersion", kApproved, "by the issuer", "0080000000", "",
     with([](auto& card) { card.more[Tag(0x9F08)] = hex("0001"); })},
    {"NotForGoodsAbroad", kApproved, "by the issuer", "0010000000", "", with([](auto& card) {
       card.more[Tag(0x5F28)] = hex("0276");
       card.instead[Tag(0x9F07)] = hex("AB80");
     })},
    {"VelocityUnderLimits", kApproved, "offline", "0000000000", "", with([](auto& card) {
       card.more[Tag(0x9F14)] = hex("05");
       card.more[Tag(0x9F23)] = hex("0A");
     })},
    {"VelocityOverTheLower", kApproved, "by the issuer", "0000004000", "", with([](auto& card) {
       card.more[Tag(0x9F14)] = hex("01");
       card.more[Tag(0x9F23)] = hex("0A");
     })},
    {"PlainPin", kApproved, "offline", "0000000000", "", {}, {}, {"1234"}, {}, true, "410302"},
    {"PlainPinAtTheSecondTry", kApproved, "offline", "0000000000", "", {}, {}, {"1111", "1234"}, {}, true, "410302"},
    {"WrongPinThreeTimes",
     kApproved,
     "by the issuer",
     "0000200000",
     "",
     {},
     {},
     {"1111", "2222", "3333"},
     {},
     true,
     "1F0302"},
    {"EncipheredPin",
     kApproved,
     "offline",
     "0000000000",
     "",
     with([](auto& card) { card.cvm_list = hex("000000000000000044031F03"); }),
     {},
     {"1234"},
     {},
     true,
     "440302"},
    {"OnlinePin",
     kApproved,
     "by the issuer",
     "0000040000",
     "",
     with([](auto& card) { card.cvm_list = hex("00000000000000000200"); }),
     {},
     {"1234"},
     {},
     true,
     "020000"},
    {"WrongOnlinePin",
     kDeclined,
     "wrong PIN",
     "0000040000",
     "",
     with([](auto& card) { card.cvm_list = hex("00000000000000000200"); }),
     {},
     {"4321"},
     {},
     true,
     "020000"},
    {"Signature",
     kApproved,
     "offline",
     "0000000000",
     "",
     with([](auto& card) { card.cvm_list = hex("00000000000000001E00"); }),
     {},
     {"1234"},
     {},
     true,
     "1E0000"},
    {"NoPinPad", kApproved, "by the issuer", "0000100000", "", {}, {}, {}, {}, true, "1F0302"},
    {"NoRuleApplies",
     kApproved,
     "by the issuer",
     "0000800000",
     "",
     with([](auto& card) { card.cvm_list = hex("00000000000000001E01"); }),
     {},
     {"1234"},
     {},
     true,
     "3F0001"},
    {"UnknownMethod",
     kApproved,
     "by the issuer",
     "0000C00000",
     "",
     with([](auto& card) { card.cvm_list = hex("00000000000000002A00"); }),
     {},
     {"1234"},
     {},
     true,
     "2A0001"},
    {"AmountUnderX",
     kApproved,
     "offline",
     "0000000000",
     "",
     with([](auto& card) {
       card.cvm_list = hex("000007D0000000001F0641031E00");
       card.more[Tag(0x9F42)] = hex("0978");
     }),
     {},
     {"1234"},
     {},
     true,
     "1F0602"},
    {"ByListOfAids", kApproved, "offline", "", "", with([](auto& card) { card.has_directory = false; })},
    {"BlockedCard", kTerminated, "blocked", "", "", with([](auto& card) { card.is_blocked = true; })},
    {"NoSharedApplication", kTerminated, "share", "", "", with([](auto& card) { card.aid = hex("A000000999999901"); })},
    {"NoExpiry", kTerminated, "5F24", "", "", with([](auto& card) { card.without = {Tag(0x5F24)}; })},
    {"CounterGoesBack", kDeclined, "goes back", "", "", {}, {.amount = 8000}, {"1234"}, {.last_atc = 0x0050}},
    {"AnyAuthenticationNeedsKeys", kApproved, "by the issuer", "0400000000", "",
     with([](auto& card) { card.instead[Tag(0x8F)] = hex("77"); })},
};

INSTANTIATE_TEST_SUITE_P(Cases, Contact, ::testing::ValuesIn(kCases),
                         [](const auto& tested) { return tested.param.name; });

TEST(ContactScripts, ArriveUnderMac) {
  for (const auto* data : {"06010A03A0B000", "06011203A0B000"}) {
    Case tested{.name = "scripts", .decision = kApproved, .reason = "", .tvr = "", .tsi = ""};
    tested.card.issuer_data = hex(data);
    tested.payment.amount = 8000;
    tested.issuer.orders = {"put=9F14:05", "unblock-pin", "pin=4321"};
    const auto played = play(tested);
    EXPECT_EQ(played.scripted, (std::vector<std::uint8_t>{0xDA, 0x24, 0x24}));
    EXPECT_EQ(to_hex(played.outcome.script_results), "20000000DA20000000242000000024");
    EXPECT_EQ(to_hex(played.outcome.objects.at(Tag(0x9B))), "FC00");
  }
}

TEST(ContactReceipt, TellsAmountAndVerdictAndNoAccount) {
  Case tested{.name = "receipt", .decision = kApproved, .reason = "", .tvr = "", .tsi = ""};
  const auto outcome = play(tested).outcome;
  const auto text = receipt(outcome, Configuration::standard());
  EXPECT_NE(text.find("10.00 EUR"), std::string::npos) << text;
  EXPECT_NE(text.find("APPROVED"), std::string::npos);
  EXPECT_NE(text.find("476173******0119"), std::string::npos);
  EXPECT_EQ(text.find("4761739001010119"), std::string::npos);
}

TEST(Amounts, AreReadExactly) {
  EXPECT_EQ(parse_amount("12.34", 2), 1234U);
  EXPECT_EQ(parse_amount("12", 2), 1200U);
  EXPECT_EQ(parse_amount("12.3", 2), 1230U);
  EXPECT_EQ(parse_amount("12", 0), 12U);
  for (const auto* text : {"", ".", "12.", "12.345", "-1", "1,5", "9999999999999"}) EXPECT_FALSE(parse_amount(text, 2));
}

}  // namespace
}  // namespace cose::terminal
