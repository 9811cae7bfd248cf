// SPDX-License-Identifier: Apache-2.0
// Runs tests/vectors/emv/certificates.vec with the keys of data/emv/ca_keys.txt.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/vector_file.h"
#include "emv/ca_keys.h"
#include "emv/certificate.h"

namespace cose::emv {
namespace {

using cose::testing::VectorBlock;

std::string ca_key_text() {
  std::ifstream file(COSE_TESTS_DIR "/../data/emv/ca_keys.txt");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A line for each result, as the block has them.
using Results = std::vector<std::pair<std::string, Bytes>>;

Result<Results> recover_issuer(const VectorBlock& block, const CaKeys& keys) {
  COSE_TRY(const auto provider, block.octets("provider"));
  COSE_TRY(const auto index, block.octets("index"));
  const auto* authority = keys.find(provider, index.at(0));
  if (authority == nullptr) return fail(ErrorKind::kNotFound, "no such key");
  COSE_TRY(const auto pan, block.text("pan"));
  COSE_TRY(const auto certificate, block.octets("certificate"));
  COSE_TRY(const auto remainder, block.octets("remainder"));
  COSE_TRY(const auto exponent, block.octets("exponent"));
  COSE_TRY(const auto month, block.octets("today"));
  COSE_TRY(const auto today, Month::from_certificate(month));
  COSE_TRY(const auto certified, recover_certificate(CertificateKind::kIssuer, authority->key,
                                                     {.certificate = certificate,
                                                      .remainder = remainder,
                                                      .exponent = exponent,
                                                      .static_data = {},
                                                      .pan = pan,
                                                      .today = today}));
  return Results{{"expiry", certified.expiry.to_certificate()},
                 {"serial", certified.serial},
                 {"modulus", certified.key.modulus()}};
}

Result<Results> recover_dynamic(const VectorBlock& block) {
  COSE_TRY(const auto modulus, block.octets("modulus"));
  COSE_TRY(const auto exponent, block.octets("exponent"));
  COSE_TRY(const auto key, crypto::RsaPublicKey::create(modulus, exponent));
  COSE_TRY(const auto signature, block.octets("signature"));
  COSE_TRY(const auto terminal_data, block.octets("terminal_data"));
  COSE_TRY(auto data, recover_dynamic_signature(key, signature, terminal_data));
  return Results{{"dynamic_data", std::move(data)}};
}

void run(const VectorBlock& block, const CaKeys& keys) {
  const auto found = block.text("operation") == "issuer" ? recover_issuer(block, keys) : recover_dynamic(block);
  if (block.has("error")) {
    ASSERT_FALSE(found.has_value());
    const auto reason = block.octets("error").value();
    EXPECT_NE(found.error().message.find(as_text(reason)), std::string::npos) << found.error().message;
    return;
  }
  ASSERT_TRUE(found.has_value()) << found.error().message;
  for (const auto& [name, value] : *found) EXPECT_EQ(to_hex(value), to_hex(block.octets(name).value())) << name;
  EXPECT_TRUE(block.unused().empty());
}

TEST(CertificateVectors, GiveWhatTheirSourceSays) {
  const auto keys = CaKeys::parse(ca_key_text());
  ASSERT_TRUE(keys.has_value()) << keys.error().message;
  const auto blocks = cose::testing::read_vector_file(COSE_TESTS_DIR "/vectors/emv/certificates.vec");
  ASSERT_TRUE(blocks.has_value()) << blocks.error().message;
  ASSERT_FALSE(blocks->empty());
  for (const auto& block : *blocks) {
    SCOPED_TRACE("line " + std::to_string(block.line()));
    run(block, *keys);
  }
}

TEST(CaKeyFile, HoldsKeysOfBothSchemes) {
  const auto keys = CaKeys::parse(ca_key_text());
  ASSERT_TRUE(keys.has_value()) << keys.error().message;
  EXPECT_GE(keys->all().size(), 12U);
  using namespace literals;
  ASSERT_NE(keys->find("A0000000031010"_hex, 0x94), nullptr);
  EXPECT_TRUE(keys->find("A0000000031010"_hex, 0x94)->is_test);
  EXPECT_EQ(keys->find("A0000000041010"_hex, 0x94), nullptr);
  EXPECT_EQ(keys->find("A000"_hex, 0x94), nullptr);
}

TEST(CaKeyFile, RefusesAMistypedKey) {
  const auto text = ca_key_text();
  const auto start = text.find("A000000003 94 3 ");
  ASSERT_NE(start, std::string::npos);
  auto spoilt = text.substr(start, text.find('\n', start) - start);
  EXPECT_TRUE(CaKeys::parse(spoilt).has_value());
  EXPECT_FALSE(CaKeys::parse(spoilt + "\n" + spoilt).has_value());
  EXPECT_FALSE(CaKeys::parse(spoilt + " forever").has_value());
  EXPECT_FALSE(CaKeys::parse("A000000003 94 3").has_value());
  spoilt[20] = spoilt[20] == '0' ? '1' : '0';
  const auto keys = CaKeys::parse("# comment\n" + spoilt);
  ASSERT_FALSE(keys.has_value());
  EXPECT_EQ(keys.error().message.substr(0, 32), "line 2: check value of key 94: e");
}

}  // namespace
}  // namespace cose::emv
