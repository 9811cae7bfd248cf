// SPDX-License-Identifier: Apache-2.0
#include "emv/pin_block.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/seeded_rng.h"
#include "emv/script.h"

namespace cose::emv {
namespace {

using namespace literals;

constexpr std::string_view kPan = "4761739001010119";

std::string pin_in(const Result<Secret>& pin) {
  return pin ? std::string(as_text(pin->view())) : "! " + pin.error().message;
}

TEST(PinBlocks, ComeBackFromEveryFormat) {
  cose::testing::SeededRng rng(1);
  const auto key = "000102030405060708090A0B0C0D0E0F"_hex;
  for (const std::string_view pin : {"1234", "98765", "123456789012"}) {
    EXPECT_EQ(pin_in(pin_of_block(pin_block_0(pin, kPan)->view(), kPan)), pin);
    EXPECT_EQ(pin_in(pin_of_block(pin_block_1(pin, rng)->view(), kPan)), pin);
    EXPECT_EQ(pin_in(pin_of_block(pin_block_2(pin)->view(), kPan)), pin);
    EXPECT_EQ(pin_in(pin_of_block(pin_block_3(pin, kPan, rng)->view(), kPan)), pin);
    EXPECT_EQ(pin_in(pin_of_block_4(*pin_block_4(pin, kPan, key, rng), kPan, key)), pin);
  }
}

TEST(PinBlocks, AreNoPinWithTheWrongAccount) {
  cose::testing::SeededRng rng(1);
  const auto key = "000102030405060708090A0B0C0D0E0F"_hex;
  EXPECT_FALSE(pin_of_block(pin_block_0("1234", kPan)->view(), "4761739001010994").has_value());
  EXPECT_FALSE(pin_of_block_4(*pin_block_4("1234", kPan, key, rng), "4761739001010994", key).has_value());
}

TEST(PinBlocks, RefuseWhatIsNoPin) {
  for (const std::string_view pin : {"", "123", "1234567890123", "12a4"}) {
    EXPECT_FALSE(pin_block_2(pin).has_value()) << pin;
    EXPECT_FALSE(pin_block_0(pin, kPan).has_value()) << pin;
  }
  EXPECT_FALSE(pin_block_0("1234", "12").has_value());
  EXPECT_FALSE(pin_of_block("2F1234FFFFFFFFFF"_hex, kPan).has_value());
  EXPECT_FALSE(pin_of_block("241234FFFFFFFF1F"_hex, kPan).has_value());
  EXPECT_FALSE(pin_of_block("24A234FFFFFFFFFF"_hex, kPan).has_value());
  EXPECT_FALSE(pin_of_block("941234FFFFFFFFFF"_hex, kPan).has_value());
  EXPECT_FALSE(pin_of_block("24"_hex, kPan).has_value());
}

TEST(Scripts, RefuseALengthBeyondTheData) {
  const auto key = "0123456789ABCDEFFEDCBA9876543210"_hex;
  const auto data = encipher_script_data(key, "FF00000000000000"_hex, ScriptPadding::kIfNeeded);
  ASSERT_TRUE(data.has_value());
  EXPECT_FALSE(decipher_script_data(key, *data, ScriptPadding::kLength).has_value());
  EXPECT_FALSE(decipher_script_data(key, "00"_hex, ScriptPadding::kLength).has_value());
}

TEST(Cryptograms, NameTheObjectThatIsMissing) {
  const auto* version = find_version(Scheme::kVisa, 18);
  ASSERT_NE(version, nullptr);
  const auto data = cryptogram_data(*version, {{tlv::Tag(0x9F02), "000000000001"_hex}});
  ASSERT_FALSE(data.has_value());
  EXPECT_NE(data.error().message.find("9F03"), std::string::npos);
  EXPECT_EQ(find_version(Scheme::kVisa, 11), nullptr);
}

TEST(Keys, OfAesHaveTheSizeOfTheIssuers) {
  const Account account{.pan = "4761739001010119", .sequence = "01"};
  for (const std::size_t size : {16U, 24U, 32U}) {
    const auto card = card_key(KeyOption::kC, Bytes(size, 0x11), account);
    ASSERT_TRUE(card.has_value()) << card.error().message;
    EXPECT_EQ(card->size(), size);
    const auto session = session_key(SessionKey::kCommon, Suite::kAes, card->view(), "0001"_hex, {});
    ASSERT_TRUE(session.has_value());
    EXPECT_EQ(session->size(), size);
    const auto code = application_cryptogram(Suite::kAes, session->view(), "00"_hex);
    ASSERT_TRUE(code.has_value());
    EXPECT_EQ(code->size(), 8U);
    EXPECT_EQ(arpc_method_1(Suite::kAes, session->view(), *code, "3030"_hex)->size(), 8U);
  }
  EXPECT_FALSE(card_key(KeyOption::kA, Bytes(24), account).has_value());
  EXPECT_FALSE(card_key(KeyOption::kA, Bytes(16), {.pan = "47617390010101X9", .sequence = "01"}).has_value());
}

}  // namespace
}  // namespace cose::emv
