// SPDX-License-Identifier: Apache-2.0
#include "emv/ecc_certificate.h"

#include <algorithm>

#include "bytes/hex.h"
#include "crypto/ec_sdsa.h"

namespace cose::emv {

namespace {

using crypto::CurveName;
using crypto::DigestKind;

struct SuiteRow {
  EccSuite suite;
  CurveName curve;
  DigestKind digest;
  std::size_t field;
};
constexpr SuiteRow kSuites[] = {{EccSuite::kSha256P256, CurveName::kP256, DigestKind::kSha256, 32},
                                {EccSuite::kSha512P521, CurveName::kP521, DigestKind::kSha512, 66}};

constexpr std::uint8_t kIssuerFormat = 0x12;
constexpr std::uint8_t kCardFormat = 0x14;
constexpr std::uint8_t kSignedFormat = 0x15;
constexpr std::uint8_t kEncoding = 0x00;
constexpr std::size_t kProvider = 5;
constexpr std::size_t kSubject = 5;
constexpr std::size_t kDate = 4;
constexpr std::size_t kDateTime = 6;
constexpr std::size_t kIssuerSerial = 3;
constexpr std::size_t kCardSerial = 6;
// EMV 4.4 Book 2 tables 35 and 36: what stands before the variable parts.
constexpr std::size_t kIssuerHead = 2 + kSubject + 1 + kDate + kIssuerSerial + kProvider + 1;
constexpr std::size_t kCardHead = 2 + 1 + kDateTime + kCardSerial + 2;

// EMV 4.4 Book 2 §B2.3.
constexpr std::uint8_t kSha256 = 0x02;
constexpr std::uint8_t kSha512 = 0x03;

const SuiteRow& row_of(EccSuite suite) {
  const auto* found = std::ranges::find(kSuites, suite, &SuiteRow::suite);
  COSE_ASSERT(found != std::end(kSuites));
  return *found;
}

std::size_t signature_size(const SuiteRow& row) {
  return crypto::digest_size(row.digest) + row.field;
}

template <typename Value>
Result<Value> within(Result<Value> result, std::string_view where) {
  if (!result) return std::unexpected(result.error().within(where));
  return result;
}

Status expect(std::string_view what, std::size_t expected, std::size_t found) {
  if (expected == found) return {};
  return fail(ErrorKind::kInvalid,
              std::string(what) + ": expected " + std::to_string(expected) + ", found " + std::to_string(found));
}

Status expect_octet(std::string_view what, std::uint8_t expected, std::uint8_t found) {
  if (expected == found) return {};
  return fail(ErrorKind::kInvalid, std::string(what) + ": expected " + to_hex(ByteView(&expected, 1)) + ", found " +
                                       to_hex(ByteView(&found, 1)));
}

Status expect_not_expired(ByteView until, ByteView now) {
  if (!std::ranges::lexicographical_compare(until, now.first(until.size()))) return {};
  return fail(ErrorKind::kInvalid, "expiry: the certificate was good until " + to_hex(until));
}

Status verify(const EccKey& key, ByteView message, ByteView signature) {
  const auto& row = row_of(key.suite);
  COSE_TRY(const auto curve, crypto::EcCurve::named(row.curve));
  COSE_CHECK(expect("key length", row.field, key.x.size()));
  Status verified;
  for (const auto sign : {std::uint8_t{0x02}, std::uint8_t{0x03}}) {
    const auto point = crypto::EcPublicKey::create(curve, concat(Bytes{sign}, key.x));
    if (!point) return fail(ErrorKind::kInvalid, "key: no point of the curve has this x-coordinate");
    verified = crypto::verify_ec_sdsa(*point, row.digest, message, signature);
    if (verified) return {};
  }
  return verified;
}

// Three to ten digits that the account number begins with.
Status check_subject(ByteView subject, std::string_view pan) {
  const auto digits = to_hex(subject);
  const auto known = std::string_view(digits).substr(0, digits.find('F'));
  if (known.size() >= 3 && pan.starts_with(known)) return {};
  return fail(ErrorKind::kInvalid, "subject: the certificate is for the accounts of another account number");
}

Result<Bytes> hash_of(std::uint8_t indicator, ByteView data) {
  if (indicator == kSha256) return crypto::digest(DigestKind::kSha256, data);
  if (indicator == kSha512) return crypto::digest(DigestKind::kSha512, data);
  return fail(ErrorKind::kUnsupported, "hash algorithm: expected 02 or 03, found " + to_hex(ByteView(&indicator, 1)));
}

Result<EccCertified> checked_issuer(const EccAuthority& authority, ByteView certificate, std::string_view pan,
                                    const EccTime& now) {
  if (certificate.size() < kIssuerHead) return fail(ErrorKind::kInvalid, "length: too short for a certificate");
  COSE_CHECK(expect_octet("format", kIssuerFormat, certificate[0]));
  COSE_CHECK(expect_octet("encoding", kEncoding, certificate[1]));
  const auto subject = certificate.subspan(2, kSubject);
  COSE_CHECK(check_subject(subject, pan));
  const auto expiry = certificate.subspan(8, kDate);
  COSE_CHECK(expect_not_expired(expiry, now));
  if (!equal(certificate.subspan(15, kProvider), authority.provider) || certificate[20] != authority.index)
    return fail(ErrorKind::kInvalid, "authority: the certificate names another authority's key");
  COSE_TRY(const auto suite, ecc_suite(certificate[7]));
  const auto field = row_of(suite).field;
  const auto size = signature_size(row_of(authority.key.suite));
  COSE_CHECK(expect("length", kIssuerHead + field + size, certificate.size()));
  COSE_CHECK(verify(authority.key, certificate.first(kIssuerHead + field), certificate.last(size)));
  return EccCertified{.key = {.suite = suite, .x = to_bytes(certificate.subspan(kIssuerHead, field))},
                      .subject = to_bytes(subject),
                      .serial = to_bytes(certificate.subspan(12, kIssuerSerial)),
                      .expiry = to_bytes(expiry)};
}

Result<EccCertified> checked_card(const EccKey& issuer, ByteView certificate, ByteView static_data,
                                  const EccTime& now) {
  if (certificate.size() < kCardHead) return fail(ErrorKind::kInvalid, "length: too short for a certificate");
  COSE_CHECK(expect_octet("format", kCardFormat, certificate[0]));
  COSE_CHECK(expect_octet("encoding", kEncoding, certificate[1]));
  const auto expiry = certificate.subspan(3, kDateTime);
  COSE_CHECK(expect_not_expired(expiry, now));
  COSE_TRY(const auto suite, ecc_suite(certificate[2]));
  COSE_TRY(const auto hash, hash_of(certificate[16], static_data));
  const auto field = row_of(suite).field;
  const auto size = signature_size(row_of(issuer.suite));
  const auto covered = kCardHead + hash.size() + field;
  COSE_CHECK(expect("length", covered + size, certificate.size()));
  const auto stated = certificate.subspan(kCardHead, hash.size());
  if (!equal(stated, hash))
    return fail(ErrorKind::kInvalid, "hash: the certificate has " + to_hex(stated) + ", computed is " + to_hex(hash));
  COSE_CHECK(verify(issuer, certificate.first(covered), certificate.last(size)));
  return EccCertified{.key = {.suite = suite, .x = to_bytes(certificate.subspan(kCardHead + hash.size(), field))},
                      .subject = {},
                      .serial = to_bytes(certificate.subspan(9, kCardSerial)),
                      .expiry = to_bytes(expiry)};
}

Result<Bytes> signed_with(EccSuite suite, const crypto::EcPrivateKey& signer, ByteView content, Rng& rng) {
  COSE_TRY(const auto signature, crypto::sign_ec_sdsa(signer, row_of(suite).digest, content, rng));
  return concat(content, signature);
}

}  // namespace

Result<EccSuite> ecc_suite(std::uint8_t indicator) {
  for (const auto& row : kSuites)
    if (static_cast<std::uint8_t>(row.suite) == indicator) return row.suite;
  return fail(ErrorKind::kUnsupported, "algorithm suite: expected 10 or 11, found " + to_hex(ByteView(&indicator, 1)));
}

Result<EccCertified> check_ecc_issuer(const EccAuthority& authority, ByteView certificate, std::string_view pan,
                                      const EccTime& now) {
  return within(checked_issuer(authority, certificate, pan, now), "issuer certificate");
}

Result<EccCertified> check_ecc_card(const EccKey& issuer, ByteView certificate, ByteView static_data,
                                    const EccTime& now) {
  return within(checked_card(issuer, certificate, static_data, now), "card certificate");
}

Status check_xda(const EccKey& card, ByteView signature, ByteView transaction_data) {
  const auto check = [&]() -> Status {
    COSE_CHECK(expect("length", 1 + signature_size(row_of(card.suite)), signature.size()));
    COSE_CHECK(expect_octet("format", kSignedFormat, signature[0]));
    return verify(card, concat(Bytes{kSignedFormat}, transaction_data), signature.subspan(1));
  };
  return within(check(), "signed transaction data");
}

Result<EccKey> ecc_key_of(EccSuite suite, const crypto::EcPrivateKey& key) {
  COSE_TRY(const auto point, key.public_key());
  const auto encoded = point.point(crypto::PointForm::kCompressed);
  return EccKey{.suite = suite, .x = to_bytes(ByteView(encoded).subspan(1))};
}

Result<Bytes> make_ecc_issuer(const EccAuthority& authority, const crypto::EcPrivateKey& signer,
                              const EccIssuerContent& content, const EccKey& issuer, Rng& rng) {
  COSE_CHECK(expect("expiry", kDate, content.expiry.size()));
  COSE_CHECK(expect("serial number", kIssuerSerial, content.serial.size()));
  std::string digits(content.pan.substr(0, 8));
  digits.resize(2 * kSubject, 'F');
  COSE_TRY(const auto subject, from_hex(digits));
  const auto message = concat(Bytes{kIssuerFormat, kEncoding}, subject, Bytes{static_cast<std::uint8_t>(issuer.suite)},
                              content.expiry, content.serial, authority.provider, Bytes{authority.index}, issuer.x);
  return signed_with(authority.key.suite, signer, message, rng);
}

Result<Bytes> make_ecc_card(EccSuite issuer_suite, const crypto::EcPrivateKey& signer, const EccCardContent& content,
                            const EccKey& card, ByteView static_data, Rng& rng) {
  COSE_CHECK(expect("expiry", kDateTime, content.expiry.size()));
  COSE_CHECK(expect("serial number", kCardSerial, content.serial.size()));
  COSE_TRY(const auto hash, hash_of(kSha256, static_data));
  const auto message = concat(Bytes{kCardFormat, kEncoding, static_cast<std::uint8_t>(card.suite)}, content.expiry,
                              content.serial, Bytes{kEncoding, kSha256}, hash, card.x);
  return signed_with(issuer_suite, signer, message, rng);
}

Result<Bytes> sign_xda(EccSuite suite, const crypto::EcPrivateKey& card, ByteView transaction_data, Rng& rng) {
  COSE_TRY(const auto signature,
           crypto::sign_ec_sdsa(card, row_of(suite).digest, concat(Bytes{kSignedFormat}, transaction_data), rng));
  return concat(Bytes{kSignedFormat}, signature);
}

}  // namespace cose::emv
