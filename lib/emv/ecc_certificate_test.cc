// SPDX-License-Identifier: Apache-2.0
// Certificates and XDA on elliptic curves, made and checked, and each thing that may be wrong with them found by its
// reason. No vectors of an independent source are public: the form is the specification's, the keys are our own.
#include "emv/ecc_certificate.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/seeded_rng.h"
#include "crypto/ec_sdsa.h"

namespace cose::emv {
namespace {

using namespace literals;

constexpr EccTime kNow{0x20, 0x26, 0x11, 0x25, 0x12, 0x00};
constexpr std::string_view kPan = "4761739001010119";

class Ecc : public ::testing::TestWithParam<EccSuite> {
 protected:
  crypto::EcPrivateKey key() {
    const auto name = GetParam() == EccSuite::kSha256P256 ? crypto::CurveName::kP256 : crypto::CurveName::kP521;
    return crypto::EcPrivateKey::generate(crypto::EcCurve::named(name).value(), rng_).value();
  }

  testing::SeededRng rng_{1};
  crypto::EcPrivateKey authority_private_ = key(), issuer_private_ = key(), card_private_ = key();
  EccAuthority authority_{
      .provider = "A000000003"_hex, .index = 0x01, .key = ecc_key_of(GetParam(), authority_private_).value()};
  EccKey issuer_ = ecc_key_of(GetParam(), issuer_private_).value();
  EccKey card_ = ecc_key_of(GetParam(), card_private_).value();
  Bytes expiry_ = "20491231"_hex, card_expiry_ = "204912312359"_hex, serial_ = "000001"_hex,
        card_serial_ = "000000000001"_hex;
  Bytes static_data_ = "5A084761739001010119"_hex;
  Bytes issuer_certificate_ = make_ecc_issuer(authority_, authority_private_,
                                              {.pan = kPan, .expiry = expiry_, .serial = serial_}, issuer_, rng_)
                                  .value();
  Bytes card_certificate_ = make_ecc_card(GetParam(), issuer_private_, {.expiry = card_expiry_, .serial = card_serial_},
                                          card_, static_data_, rng_)
                                .value();

  std::string issuer_failure(const Bytes& certificate, const EccTime& now = kNow, std::string_view pan = kPan) {
    const auto checked = check_ecc_issuer(authority_, certificate, pan, now);
    return checked ? "none" : checked.error().message;
  }
  std::string card_failure(const Bytes& certificate, ByteView static_data, const EccTime& now = kNow) {
    const auto checked = check_ecc_card(issuer_, certificate, static_data, now);
    return checked ? "none" : checked.error().message;
  }
};

TEST_P(Ecc, GoesFromAuthorityToTransaction) {
  const auto issuer = check_ecc_issuer(authority_, issuer_certificate_, kPan, kNow);
  ASSERT_TRUE(issuer.has_value()) << issuer.error().message;
  EXPECT_EQ(issuer->key.x, issuer_.x);
  const auto card = check_ecc_card(issuer->key, card_certificate_, static_data_, kNow);
  ASSERT_TRUE(card.has_value()) << card.error().message;
  const auto data = "0102030405"_hex;
  const auto signature = sign_xda(GetParam(), card_private_, data, rng_).value();
  EXPECT_TRUE(check_xda(card->key, signature, data).has_value());
  EXPECT_EQ(check_xda(card->key, signature, "0102030406"_hex).error().kind, ErrorKind::kRefused);
  EXPECT_EQ(check_xda(issuer->key, signature, data).error().kind, ErrorKind::kRefused);
}

TEST_P(Ecc, NamesWhatIsWrongWithAnIssuer) {
  const auto changed = [&](std::size_t at) {
    auto certificate = issuer_certificate_;
    certificate[at] ^= 0x01;
    return issuer_failure(certificate);
  };
  EXPECT_NE(changed(0).find("format"), std::string::npos);
  EXPECT_NE(changed(1).find("encoding"), std::string::npos);
  EXPECT_NE(changed(2).find("subject"), std::string::npos);
  EXPECT_NE(changed(7).find("length"), std::string::npos);
  EXPECT_NE(changed(12).find("does not verify"), std::string::npos);
  EXPECT_NE(changed(16).find("authority"), std::string::npos);
  EXPECT_NE(changed(issuer_certificate_.size() - 1).find("does not verify"), std::string::npos);
  EXPECT_NE(issuer_failure(issuer_certificate_, {0x20, 0x50, 0x01, 0x01, 0x00, 0x00}).find("expiry"),
            std::string::npos);
  EXPECT_NE(issuer_failure(issuer_certificate_, kNow, "5413330089020011").find("subject"), std::string::npos);
  for (std::size_t size = 0; size < issuer_certificate_.size(); size += 7) {
    auto cut = issuer_certificate_;
    cut.resize(size);
    EXPECT_NE(issuer_failure(cut).find("length"), std::string::npos);
  }
}

TEST_P(Ecc, NamesWhatIsWrongWithACard) {
  const auto changed = [&](std::size_t at) {
    auto certificate = card_certificate_;
    certificate[at] ^= 0x01;
    return card_failure(certificate, static_data_);
  };
  EXPECT_NE(changed(0).find("format"), std::string::npos);
  EXPECT_NE(changed(10).find("does not verify"), std::string::npos);
  EXPECT_NE(changed(17).find("hash"), std::string::npos);
  EXPECT_NE(card_failure(card_certificate_, "00"_hex).find("hash"), std::string::npos);
  EXPECT_NE(card_failure(card_certificate_, static_data_, {0x20, 0x50, 0x01, 0x01, 0x00, 0x00}).find("expiry"),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Suites, Ecc, ::testing::Values(EccSuite::kSha256P256, EccSuite::kSha512P521),
                         [](const auto& tested) { return tested.param == EccSuite::kSha256P256 ? "P256" : "P521"; });

TEST(EcSdsa, RefusesOtherSizesAndNumbers) {
  testing::SeededRng rng{1};
  const auto curve = crypto::EcCurve::named(crypto::CurveName::kP256).value();
  const auto key = crypto::EcPrivateKey::generate(curve, rng).value();
  const auto open = key.public_key().value();
  const auto digest = crypto::DigestKind::kSha256;
  auto signature = crypto::sign_ec_sdsa(key, digest, "00"_hex, rng).value();
  EXPECT_TRUE(crypto::verify_ec_sdsa(open, digest, "00"_hex, signature).has_value());
  EXPECT_FALSE(crypto::verify_ec_sdsa(open, digest, "00"_hex, ByteView(signature).first(63)).has_value());
  std::fill(signature.begin() + 32, signature.end(), std::uint8_t{0xFF});
  EXPECT_EQ(crypto::verify_ec_sdsa(open, digest, "00"_hex, signature).error().kind, ErrorKind::kInvalid);
  std::fill(signature.begin(), signature.end(), std::uint8_t{0});
  EXPECT_EQ(crypto::verify_ec_sdsa(open, digest, "00"_hex, signature).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace cose::emv
