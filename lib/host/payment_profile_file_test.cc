// SPDX-License-Identifier: Apache-2.0
#include "host/payment_profile_file.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::host {
namespace {

constexpr std::string_view kCard = "[card]\npan = \"4761739001010119\"\n";

std::string error_of(const std::string& text) {
  const auto parsed = parse_payment_profile(text, "f");
  return parsed ? "" : parsed.error().message;
}

TEST(PaymentProfileFile, OnlyTheAccountMustBeThere) {
  const auto parsed = parse_payment_profile(kCard, "f");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ(parsed->profile.version, 18);
  EXPECT_FALSE(parsed->profile.contactless.has_value());
  EXPECT_EQ(error_of(""), "f: [card]: expected an account number of 8 to 19 digits, found 0 characters");
}

TEST(PaymentProfileFile, TheSchemeDecidesHowACardIsContactless) {
  const auto visa = parse_payment_profile(std::string(kCard) + "[contactless]\n", "f");
  EXPECT_EQ(visa->profile.contactless->kernel, 3);
  const auto mastercard = parse_payment_profile(
      std::string(kCard) + "[application]\nscheme = \"mastercard\"\naid = \"A0000000041010\"\n[contactless]\n", "f");
  EXPECT_EQ(mastercard->profile.contactless->kernel, 2);
  EXPECT_TRUE(mastercard->profile.contactless->magnetic_stripe);
  EXPECT_EQ(to_hex(mastercard->authority.provider), "A000000004");
}

TEST(PaymentProfileFile, SaysWhatIsWrongAndWhere) {
  const std::string card(kCard);
  EXPECT_EQ(error_of(card + "[application]\nlabell = \"x\"\n"), "f:4: unknown key \"labell\"");
  EXPECT_EQ(error_of(card + "[application]\nkey_bits = 1000\n"), "f:4: key_bits: expected a number from 1024 to 1984");
  EXPECT_EQ(error_of(card + "[application]\nkey_bits = 1056\n"), "f: key_bits: expected a multiple of 64, found 1056");
  EXPECT_EQ(error_of(card + "[application]\ncurrency = \"97\"\n"), "f:4: expected 2 octets, found 1");
  EXPECT_EQ(error_of(card + "[application]\nauthentication = [\"xda\"]\n"),
            "f: authentication: expected sda, dda or cda, found \"xda\"");
}

TEST(PaymentProfileFile, EveryCardHasTheNextAccount) {
  const auto parsed = parse_payment_profile(kCard, "f");
  EXPECT_EQ(parsed->numbered(0)->account.pan, "4761739001010119");
  EXPECT_EQ(parsed->numbered(1)->account.pan, "4761739001010127");
  EXPECT_EQ(parsed->numbered(415)->account.pan.size(), 16U);
  const auto last = parse_payment_profile("[card]\npan = \"4761739999999999\"\n", "f");
  EXPECT_FALSE(last->numbered(1).has_value());
}

}  // namespace
}  // namespace cose::host
