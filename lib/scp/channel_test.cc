// SPDX-License-Identifier: Apache-2.0
// Both ends against each other, for every option and level; and everything a stranger may do to a message.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/seeded_rng.h"
#include "scp/card_channel.h"
#include "scp/host_channel.h"

namespace cose::scp {
namespace {

using iso7816::CommandApdu;
using iso7816::StatusWord;
using namespace cose::literals;

struct Ends {
  HostChannel host;
  CardChannel card;
};

KeySet keys_for(Protocol protocol, std::size_t size = 16) {
  Bytes key(size);
  for (std::size_t at = 0; at < size; ++at) key[at] = static_cast<std::uint8_t>(0x40 + at);
  return *KeySet::from_one(0x30, protocol.number == 0x03 ? KeyAlgorithm::kAes : KeyAlgorithm::kDes, key);
}

const Bytes kAid = "A000000151000000"_hex;
const Bytes kData = "00010203040506070809"_hex;

std::optional<Ends> open(Protocol protocol, SecurityLevel level, const KeySet& keys) {
  testing::SeededRng rng(7);
  if (!protocol.is_explicit()) {
    auto card = open_implicitly({protocol, keys, kData, {}, 5, kAid});
    auto host = open_implicitly(protocol, keys, 5, kAid);
    if (!card || !host) return std::nullopt;
    return Ends{*std::move(host), *std::move(card)};
  }
  Bytes challenge(protocol.code_size(), 0x11);
  auto started = initialize_update({protocol, keys, kData, challenge, 5, kAid}, rng);
  if (!started) return std::nullopt;
  const auto answer = InitializeUpdateAnswer::parse(started->response);
  if (!answer) return std::nullopt;
  auto host = authenticate({protocol, keys, challenge, *answer, level, kAid});
  if (!host || !started->channel.external_authenticate(host->external_authenticate.view())) return std::nullopt;
  return Ends{std::move(host->channel), std::move(started->channel)};
}

// Three commands with different data, and their answers.
void talk(Ends& ends) {
  for (std::size_t size : {std::size_t{0}, std::size_t{9}, ends.host.room()}) {
    const CommandApdu plain{0x80, 0xCA, 0x00, 0x66, Bytes(size, 0xAB), 256};
    const auto secured = ends.host.wrap(plain.view());
    ASSERT_TRUE(secured.has_value()) << secured.error().message;
    EXPECT_LE(secured->data.size(), 255U);
    const auto received = ends.card.unwrap(secured->view());
    ASSERT_TRUE(received.has_value()) << iso7816::to_string(received.error());
    EXPECT_EQ(*received, plain);
    const auto answer = ends.card.wrap(Bytes(size, 0xCD), StatusWord::kOk);
    ASSERT_TRUE(answer.has_value());
    const auto read = ends.host.unwrap(*answer, StatusWord::kOk);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(to_hex(*read), to_hex(Bytes(size, 0xCD)));
  }
}

std::vector<Protocol> all_protocols() {
  std::vector<Protocol> protocols;
  for (int number : {1, 2, 3})
    for (int options = 0; options < 0x100; ++options) {
      const Protocol protocol{static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(options)};
      if (check(protocol)) protocols.push_back(protocol);
    }
  return protocols;
}

TEST(Channel, OpensWithEveryOptionAtEveryLevel) {
  std::size_t sessions = 0;
  for (const auto protocol : all_protocols())
    for (int bits = 0; bits < 0x100; ++bits) {
      const SecurityLevel level{static_cast<std::uint8_t>(bits)};
      if (!is_offered(protocol, level)) continue;
      SCOPED_TRACE(to_string(protocol) + " level " + std::to_string(bits));
      auto ends = open(protocol, level, keys_for(protocol));
      ASSERT_TRUE(ends.has_value());
      talk(*ends);
      ++sessions;
    }
  EXPECT_GT(sessions, 300U);
}

TEST(Channel, TakesAesKeysOfAllSizesAndLongCodes) {
  for (const std::size_t size : {16U, 24U, 32U})
    for (const std::uint8_t options : {std::uint8_t{0x70}, std::uint8_t{0x71}}) {
      const Protocol protocol{0x03, options};
      auto ends = open(protocol, {0x33}, keys_for(protocol, size));
      ASSERT_TRUE(ends.has_value());
      talk(*ends);
      const auto wrapped = ends->host.encrypt_sensitive(Bytes(32, 0x5A));
      ASSERT_TRUE(wrapped.has_value());
      EXPECT_EQ(to_hex(ends->card.decrypt_sensitive(*wrapped)->view()), to_hex(Bytes(32, 0x5A)));
    }
}

TEST(Channel, RefusesOptionsThatNobodyDefined) {
  for (const auto protocol : {Protocol{0x01, 0x00}, Protocol{0x02, 0x01}, Protocol{0x03, 0x40}, Protocol{0x04, 0x00}})
    EXPECT_FALSE(check(protocol).has_value()) << to_string(protocol);
  EXPECT_FALSE(is_offered({0x03, 0x00}, {0x11}));
  EXPECT_FALSE(is_offered({0x03, 0x20}, {0x33}));
  EXPECT_FALSE(is_offered({0x02, 0x15}, {0x02}));
  EXPECT_FALSE(is_offered({0x03, 0x70}, {0x10}));
}

// What can be done to secured messages on their way. Each makes the card refuse and close for good.
struct Attack {
  const char* name;
  std::function<Bytes(const Bytes& first, const Bytes& second)> second_message;
};

const std::vector<Attack>& attacks() {
  static const std::vector<Attack> kAttacks = {
      {"replay", [](const Bytes& first, const Bytes&) { return first; }},
      {"truncated data",
       [](const Bytes&, const Bytes& second) {
         auto command = *CommandApdu::parse(second);
         command.data.pop_back();
         return *command.encode();
       }},
      {"MAC alone cut off",
       [](const Bytes&, const Bytes& second) {
         auto command = *CommandApdu::parse(second);
         command.data.resize(4);
         return *command.encode();
       }},
      {"data changed",
       [](const Bytes&, const Bytes& second) {
         auto command = *CommandApdu::parse(second);
         command.data.front() ^= 0x01;
         return *command.encode();
       }},
      {"MAC changed",
       [](const Bytes&, const Bytes& second) {
         auto command = *CommandApdu::parse(second);
         command.data.back() ^= 0x80;
         return *command.encode();
       }},
      {"header changed",
       [](const Bytes&, const Bytes& second) {
         auto command = *CommandApdu::parse(second);
         command.p2 ^= 0x01;
         return *command.encode();
       }},
      {"secure messaging taken off",
       [](const Bytes&, const Bytes& second) {
         auto command = *CommandApdu::parse(second);
         command.cla = 0x80;
         return *command.encode();
       }},
  };
  return kAttacks;
}

TEST(Channel, ClosesAtTheFirstWrongMessage) {
  for (const auto protocol : {Protocol{0x01, 0x15}, Protocol{0x02, 0x15}, Protocol{0x02, 0x55}, Protocol{0x03, 0x70}})
    for (const auto level : {SecurityLevel{0x01}, SecurityLevel{0x03}})
      for (const auto& attack : attacks()) {
        SCOPED_TRACE(to_string(protocol) + ", " + to_string(level) + ", " + attack.name);
        auto ends = open(protocol, level, keys_for(protocol));
        ASSERT_TRUE(ends.has_value());
        const CommandApdu plain{0x80, 0xF2, 0x40, 0x02, "4F00"_hex, 256};
        const auto first = *ends->host.wrap(plain.view())->encode();
        const auto second = *ends->host.wrap(plain.view())->encode();
        const auto third = *ends->host.wrap(plain.view())->encode();
        ASSERT_TRUE(ends->card.unwrap(CommandApdu::parse(first)->view()).has_value());
        const auto attacked = attack.second_message(first, second);
        const auto answer = ends->card.unwrap(CommandApdu::parse(attacked)->view());
        ASSERT_FALSE(answer.has_value());
        EXPECT_EQ(answer.error(), StatusWord::kSecurityStatusNotSatisfied);
        EXPECT_FALSE(ends->card.is_open());
        EXPECT_FALSE(ends->card.unwrap(CommandApdu::parse(second)->view()).has_value());
        EXPECT_FALSE(ends->card.unwrap(CommandApdu::parse(third)->view()).has_value());
      }
}

TEST(Channel, RefusesMessagesOutOfOrder) {
  auto ends = open({0x03, 0x70}, {0x33}, keys_for({0x03, 0x70}));
  const CommandApdu plain{0x80, 0xF2, 0x40, 0x02, "4F00"_hex, 256};
  static_cast<void>(*ends->host.wrap(plain.view()));
  const auto second = *ends->host.wrap(plain.view());
  EXPECT_FALSE(ends->card.unwrap(second.view()).has_value());
  EXPECT_FALSE(ends->card.is_open());
}

TEST(Channel, HostRefusesAnswersThatWereChanged) {
  for (const auto level : {SecurityLevel{0x11}, SecurityLevel{0x33}}) {
    const Protocol protocol{0x03, 0x70};
    for (int attack = 0; attack < 3; ++attack) {
      auto ends = open(protocol, level, keys_for(protocol));
      const CommandApdu plain{0x80, 0xCA, 0x00, 0x66, {}, 256};
      ASSERT_TRUE(ends->card.unwrap(ends->host.wrap(plain.view())->view()).has_value());
      auto answer = *ends->card.wrap("0102030405"_hex, StatusWord::kOk);
      if (attack == 0) answer.back() ^= 1;
      if (attack == 1) answer.resize(2);
      const auto status = attack == 2 ? StatusWord(0x6310) : StatusWord::kOk;
      EXPECT_EQ(ends->host.unwrap(answer, status).error().kind, ErrorKind::kRefused);
      EXPECT_EQ(ends->host.wrap(plain.view()).error().kind, ErrorKind::kClosed);
    }
  }
}

TEST(Channel, ErrorsOfTheCardGoOutBare) {
  auto ends = open({0x03, 0x70}, {0x33}, keys_for({0x03, 0x70}));
  const CommandApdu plain{0x80, 0xCA, 0x00, 0x66, {}, 256};
  ASSERT_TRUE(ends->card.unwrap(ends->host.wrap(plain.view())->view()).has_value());
  EXPECT_TRUE(ends->card.wrap({}, StatusWord(0x6A88))->empty());
  EXPECT_TRUE(ends->host.unwrap({}, StatusWord(0x6A88))->empty());
  talk(*ends);
}

TEST(Channel, WrongCryptogramEndsTheSession) {
  for (const auto protocol : {Protocol{0x01, 0x05}, Protocol{0x02, 0x15}, Protocol{0x03, 0x00}}) {
    testing::SeededRng rng(1);
    const auto keys = keys_for(protocol);
    Bytes challenge(protocol.code_size(), 0x22);
    auto started = initialize_update({protocol, keys, kData, challenge, 1, kAid}, rng);
    const auto answer = *InitializeUpdateAnswer::parse(started->response);
    auto host = authenticate({protocol, keys, challenge, answer, {0x01}, kAid});
    ASSERT_TRUE(host.has_value());
    auto wrong = host->external_authenticate;
    wrong.data.front() ^= 1;
    EXPECT_EQ(started->channel.external_authenticate(wrong.view()).error(), StatusWord(0x6300));
    EXPECT_EQ(started->channel.external_authenticate(host->external_authenticate.view()).error(), StatusWord(0x6982));
    EXPECT_FALSE(started->channel.is_open());
  }
}

TEST(Channel, HostTellsWrongKeysBeforeTheCardCountsAFailure) {
  testing::SeededRng rng(1);
  const Protocol protocol{0x03, 0x70};
  const auto keys = keys_for(protocol);
  Bytes challenge(8, 0x22);
  const auto started = initialize_update({protocol, keys, kData, challenge, 1, kAid}, rng);
  const auto answer = *InitializeUpdateAnswer::parse(started->response);
  const auto others = *KeySet::from_one(0x30, KeyAlgorithm::kAes, Bytes(16, 0x99));
  EXPECT_EQ(authenticate({protocol, others, challenge, answer, {0x01}, kAid}).error().kind, ErrorKind::kRefused);
  EXPECT_FALSE(explains_cryptogram({protocol, others, challenge, answer, {0x01}, kAid}));
  EXPECT_TRUE(explains_cryptogram({protocol, keys, challenge, answer, {0x01}, kAid}));
}

TEST(Channel, LevelsThatAreNotOfferedAnswer6A86) {
  testing::SeededRng rng(1);
  const Protocol protocol{0x03, 0x00};
  const auto keys = keys_for(protocol);
  Bytes challenge(8, 0x22);
  auto started = initialize_update({protocol, keys, kData, challenge, 1, kAid}, rng);
  const CommandApdu command{0x84, 0x82, 0x33, 0x00, Bytes(16, 0)};
  EXPECT_EQ(started->channel.external_authenticate(command.view()).error(), StatusWord(0x6A86));
}

TEST(Channel, InitializeUpdateRefusesWhatDoesNotFit) {
  testing::SeededRng rng(1);
  const auto aes = keys_for({0x03, 0x00});
  const auto status = [&](Protocol protocol, std::size_t challenge) {
    return initialize_update({protocol, aes, kData, Bytes(challenge, 0), 1, kAid}, rng).error();
  };
  EXPECT_EQ(status({0x03, 0x00}, 7), StatusWord(0x6A80));
  EXPECT_EQ(status({0x03, 0x01}, 8), StatusWord(0x6A80));
  EXPECT_EQ(status({0x02, 0x15}, 8), StatusWord(0x6F00));
  EXPECT_EQ(status({0x02, 0x0A}, 8), StatusWord(0x6985));
  EXPECT_EQ(status({0x11, 0x01}, 8), StatusWord(0x6985));
}

TEST(Channel, LogicalChannelsAreNotPartOfTheMac) {
  auto ends = open({0x03, 0x70}, {0x33}, keys_for({0x03, 0x70}));
  const CommandApdu plain{0x82, 0xF2, 0x40, 0x02, "4F00"_hex, 256};
  const auto secured = *ends->host.wrap(plain.view());
  EXPECT_EQ(secured.cla, 0x86);
  EXPECT_EQ(ends->card.unwrap(secured.view())->cla, 0x82);
  const CommandApdu further{0xC1, 0xF2, 0x40, 0x02, "4F00"_hex, 256};
  EXPECT_EQ(ends->card.unwrap(ends->host.wrap(further.view())->view())->cla, 0xC1);
}

TEST(Channel, ExtendedLengthsPass) {
  auto ends = open({0x03, 0x70}, {0x33}, keys_for({0x03, 0x70}));
  const CommandApdu plain{0x80, 0xE8, 0x00, 0x00, Bytes(20'000, 0x77), 65536};
  EXPECT_EQ(*ends->card.unwrap(ends->host.wrap(plain.view())->view()), plain);
}

TEST(InitializeUpdateAnswer, RefusesWhatIsNone) {
  EXPECT_FALSE(InitializeUpdateAnswer::parse({}).has_value());
  EXPECT_FALSE(InitializeUpdateAnswer::parse(Bytes(27, 2)).has_value());
  auto unknown = Bytes(28, 0);
  unknown[11] = 0x09;
  EXPECT_EQ(InitializeUpdateAnswer::parse(unknown).error().kind, ErrorKind::kUnsupported);
  auto too_long = Bytes(40, 0);
  too_long[11] = 0x02;
  EXPECT_FALSE(InitializeUpdateAnswer::parse(too_long).has_value());
}

}  // namespace
}  // namespace cose::scp
