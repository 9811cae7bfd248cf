// SPDX-License-Identifier: Apache-2.0
// A card of our own making, authenticated by every method, and then spoilt in every place that a step looks at.
#include "emv/data_authentication.h"

#include <map>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/seeded_rng.h"
#include "crypto/digest.h"

namespace cose::emv {
namespace {

using namespace literals;
using tlv::Tag;

constexpr Month kToday{.year = 2026, .month = 11};
constexpr Month kExpiry{.year = 2030, .month = 12};

// Made once: keys take long.
const crypto::RsaPrivateKey& test_key(std::size_t bits) {
  static const auto kKeys = [] {
    std::map<std::size_t, crypto::RsaPrivateKey> keys;
    for (const std::size_t size : {1408U, 1152U, 1024U}) {
      cose::testing::SeededRng rng(size);
      keys.emplace(size, *crypto::RsaPrivateKey::generate(size, rng, 3));
    }
    return keys;
  }();
  return kKeys.at(bits);
}

class TestCard {
 public:
  TestCard() : authority_(test_key(1408)), issuer_(test_key(1152)), card_(test_key(1024)) {
    static_cast<void>(static_data.add_record(1, "70055F2403301231"_hex));
    static_cast<void>(static_data.add_tag_list("82"_hex, "3900"_hex));
    authorities.add(
        {.provider = "A000000003"_hex, .index = 0x42, .key = *authority_.public_key(), .expiry = {}, .is_test = true});
    objects[Tag(0x5A)] = "4761739001010119"_hex;
    objects[Tag(0x8F)] = "42"_hex;
    certify(CertificateKind::kIssuer, authority_, issuer_, {}, {Tag(0x90), Tag(0x92), Tag(0x9F32)});
    certify(CertificateKind::kCard, issuer_, card_, static_data.view(), {Tag(0x9F46), Tag(0x9F48), Tag(0x9F47)});
    objects[Tag(0x93)] = *sign_static_data(issuer_, "DAC1"_hex, static_data.view());
  }

  void sign(ByteView dynamic_data, ByteView terminal_data) {
    objects[Tag(0x9F4B)] = *sign_dynamic_data(card_, dynamic_data, terminal_data);
  }

  [[nodiscard]] AuthenticationInput input() const {
    return {.aid = aid, .objects = objects, .static_data = static_data.view(), .today = today};
  }

  CaKeys authorities;
  DataObjects objects;
  StaticData static_data;
  Bytes aid = "A0000000031010"_hex;
  Month today = kToday;

 private:
  struct Tags {
    Tag certificate;
    Tag remainder;
    Tag exponent;
  };

  void certify(CertificateKind kind, const crypto::RsaPrivateKey& signer, const crypto::RsaPrivateKey& subject,
               ByteView covered, const Tags& tags) {
    const auto key = *subject.public_key();
    const auto made = *make_certificate(
        kind, signer, {.pan = "4761739001010119", .expiry = kExpiry, .serial = "000001"_hex}, key, covered);
    objects[tags.certificate] = made.certificate;
    objects[tags.remainder] = made.remainder;
    objects[tags.exponent] = key.exponent();
  }

