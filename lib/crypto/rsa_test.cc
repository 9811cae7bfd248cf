// SPDX-License-Identifier: Apache-2.0
#include "crypto/rsa.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "crypto/random.h"
#include "crypto/rsa_oaep.h"
#include "crypto/rsa_pkcs1.h"
#include "crypto/rsa_pss.h"
#include "crypto/testing/vector_operations.h"

namespace cose::crypto {
namespace {

using testing::ScriptedRng;

HmacDrbg generator_of(std::uint8_t seed) {
  return HmacDrbg::create(DigestKind::kSha256, {Bytes(32, seed), Bytes(16, 0x5A), {}}).value();
}

class ConstantRng final : public Rng {
 public:
  explicit ConstantRng(std::uint8_t octet) : octet_(octet) {}
  [[nodiscard]] Status fill(MutableByteView buffer) override {
    std::ranges::fill(buffer, octet_);
    return {};
  }

 private:
  std::uint8_t octet_;
};

struct Generated {
  std::size_t bits;
  std::uint64_t exponent;
};

class GeneratedKey : public ::testing::TestWithParam<Generated> {};

TEST_P(GeneratedKey, SignsDecryptsAndComesBackFromItsComponents) {
  auto rng = generator_of(1);
  const auto key = RsaPrivateKey::generate(GetParam().bits, rng, GetParam().exponent).value();
  EXPECT_EQ(key.bits(), GetParam().bits);
  const auto public_key = key.public_key().value();

  const auto hash = digest(DigestKind::kSha256, as_bytes("Java Card")).value();
  const auto signature = sign_pkcs1(key, DigestKind::kSha256, hash).value();
  EXPECT_TRUE(verify_pkcs1(public_key, DigestKind::kSha256, hash, signature).has_value());
  const auto ciphertext = encrypt_pkcs1(public_key, as_bytes("kiosk"), rng).value();
  EXPECT_EQ(as_text(decrypt_pkcs1(key, ciphertext).value().view()), "kiosk");

  const auto again = RsaPrivateKey::from_crt(key.crt().value()).value();
  EXPECT_EQ(again.modulus(), key.modulus());
  EXPECT_EQ(sign_pkcs1(again, DigestKind::kSha256, hash).value(), signature);
  const auto plain = RsaPrivateKey::create(key.modulus(), key.private_exponent().view()).value();
  EXPECT_EQ(sign_pkcs1(plain, DigestKind::kSha256, hash).value(), signature);
  EXPECT_EQ(plain.public_key().value().exponent(), public_key.exponent());
  EXPECT_EQ(plain.crt().error().kind, ErrorKind::kNotFound);
}

INSTANTIATE_TEST_SUITE_P(Sizes, GeneratedKey,
                         ::testing::Values(Generated{512, 3}, Generated{736, 65537}, Generated{1024, 3},
                                           Generated{1984, 65537}, Generated{2048, 65537}),
                         [](const auto& tested) { return std::to_string(tested.param.bits); });

TEST(RsaPrivateKey, OneSeedGivesOneKey) {
  auto first = generator_of(2);
  auto second = generator_of(2);
  auto third = generator_of(3);
  const auto key = RsaPrivateKey::generate(512, first).value();
  EXPECT_EQ(key.modulus(), RsaPrivateKey::generate(512, second).value().modulus());
  EXPECT_NE(key.modulus(), RsaPrivateKey::generate(512, third).value().modulus());
}

TEST(RsaPrivateKey, RefusesSizesAndExponentsThatCannotBe) {
  auto rng = generator_of(4);
  for (const std::size_t bits : {0U, 496U, 513U, 520U, 4112U})
    EXPECT_EQ(RsaPrivateKey::generate(bits, rng).error().kind, ErrorKind::kInvalid) << bits;
  for (const std::uint64_t exponent : {0U, 1U, 2U, 65536U})
    EXPECT_EQ(RsaPrivateKey::generate(512, rng, exponent).error().kind, ErrorKind::kInvalid) << exponent;
}

TEST(RsaPrivateKey, PassesOnTheFailureOfItsGenerator) {
  ScriptedRng empty({});
  EXPECT_EQ(RsaPrivateKey::generate(512, empty).error().kind, ErrorKind::kLimit);
  ConstantRng constant(0xFF);  // 2^256 - 1 is no prime
  EXPECT_EQ(RsaPrivateKey::generate(512, constant).error().message, "the generator gave no prime of 256 bits");
}

TEST(RsaPrivateKey, WorksWithoutItsPublicExponent) {
  auto rng = generator_of(5);
  // 2^61 - 1 is prime and nobody's usual exponent.
  const auto known = RsaPrivateKey::generate(512, rng, (std::uint64_t{1} << 61) - 1).value();
  const auto unknown = RsaPrivateKey::create(known.modulus(), known.private_exponent().view()).value();
  EXPECT_EQ(unknown.public_key().error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(unknown.crt().error().kind, ErrorKind::kNotFound);
  const auto signature = sign_pkcs1_block(known, as_bytes("kiosk")).value();
  for (int round = 0; round < 3; ++round)
    EXPECT_EQ(sign_pkcs1_block(unknown, as_bytes("kiosk")).value(), signature) << "blinding " << round;
}

TEST(RsaPkcs1, CarriesAnyContentInABlockOfType1) {
  auto rng = generator_of(6);
  const auto key = RsaPrivateKey::generate(512, rng).value();
  const auto public_key = key.public_key().value();
  for (const std::size_t size : {0U, 1U, 53U}) {
    const Bytes content(size, 0xFF);
    const auto signature = sign_pkcs1_block(key, content).value();
    EXPECT_EQ(recover_pkcs1_block(public_key, signature).value(), content);
  }
  EXPECT_EQ(sign_pkcs1_block(key, Bytes(54)).error().message, "expected at most 53 octets for this RSA key, found 54");
  const auto encrypted = encrypt_pkcs1(public_key, {}, rng).value();
  const auto type_2 = key.apply(encrypted).value();
  EXPECT_EQ(recover_pkcs1_block(public_key, key.apply(type_2.view()).value().view()).error().kind, ErrorKind::kRefused);
}

TEST(RsaPkcs1, WantsAGeneratorThatGivesMoreThanZeros) {
  auto rng = generator_of(7);
  const auto key = RsaPrivateKey::generate(512, rng).value().public_key().value();
  ConstantRng zeros(0x00);
  EXPECT_EQ(encrypt_pkcs1(key, {}, zeros).error().kind, ErrorKind::kInternal);
  ScriptedRng empty({});
  EXPECT_EQ(encrypt_pkcs1(key, {}, empty).error().kind, ErrorKind::kLimit);
}

TEST(RsaPss, AndOaepUndoThemselvesAtEverySize) {
  auto rng = generator_of(8);
  const auto key = RsaPrivateKey::generate(1024, rng).value();
  const auto public_key = key.public_key().value();
  const auto hash = digest(DigestKind::kSha256, as_bytes("Java Card")).value();
  for (const std::size_t salt : {0U, 1U, 32U, 94U}) {
    const PssParameters parameters{DigestKind::kSha256, DigestKind::kSha1, salt};
    const auto signature = sign_pss(key, parameters, hash, rng).value();
    EXPECT_TRUE(verify_pss(public_key, parameters, hash, signature).has_value()) << salt;
  }
  EXPECT_EQ(sign_pss(key, {DigestKind::kSha256, DigestKind::kSha256, 95}, hash, rng).error().kind, ErrorKind::kInvalid);
  for (const std::size_t size : {0U, 1U, 62U}) {
    const Bytes message(size, 0x01);
    const auto ciphertext = encrypt_oaep(public_key, {}, message, rng).value();
    EXPECT_EQ(to_bytes(decrypt_oaep(key, {}, ciphertext).value().view()), message);
  }
}

}  // namespace
}  // namespace cose::crypto
