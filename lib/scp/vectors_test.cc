// SPDX-License-Identifier: Apache-2.0
// Runs tests/vectors/scp/*.vec. Each session is played by both ends: the host must send, and the card must answer,
// exactly what the source recorded.
#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/vector_file.h"
#include "iso7816/response_apdu.h"
#include "scp/card_channel.h"
#include "scp/diversification.h"
#include "scp/host_channel.h"

namespace cose::scp {
namespace {

using cose::testing::VectorBlock;
using iso7816::CommandApdu;
using iso7816::ResponseApdu;

// Hands out what the recorded card drew.
class ScriptedRng final : public Rng {
 public:
  explicit ScriptedRng(Bytes octets) : octets_(std::move(octets)) {}
  [[nodiscard]] Status fill(MutableByteView buffer) override {
    if (buffer.size() != octets_.size()) return fail(ErrorKind::kInternal, "a challenge of another size");
    std::ranges::copy(octets_, buffer.begin());
    return {};
  }

 private:
  Bytes octets_;
};

Result<KeySet> keys_of(const VectorBlock& block, KeyAlgorithm algorithm) {
  COSE_TRY(const auto version, block.octets_or_none("version"));
  const auto number = version.empty() ? std::uint8_t{0} : version.front();
  if (block.has("key")) {
    COSE_TRY(const auto key, block.octets("key"));
    return KeySet::from_one(number, algorithm, key);
  }
  COSE_TRY(const auto encryption, block.octets("encryption_key"));
  COSE_TRY(const auto mac, block.octets("mac_key"));
  COSE_TRY(const auto data_encryption, block.octets("data_encryption_key"));
  return KeySet::from_three(number, algorithm, encryption, mac, data_encryption);
}

struct Session {
  Protocol protocol;
  KeySet keys;
  Bytes host_challenge;
  Bytes answer;
  SecurityLevel level;
  Bytes domain_aid;
};

Result<Session> session_of(const VectorBlock& block) {
  Session session;
  COSE_TRY(const auto protocol, block.octets("protocol"));
  session.protocol = {protocol.at(0), protocol.at(1)};
  const auto algorithm = session.protocol.number == 0x03 ? KeyAlgorithm::kAes : KeyAlgorithm::kDes;
  COSE_TRY(session.keys, keys_of(block, algorithm));
  COSE_TRY(session.host_challenge, block.octets("host_challenge"));
  COSE_TRY(session.answer, block.octets("answer"));
  COSE_TRY(const auto level, block.octets("level"));
  session.level = {level.at(0)};
  COSE_TRY(session.domain_aid, block.octets_or_none("domain_aid"));
  if (block.has("diversification")) {
    COSE_TRY(const auto name, block.text("diversification"));
    COSE_TRY(const auto scheme, Diversification::parse(name));
    COSE_TRY(session.keys, scheme.derive(session.keys, ByteView(session.answer).first(kKeyDiversificationSize)));
  }
  return session;
}

// plain1, secured1, answer1, plain_answer1, plain2, ...
struct Step {
  Bytes plain;
  Bytes secured;
  Bytes answer;
  Bytes plain_answer;
};

Result<std::vector<Step>> steps_of(const VectorBlock& block) {
  std::vector<Step> steps;
  for (int number = 1; block.has("plain" + std::to_string(number)); ++number) {
    Step step;
    COSE_TRY(step.plain, block.octets("plain" + std::to_string(number)));
    COSE_TRY(step.secured, block.octets("secured" + std::to_string(number)));
    COSE_TRY(step.answer, block.octets_or_none("answer" + std::to_string(number)));
    COSE_TRY(step.plain_answer, block.octets_or_none("plain_answer" + std::to_string(number)));
    steps.push_back(std::move(step));
  }
  return steps;
}

void play_host(const VectorBlock& block, const Session& session, const std::vector<Step>& steps) {
  const auto answer = InitializeUpdateAnswer::parse(session.answer);
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  auto started = authenticate(
      {session.protocol, session.keys, session.host_challenge, *answer, session.level, session.domain_aid});
  ASSERT_TRUE(started.has_value()) << started.error().message;
  EXPECT_EQ(to_hex(*started->external_authenticate.encode()), to_hex(*block.octets("external_authenticate")));
  for (const auto& step : steps) {
    const auto secured = started->channel.wrap(CommandApdu::parse(step.plain)->view());
    ASSERT_TRUE(secured.has_value()) << secured.error().message;
    EXPECT_EQ(to_hex(*secured->encode()), to_hex(step.secured));
    if (step.answer.empty()) continue;
    const auto response = *ResponseApdu::parse(step.answer);
    const auto plain = started->channel.unwrap(response.data, response.status);
    ASSERT_TRUE(plain.has_value()) << plain.error().message;
    if (!step.plain_answer.empty()) {
      EXPECT_EQ(to_hex(*plain), to_hex(step.plain_answer));
    }
  }
}

void play_card(const VectorBlock& block, const Session& session, const std::vector<Step>& steps) {
  const auto recorded = *InitializeUpdateAnswer::parse(session.answer);
  auto keys = session.keys.clone();
  keys.version = recorded.key_version;
  ScriptedRng rng(recorded.card_challenge);
  // Without the domain's AID a pseudo-random challenge cannot be made again: it is played as a random one.
  auto protocol = session.protocol;
  const bool is_remade = !protocol.has_pseudo_random_challenge() || !session.domain_aid.empty();
  if (!is_remade) protocol.options &= 0xEF;
  auto started = initialize_update({protocol, keys, recorded.key_diversification, session.host_challenge,
                                    recorded.sequence_counter.value_or(0), session.domain_aid},
                                   rng);
  ASSERT_TRUE(started.has_value());
  if (is_remade) {
    ASSERT_EQ(to_hex(started->response), to_hex(session.answer));
  }
  const auto answer = InitializeUpdateAnswer::parse(started->response);
  ASSERT_EQ(to_hex(answer->card_cryptogram), to_hex(recorded.card_cryptogram));
  const auto command = *CommandApdu::parse(*block.octets("external_authenticate"));
  ASSERT_TRUE(started->channel.external_authenticate(command.view()).has_value());
  for (const auto& step : steps) {
    const auto plain = started->channel.unwrap(CommandApdu::parse(step.secured)->view());
    ASSERT_TRUE(plain.has_value()) << iso7816::to_string(plain.error());
    EXPECT_EQ(to_hex(*plain->encode()), to_hex(step.plain));
    if (step.plain_answer.empty()) continue;
    const auto response = *ResponseApdu::parse(step.answer);
    const auto secured = started->channel.wrap(step.plain_answer, response.status);
    ASSERT_TRUE(secured.has_value());
    EXPECT_EQ(to_hex(*secured), to_hex(response.data));
  }
}

void run_session(const VectorBlock& block) {
  const auto session = session_of(block);
  ASSERT_TRUE(session.has_value()) << session.error().message;
  const auto steps = steps_of(block);
  ASSERT_TRUE(steps.has_value()) << steps.error().message;
  play_host(block, *session, *steps);
  play_card(block, *session, *steps);
}

KeyAlgorithm algorithm_of(const VectorBlock& block) {
  return block.text("algorithm").value() == "aes" ? KeyAlgorithm::kAes : KeyAlgorithm::kDes;
}

// Diversified keys known by their check values.
void run_diversification(const VectorBlock& block) {
  const auto algorithm = algorithm_of(block);
  const auto masters = keys_of(block, algorithm);
  ASSERT_TRUE(masters.has_value()) << masters.error().message;
  const auto scheme = Diversification::parse(block.text("scheme").value());
  ASSERT_TRUE(scheme.has_value()) << scheme.error().message;
  const auto keys = scheme->derive(*masters, block.octets("data").value());
  ASSERT_TRUE(keys.has_value()) << keys.error().message;
  const std::map<std::string, const Secret*> derived = {{"encryption_check", &keys->encryption},
                                                        {"mac_check", &keys->mac},
                                                        {"data_encryption_check", &keys->data_encryption}};
  for (const auto& [name, key] : derived)
    if (block.has(name)) {
      EXPECT_EQ(to_hex(*key_check_value(algorithm, key->view())), to_hex(*block.octets(name))) << name;
    }
  if (block.has("encryption_result")) {
    EXPECT_EQ(to_hex(keys->encryption.view()), to_hex(*block.octets("encryption_result")));
  }
}

void run_check_value(const VectorBlock& block) {
  EXPECT_EQ(to_hex(*key_check_value(algorithm_of(block), block.octets("key").value())),
            to_hex(*block.octets("result")));
}

std::vector<std::string> vector_files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(COSE_TESTS_DIR "/vectors/scp"))
    if (entry.path().extension() == ".vec") files.push_back(entry.path().string());
  std::ranges::sort(files);
  return files;
}

class Vectors : public ::testing::TestWithParam<std::string> {};

TEST_P(Vectors, GiveWhatTheirSourceSays) {
  const std::map<std::string_view, void (*)(const VectorBlock&)> operations = {
      {"session", run_session}, {"diversification", run_diversification}, {"check_value", run_check_value}};
  const auto blocks = cose::testing::read_vector_file(GetParam());
  ASSERT_TRUE(blocks.has_value()) << blocks.error().message;
  EXPECT_FALSE(blocks->empty());
  for (const auto& block : *blocks) {
    SCOPED_TRACE(GetParam() + ":" + std::to_string(block.line()) + ", " + block.source());
    const auto operation = operations.find(block.text("operation").value());
    ASSERT_NE(operation, operations.end());
    operation->second(block);
    for (const auto& field : block.unused()) ADD_FAILURE() << "nothing asked for field " << field;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Vectors, ::testing::ValuesIn(vector_files()),
                         [](const auto& file) { return std::filesystem::path(file.param).stem().string(); });

}  // namespace
}  // namespace cose::scp