  const crypto::RsaPrivateKey& authority_;
  const crypto::RsaPrivateKey& issuer_;
  const crypto::RsaPrivateKey& card_;
};

std::string last_step(const AuthenticationReport& report) {
  const auto& step = report.steps.back();
  return (step.passed ? "passed " : "failed ") + step.name + ": " + step.detail;
}

const Bytes kUnpredictable = "8B55633B"_hex;

TEST(DataAuthentication, PassesStatically) {
  const TestCard card;
  const auto report = authenticate_static(card.authorities, card.input());
  EXPECT_TRUE(report.passed()) << last_step(report);
  EXPECT_EQ(report.authentication_code, "DAC1"_hex);
  EXPECT_EQ(report.steps.size(), 3U);
}

TEST(DataAuthentication, PassesDynamically) {
  TestCard card;
  card.sign("08A1A2A3A4A5A6A7A8"_hex, kUnpredictable);
  const auto report = authenticate_dynamic(AuthenticationMethod::kDda, card.authorities, card.input(), kUnpredictable);
  EXPECT_TRUE(report.passed()) << last_step(report);
  EXPECT_EQ(report.dynamic_number, "A1A2A3A4A5A6A7A8"_hex);
}

TEST(DataAuthentication, PassesCombined) {
  TestCard card;
  const auto data = "9F02060000000001009F2701809F3602001C"_hex;
  const auto hash = *crypto::digest(crypto::DigestKind::kSha1, data);
  card.sign(concat("02ABCD"_hex, "80"_hex, "0102030405060708"_hex, hash), kUnpredictable);
  const auto report = authenticate_combined(card.authorities, card.input(), kUnpredictable, data);
  EXPECT_TRUE(report.passed()) << last_step(report);
  EXPECT_EQ(report.cryptogram, "0102030405060708"_hex);
  EXPECT_EQ(report.cryptogram_information, 0x80);
  const auto other = authenticate_combined(card.authorities, card.input(), kUnpredictable, "00"_hex);
  EXPECT_NE(last_step(other).find("failed transaction data: the card signed"), std::string::npos) << last_step(other);
}

// What is done to the card, and what the report must then say.
struct Spoilt {
  const char* name;
  void (*spoil)(TestCard&);
  const char* reason;
};

class SpoiltCards : public ::testing::TestWithParam<Spoilt> {};

TEST_P(SpoiltCards, FailWithTheReason) {
  TestCard card;
  card.sign("0101"_hex, kUnpredictable);
  GetParam().spoil(card);
  const auto report = authenticate_dynamic(AuthenticationMethod::kDda, card.authorities, card.input(), kUnpredictable);
  EXPECT_FALSE(report.passed());
  EXPECT_NE(last_step(report).find(GetParam().reason), std::string::npos) << last_step(report);
}

INSTANTIATE_TEST_SUITE_P(
    DataAuthentication, SpoiltCards,
    ::testing::Values(
        Spoilt{"NoIndex", [](TestCard& card) { card.objects.erase(Tag(0x8F)); }, "authority's key: the card has no 8F"},
        Spoilt{"UnknownKey", [](TestCard& card) { card.objects[Tag(0x8F)] = "43"_hex; }, "no key 43"},
        Spoilt{"OtherScheme", [](TestCard& card) { card.aid = "A0000000041010"_hex; }, "no key 42"},
        Spoilt{"NoCertificate", [](TestCard& card) { card.objects.erase(Tag(0x90)); }, "the card has no 90"},
        Spoilt{"ShortCertificate", [](TestCard& card) { card.objects[Tag(0x90)].pop_back(); },
               "issuer certificate: length"},
        Spoilt{"FlippedBit", [](TestCard& card) { card.objects[Tag(0x90)].back() ^= 1; },
               "issuer certificate: recovered data"},
        Spoilt{"OtherAccount", [](TestCard& card) { card.objects[Tag(0x5A)] = "5413330089020011"_hex; },
               "issuer certificate: subject"},
        Spoilt{"OtherDigit", [](TestCard& card) { card.objects[Tag(0x5A)] = "4761739001010994"_hex; },
               "card certificate: subject"},
        Spoilt{"OtherRemainder", [](TestCard& card) { card.objects[Tag(0x92)].back() ^= 2; },
               "issuer certificate: hash"},
        Spoilt{"OtherExponent", [](TestCard& card) { card.objects[Tag(0x9F32)] = "05"_hex; },
               "issuer certificate: hash"},
        Spoilt{"Expired", [](TestCard& card) { card.today = {.year = 2031, .month = 1}; },
               "issuer certificate: expiry: the certificate was good until 12/2030"},
        Spoilt{"OtherStaticData",
               [](TestCard& card) { static_cast<void>(card.static_data.add_record(2, "7001AA"_hex)); },
               "card certificate: hash"},
        Spoilt{"OtherNumber", [](TestCard& card) { card.sign("0101"_hex, "00000000"_hex); },
               "signed dynamic data: hash"},
        Spoilt{"NoSignature", [](TestCard& card) { card.objects.erase(Tag(0x9F4B)); }, "the card has no 9F4B"},
        Spoilt{"NumberTooLong", [](TestCard& card) { card.sign("0501"_hex, kUnpredictable); },
               "end within the card's number"},
        Spoilt{"IssuersForCards", [](TestCard& card) { card.objects[Tag(0x9F46)] = card.objects[Tag(0x93)]; },
               "card certificate: format: expected 04, found 03"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(StaticDataOfRecords, DependsOnTheFile) {
  StaticData data;
  EXPECT_TRUE(data.add_record(10, "700201AA"_hex).has_value());
  EXPECT_TRUE(data.add_record(11, "700201BB"_hex).has_value());
  EXPECT_EQ(to_hex(data.view()), "01AA700201BB");
  EXPECT_FALSE(data.add_record(1, "770201AA"_hex).has_value());
  EXPECT_FALSE(data.add_record(31, "700201AA"_hex).has_value());
  EXPECT_FALSE(data.add_record(1, "700501AA"_hex).has_value());
  EXPECT_FALSE(data.add_tag_list("829F36"_hex, "3900"_hex).has_value());
  EXPECT_TRUE(data.add_tag_list({}, "3900"_hex).has_value());
  EXPECT_EQ(data.view().size(), 6U);
}

TEST(Months, AreOfTwoCenturies) {
  EXPECT_EQ(Month::from_certificate("1249"_hex)->year, 2049U);
  EXPECT_EQ(Month::from_certificate("0150"_hex)->year, 1950U);
  EXPECT_FALSE(Month::from_certificate("1326"_hex).has_value());
  EXPECT_FALSE(Month::from_certificate("0026"_hex).has_value());
  EXPECT_FALSE(Month::from_certificate("0A26"_hex).has_value());
  EXPECT_EQ((Month{.year = 2031, .month = 7}.to_certificate()), "0731"_hex);
}

}  // namespace
}  // namespace cose::emv
