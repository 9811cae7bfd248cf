// SPDX-License-Identifier: Apache-2.0
// The sessions of tests/vectors/scp/*.vec against a whole card: with the keys, the counter and the challenge of the
// recorded one it answers the same octets, and takes every secured command.
#include <filesystem>

#include <gtest/gtest.h>

#include "bytes/testing/manual_clock.h"
#include "bytes/testing/vector_file.h"
#include "iso7816/response_apdu.h"
#include "scp/host_channel.h"
#include "softse/testing/dialogue_card.h"

namespace cose::softse {
namespace {

using cose::testing::VectorBlock;
using iso7816::CommandApdu;
using iso7816::StatusWord;

constexpr std::size_t kVersionOffset = 10;
constexpr std::size_t kOptionsOffset = 12;
constexpr std::uint8_t kPseudoRandom = 0x10;

// Version 70 is for token keys here.
std::uint8_t usable_version(std::uint8_t version) {
  return version == 0x70 ? std::uint8_t{0x20} : version;
}

struct Recorded {
  Bytes answer;
  scp::InitializeUpdateAnswer parsed;
  scp::Protocol protocol;
  bool is_remade;  // without the domain's AID a pseudo-random challenge is played as a random one
};

Result<Recorded> recorded_of(const VectorBlock& block) {
  Recorded recorded;
  COSE_TRY(recorded.answer, block.octets("answer"));
  COSE_TRY(recorded.parsed, scp::InitializeUpdateAnswer::parse(recorded.answer));
  COSE_TRY(const auto protocol, block.octets("protocol"));
  recorded.protocol = {protocol.at(0), protocol.at(1)};
  recorded.is_remade = !recorded.protocol.has_pseudo_random_challenge() || block.has("domain_aid");
  if (!recorded.is_remade) recorded.protocol.options &= static_cast<std::uint8_t>(~kPseudoRandom);
  return recorded;
}

testing::Options options_for(const VectorBlock& block, const Recorded& recorded) {
  const auto hex = [&](const char* name) { return std::string(block.text(name).value()); };
  testing::Options options;
  options["protocols"] = to_hex(Bytes{recorded.protocol.number}) + ":" + to_hex(Bytes{recorded.protocol.options});
  options["keys"] =
      block.has("key") ? hex("key") : hex("encryption_key") + "," + hex("mac_key") + "," + hex("data_encryption_key");
  options["version"] = to_hex(Bytes{usable_version(recorded.parsed.key_version)});
  options["kdd"] = to_hex(recorded.parsed.key_diversification);
  if (block.has("domain_aid")) options["domain"] = hex("domain_aid");
  const auto counter = recorded.parsed.sequence_counter.value_or(0);
  const bool counts_first = scp::counts_at_initialize_update(recorded.protocol);
  if (counter != 0) options["counter"] = std::to_string(counts_first ? counter - 1 : counter);
  return options;
}

// What the card answers where the recorded one could not be made again.
Bytes expected_answer(const Recorded& recorded) {
  auto answer = recorded.answer;
  answer[kVersionOffset] = usable_version(answer[kVersionOffset]);
  if (recorded.is_remade) return answer;
  answer[kOptionsOffset] = recorded.protocol.options;
  constexpr std::size_t kCounter = 3;
  answer.resize(answer.size() - kCounter);
  return answer;
}

void run_session(const VectorBlock& block) {
  const auto recorded = recorded_of(block);
  ASSERT_TRUE(recorded.has_value()) << recorded.error().message;
  const auto options = options_for(block, *recorded);
  auto product = testing::product_of(options);
  ASSERT_TRUE(product.has_value()) << product.error().message;
  const cose::testing::ManualClock clock;
  const auto rng = std::make_shared<testing::QueuedRng>();
  auto factory =
      SoftCardFactory::create(*std::move(product), std::make_shared<gpcard::PackageCache>(), clock, rng).value();
  auto card = factory->make(1).value();
  ASSERT_TRUE(testing::personalize(card->manager(), options).has_value());
  ASSERT_TRUE(card->power_up(iso7816::ResetKind::kCold).has_value());
  rng->queue(recorded->parsed.card_challenge);

  const CommandApdu initialize{0x80, 0x50, 0x00, 0x00, block.octets("host_challenge").value(), 256};
  auto answer = iso7816::transceive(*card, initialize.encode().value()).value();
  EXPECT_EQ(to_hex(answer), to_hex(expected_answer(*recorded)) + "9000");
  answer = iso7816::transceive(*card, block.octets("external_authenticate").value()).value();
  EXPECT_EQ(to_hex(answer), "9000");
  for (int number = 1; block.has("secured" + std::to_string(number)); ++number) {
    answer = iso7816::transceive(*card, block.octets("secured" + std::to_string(number)).value()).value();
    const auto status = iso7816::ResponseApduView::parse(answer).value().status;
    EXPECT_NE(status, StatusWord::kSecurityStatusNotSatisfied) << number;
  }
}

std::vector<std::string> vector_files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(COSE_TESTS_DIR "/vectors/scp"))
    if (entry.path().stem().string().starts_with("scp")) files.push_back(entry.path().string());
  std::ranges::sort(files);
  return files;
}

class CardVectors : public ::testing::TestWithParam<std::string> {};

TEST_P(CardVectors, AreWhatAWholeCardAnswers) {
  const auto blocks = cose::testing::read_vector_file(GetParam());
  ASSERT_TRUE(blocks.has_value()) << blocks.error().message;
  EXPECT_FALSE(blocks->empty());
  for (const auto& block : *blocks) {
    SCOPED_TRACE(GetParam() + ":" + std::to_string(block.line()) + ", " + block.source());
    if (block.text("operation").value() == "session") run_session(block);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, CardVectors, ::testing::ValuesIn(vector_files()),
                         [](const auto& file) { return std::filesystem::path(file.param).stem().string(); });

}  // namespace
}  // namespace cose::softse
