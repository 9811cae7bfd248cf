// SPDX-License-Identifier: Apache-2.0
// What `openssl verify` says of these certificates is tested in tests/cli/pki.cli.
#include "crypto/certificate.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/seeded_rng.h"
#include "crypto/pem.h"

namespace cose::crypto {
namespace {

using namespace literals;
using namespace std::chrono_literals;

class CertificateTest : public ::testing::Test {
 protected:
  static CertificateTerms terms(CertificateUse use) {
    return {.common_name = "phone-7",
            .alternative_names = {},
            .use = use,
            .serial = "01"_hex,
            .not_before = 1'700'000'000s,
            .not_after = 1'800'000'000s};
  }

  cose::testing::SeededRng rng_{7};
  EcPrivateKey authority_key_ = EcPrivateKey::generate(EcCurve::named(CurveName::kP256).value(), rng_).value();
  EcPrivateKey key_ = EcPrivateKey::generate(EcCurve::named(CurveName::kP256).value(), rng_).value();
  std::string authority_ = self_sign_certificate(terms(CertificateUse::kAuthority), authority_key_).value();
};

TEST_F(CertificateTest, IsIssuedInPemForm) {
  auto asked = terms(CertificateUse::kServer);
  asked.alternative_names = {{AlternativeName::Kind::kDns, "localhost"},
                             {AlternativeName::Kind::kAddress, "::1"},
                             {AlternativeName::Kind::kMail, "seven@lab.example"},
                             {AlternativeName::Kind::kUri, "urn:lab:seven"}};
  const auto made = issue_certificate(asked, key_.public_key().value(), {authority_, authority_key_});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->starts_with("-----BEGIN CERTIFICATE-----\n"));
}

TEST_F(CertificateTest, RefusesTermsThatMakeNoCertificate) {
  const auto issued = [&](const CertificateTerms& asked) {
    return issue_certificate(asked, key_.public_key().value(), {authority_, authority_key_});
  };
  auto asked = terms(CertificateUse::kClient);
  asked.common_name = "";
  EXPECT_EQ(issued(asked).error().kind, ErrorKind::kInvalid);
  asked.common_name = std::string(65, 'x');
  EXPECT_EQ(issued(asked).error().kind, ErrorKind::kInvalid);
  asked.common_name = std::string("a\0b", 3);
  EXPECT_EQ(issued(asked).error().kind, ErrorKind::kInvalid);
  asked = terms(CertificateUse::kClient);
  asked.not_after = asked.not_before;
  EXPECT_EQ(issued(asked).error().kind, ErrorKind::kInvalid);
  for (const auto& serial : {""_hex, "00"_hex, "80"_hex, Bytes(21, 1)}) {
    asked = terms(CertificateUse::kClient);
    asked.serial = serial;
    EXPECT_EQ(issued(asked).error().kind, ErrorKind::kInvalid) << serial.size();
  }
  for (const auto& name :
       {AlternativeName{AlternativeName::Kind::kAddress, "10.0.0"}, AlternativeName{AlternativeName::Kind::kDns, ""},
        AlternativeName{AlternativeName::Kind::kDns, "a b"}}) {
    asked = terms(CertificateUse::kClient);
    asked.alternative_names = {name};
    EXPECT_EQ(issued(asked).error().kind, ErrorKind::kInvalid) << name.value;
  }
}

TEST_F(CertificateTest, WantsTheIssuersOwnKey) {
  const auto made = issue_certificate(terms(CertificateUse::kClient), key_.public_key().value(), {authority_, key_});
  EXPECT_EQ(made.error().kind, ErrorKind::kInvalid);
  const auto nothing =
      issue_certificate(terms(CertificateUse::kClient), key_.public_key().value(), {"no certificate", authority_key_});
  EXPECT_EQ(nothing.error().kind, ErrorKind::kInvalid);
}

TEST_F(CertificateTest, WritesKeysThatAreReadAgain) {
  const auto written = write_private_key(key_).value();
  const auto read = read_private_key(as_text(written.view())).value();
  EXPECT_TRUE(equal(std::get<EcPrivateKey>(read).scalar().view(), key_.scalar().view()));
}

TEST_F(CertificateTest, ListsWhatIsRevoked) {
  const RevocationList list{.revoked = {{"02"_hex, 1'750'000'000s}, {"01"_hex, 1'750'000'001s}},
                            .number = 3,
                            .this_update = 1'750'000'002s,
                            .next_update = 1'760'000'000s};
  const auto made = issue_revocation_list(list, {authority_, authority_key_});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->starts_with("-----BEGIN X509 CRL-----\n"));
  EXPECT_FALSE(issue_revocation_list({.revoked = {{""_hex, 1s}}, .this_update = 1s, .next_update = 2s},
                                     {authority_, authority_key_}));
}

}  // namespace
}  // namespace cose::crypto
