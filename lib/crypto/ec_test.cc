// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "crypto/dh.h"
#include "crypto/ec_curve.h"
#include "crypto/ec_key.h"
#include "crypto/ecdh.h"
#include "crypto/ecdsa.h"
#include "crypto/edwards.h"
#include "crypto/random.h"
#include "crypto/testing/vector_operations.h"

namespace cose::crypto {
namespace {

using namespace literals;
using testing::ScriptedRng;

HmacDrbg generator_of(std::uint8_t seed) {
  return HmacDrbg::create(DigestKind::kSha256, {Bytes(32, seed), Bytes(16, 0x5A), {}}).value();
}

EcCurve curve(CurveName name) {
  return EcCurve::named(name).value();
}

class EveryCurve : public ::testing::TestWithParam<int> {
 protected:
  [[nodiscard]] static CurveName name() { return static_cast<CurveName>(GetParam()); }
};

TEST_P(EveryCurve, IsRecognisedByItsDomainParameters) {
  const auto named = curve(name());
  EXPECT_EQ(curve_named(to_string(name())), name());
  auto domain = named.domain();
  const auto again = EcCurve::from_domain(domain).value();
  EXPECT_EQ(again.name(), name());
  EXPECT_TRUE(again == named);
  domain.cofactor = 0;
  EXPECT_EQ(EcCurve::from_domain(domain).value().name(), name());
}

TEST_P(EveryCurve, SignsAgreesAndEncodesPoints) {
  auto rng = generator_of(1);
  const auto key = EcPrivateKey::generate(curve(name()), rng).value();
  const auto peer = EcPrivateKey::generate(curve(name()), rng).value();
  const auto public_key = key.public_key().value();
  const auto compressed = public_key.point(PointForm::kCompressed);
  EXPECT_EQ(compressed.size(), 1 + key.curve().field_size());
  EXPECT_EQ(EcPublicKey::create(key.curve(), compressed).value().point(), public_key.point());

  const auto hash = digest(DigestKind::kSha512, as_bytes("kiosk")).value();
  for (const auto form : {EcdsaForm::kDer, EcdsaForm::kRaw}) {
    const auto signature = sign_ecdsa(key, hash, rng, form).value();
    EXPECT_TRUE(verify_ecdsa(public_key, hash, signature, form).has_value());
    EXPECT_FALSE(verify_ecdsa(peer.public_key().value(), hash, signature, form).has_value());
  }
  for (const auto kind : {EcdhKind::kPlain, EcdhKind::kCofactor}) {
    const auto mine = ecdh(key, peer.public_key().value(), kind).value();
    const auto theirs = ecdh_point(peer, public_key, kind).value();
    EXPECT_EQ(mine.size(), key.curve().field_size());
    EXPECT_TRUE(equal(mine.view(), theirs.view().subspan(1, mine.size())));
  }
}

INSTANTIATE_TEST_SUITE_P(Names, EveryCurve, ::testing::Range(0, static_cast<int>(CurveName::kSm2) + 1),
                         [](const auto& tested) {
                           auto text = std::string(to_string(static_cast<CurveName>(tested.param)));
                           std::erase(text, '-');
                           return text;
                         });

TEST(EcPrivateKey, OneSeedGivesOneKey) {
  auto first = generator_of(2);
  auto second = generator_of(2);
  const auto key = EcPrivateKey::generate(curve(CurveName::kP256), first).value();
  const auto same = EcPrivateKey::generate(curve(CurveName::kP256), second).value();
  EXPECT_EQ(to_bytes(key.scalar().view()), to_bytes(same.scalar().view()));
  const auto hash = digest(DigestKind::kSha256, {}).value();
  EXPECT_EQ(sign_ecdsa(key, hash, first, EcdsaForm::kRaw).value(),
            sign_ecdsa(same, hash, second, EcdsaForm::kRaw).value());
}

TEST(EcPrivateKey, PassesOnTheFailureOfItsGenerator) {
  ScriptedRng empty({});
  EXPECT_EQ(EcPrivateKey::generate(curve(CurveName::kP256), empty).error().kind, ErrorKind::kLimit);
  ScriptedRng zeros(Bytes(6400));
  EXPECT_EQ(EcPrivateKey::generate(curve(CurveName::kP256), zeros).error().message,
            "the generator gave no number in range in 128 tries");
  const auto key = EcPrivateKey::create(curve(CurveName::kP256), Bytes{1}).value();
  EXPECT_EQ(sign_ecdsa(key, Bytes(32), empty, EcdsaForm::kDer).error().kind, ErrorKind::kLimit);
}

TEST(EcPrivateKey, DrawsTheBitsOfTheOrderOnly) {
  // 521 bits are 66 octets of which the first has one bit.
  Bytes octets(66);
  octets.front() = 0xFE;
  octets.back() = 0x05;
  ScriptedRng rng(octets);
  const auto key = EcPrivateKey::generate(curve(CurveName::kP521), rng).value();
  Bytes expected(66);
  expected.back() = 0x05;
  EXPECT_EQ(to_bytes(key.scalar().view()), expected);
}

TEST(Ecdh, RefusesKeysOfDifferentCurves) {
  auto rng = generator_of(3);
  const auto key = EcPrivateKey::generate(curve(CurveName::kP256), rng).value();
  const auto peer = EcPrivateKey::generate(curve(CurveName::kSecp256k1), rng).value().public_key().value();
  EXPECT_EQ(ecdh(key, peer).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(ecdh_point(key, peer).error().kind, ErrorKind::kInvalid);
}

TEST(Ecdsa, TurnsOneFormIntoTheOther) {
  const auto p256 = curve(CurveName::kP256);
  Bytes raw(64);
  raw[31] = 0x80;
  raw[63] = 0x01;
  EXPECT_EQ(ecdsa_der(p256, raw).value(), "300702020080020101"_hex);
  EXPECT_EQ(ecdsa_raw(p256, "300702020080020101"_hex).value(), raw);
  EXPECT_EQ(ecdsa_raw(p256, "3006020180020101"_hex).error().kind, ErrorKind::kInvalid);  // -128
  EXPECT_EQ(ecdsa_der(p256, Bytes(64)).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(ecdsa_der(p256, Bytes(63)).error().kind, ErrorKind::kInvalid);
}

TEST(Ecdsa, ReadsNoDerThatIsCutOrGrown) {
  auto rng = generator_of(4);
  const auto key = EcPrivateKey::generate(curve(CurveName::kP521), rng).value();
  const auto public_key = key.public_key().value();
  const Bytes hash(64, 0x01);
  const auto signature = sign_ecdsa(key, hash, rng, EcdsaForm::kDer).value();
  for (std::size_t size = 0; size < signature.size(); ++size)
    EXPECT_EQ(verify_ecdsa(public_key, hash, ByteView(signature).first(size), EcdsaForm::kDer).error().kind,
              ErrorKind::kInvalid)
        << size;
  for (std::size_t at = 0; at < signature.size(); ++at) {
    auto changed = signature;
    changed[at] ^= 0x01;
    EXPECT_FALSE(verify_ecdsa(public_key, hash, changed, EcdsaForm::kDer).has_value()) << at;
  }
}

TEST(Edwards, KeysAreWhatTheGeneratorGave) {
  const Bytes octets(57, 0x42);
  ScriptedRng xdh(octets);
  EXPECT_EQ(to_bytes(XdhPrivateKey::generate(XdhCurve::kX448, xdh).value().octets().view()), Bytes(56, 0x42));
  ScriptedRng eddsa(octets);
  const auto key = EddsaPrivateKey::generate(EddsaCurve::kEd448, eddsa).value();
  EXPECT_EQ(to_bytes(key.octets().view()), octets);
  EXPECT_EQ(key.sign({}).value().size(), signature_size(EddsaCurve::kEd448));
  EXPECT_EQ(XdhPrivateKey::generate(XdhCurve::kX25519, eddsa).error().kind, ErrorKind::kLimit);
}

TEST(Edwards, BothSidesAgree) {
  auto rng = generator_of(5);
  for (const auto kind : {XdhCurve::kX25519, XdhCurve::kX448}) {
    const auto mine = XdhPrivateKey::generate(kind, rng).value();
    const auto theirs = XdhPrivateKey::generate(kind, rng).value();
    const auto shared = mine.agree(theirs.public_key().value()).value();
    EXPECT_EQ(shared.size(), key_size(kind));
    EXPECT_TRUE(equal(shared.view(), theirs.agree(mine.public_key().value()).value().view()));
  }
}

TEST(Dh, BothSidesAgree) {
  auto rng = generator_of(6);
  // 2^521 - 1 is prime.
  Bytes prime(66, 0xFF);
  prime.front() = 0x01;
  const DhDomain domain{prime, {3}};
  const auto mine = DhPrivateKey::generate(domain, rng).value();
  const auto theirs = DhPrivateKey::generate(domain, rng).value();
  const auto shared = mine.agree(theirs.public_value().value()).value();
  EXPECT_EQ(shared.size(), 66U);
  EXPECT_TRUE(equal(shared.view(), theirs.agree(mine.public_value().value()).value().view()));
  EXPECT_EQ(DhPrivateKey::create(domain, mine.value().view()).value().public_value().value(),
            mine.public_value().value());
}

}  // namespace
}  // namespace cose::crypto
