// SPDX-License-Identifier: Apache-2.0
#include "emv/certificate.h"

#include <algorithm>
#include <string>

#include "bytes/hex.h"
#include "crypto/digest.h"

namespace cose::emv {

namespace {

constexpr std::uint8_t kHeader = 0x6A;
constexpr std::uint8_t kTrailer = 0xBC;
constexpr std::uint8_t kPad = 0xBB;
constexpr std::uint8_t kSha1 = 0x01;
constexpr std::uint8_t kRsa = 0x01;
constexpr std::size_t kHash = 20;
constexpr std::size_t kMonth = 2;
constexpr std::size_t kSerial = 3;
constexpr std::size_t kAuthenticationCode = 2;
// Header, hash and trailer.
constexpr std::size_t kFrame = 2 + kHash;

// EMV 4.3 Book 2 tables 6 and 14; the formats of blocks.
struct Shape {
  std::uint8_t format;
  std::size_t subject;
  std::string_view name;
};
constexpr Shape kIssuer{.format = 0x02, .subject = 4, .name = "issuer certificate"};
constexpr Shape kCard{.format = 0x04, .subject = 10, .name = "card certificate"};
constexpr std::uint8_t kStaticFormat = 0x03;
constexpr std::uint8_t kDynamicFormat = 0x05;

const Shape& shape_of(CertificateKind kind) {
  return kind == CertificateKind::kIssuer ? kIssuer : kCard;
}

// Before the key: format, subject, month, serial, two algorithms, two lengths.
std::size_t fixed_size(const Shape& shape) {
  return 1 + shape.subject + kMonth + kSerial + 4;
}

Status expect_octet(std::string_view what, std::uint8_t expected, std::uint8_t found) {
  if (expected == found) return {};
  return fail(ErrorKind::kInvalid, std::string(what) + ": expected " + to_hex(ByteView(&expected, 1)) + ", found " +
                                       to_hex(ByteView(&found, 1)));
}

// A signed block taken apart as all formats share it: `content` is what the hash covers of it, from the format on.
struct Block {
  Bytes octets;

  [[nodiscard]] ByteView content() const { return ByteView(octets).subspan(1, octets.size() - kFrame); }
  [[nodiscard]] ByteView hash() const { return ByteView(octets).subspan(octets.size() - 1 - kHash, kHash); }
};

// EMV 4.3 Book 2 §6.3 steps 1 to 4, and the same of §6.4, §5.4, §6.5.2.
Result<Block> recover_block(const crypto::RsaPublicKey& signer, ByteView signature, std::uint8_t format) {
  if (signature.size() != signer.size())
    return fail(ErrorKind::kInvalid, "length: expected that of the signing key, " + std::to_string(signer.size()) +
                                         " octets, found " + std::to_string(signature.size()));
  COSE_TRY(auto octets, signer.apply(signature));
  COSE_CHECK(expect_octet("recovered data trailer", kTrailer, octets.back()));
  COSE_CHECK(expect_octet("recovered data header", kHeader, octets.front()));
  COSE_CHECK(expect_octet("format", format, octets[1]));
  return Block{std::move(octets)};
}

template <typename... More>
Status check_hash(const Block& block, std::uint8_t algorithm, const More&... more) {
  COSE_CHECK(expect_octet("hash algorithm", kSha1, algorithm));
  COSE_TRY(const auto hash, crypto::digest(crypto::DigestKind::kSha1, concat(block.content(), more...)));
  if (equal(hash, block.hash())) return {};
  return fail(ErrorKind::kInvalid, "hash: the block has " + to_hex(block.hash()) + ", computed is " + to_hex(hash));
}

// Digits of the subject against the account number's beginning.
Status check_subject(ByteView subject, std::string_view pan) {
  const auto digits = to_hex(subject);
  const auto end = digits.find('F');
  const auto known = std::string_view(digits).substr(0, end);
  const bool whole = subject.size() == kCard.subject;
  if (whole ? known == pan : known.size() >= 3 && pan.starts_with(known)) return {};
  return fail(ErrorKind::kInvalid, "subject: the certificate is for " +
                                       std::string(whole ? "another" : "the accounts of another") + " account number");
}

Result<crypto::RsaPublicKey> key_in(ByteView content, std::size_t fixed, const CertificateInput& input) {
  const std::size_t length = content[fixed - 2];
  const auto left = content.subspan(fixed);
  if (content[fixed - 1] != input.exponent.size())
    return fail(ErrorKind::kInvalid, "exponent: expected " + std::to_string(content[fixed - 1]) + " octets, found " +
                                         std::to_string(input.exponent.size()));
  // EMV 4.3 Book 2 table 6: a key that is shorter than its place is followed by BB.
  const auto inside = left.first(std::min(left.size(), length));
  const auto missing = length - inside.size();
  if (input.remainder.size() != missing)
    return fail(ErrorKind::kInvalid, "remainder: expected " + std::to_string(missing) + " octets, found " +
                                         std::to_string(input.remainder.size()));
  return crypto::RsaPublicKey::create(concat(inside, input.remainder), input.exponent);
}

Result<Certified> checked_certificate(const Shape& shape, CertificateKind kind, const crypto::RsaPublicKey& signer,
                                      const CertificateInput& input) {
  COSE_TRY(const auto block, recover_block(signer, input.certificate, shape.format));
  const auto content = block.content();
  const auto fixed = fixed_size(shape);
  if (content.size() < fixed) return fail(ErrorKind::kInvalid, "length: too short for a certificate");
  const auto algorithms = content.subspan(1 + shape.subject + kMonth + kSerial);
  COSE_CHECK(check_hash(block, algorithms[0], input.remainder, input.exponent, input.static_data));
  COSE_CHECK(check_subject(content.subspan(1, shape.subject), input.pan));
  COSE_TRY(const auto expiry, Month::from_certificate(content.subspan(1 + shape.subject, kMonth)));
  if (expiry < input.today)
    return fail(ErrorKind::kInvalid, "expiry: the certificate was good until " + std::to_string(expiry.month) + "/" +
                                         std::to_string(expiry.year));
  COSE_CHECK(expect_octet("key algorithm", kRsa, algorithms[1]));
  COSE_TRY(auto key, key_in(content, fixed, input));
  return Certified{.kind = kind,
                   .subject = to_bytes(content.subspan(1, shape.subject)),
                   .expiry = expiry,
                   .serial = to_bytes(content.subspan(1 + shape.subject + kMonth, kSerial)),
                   .key = std::move(key)};
}

template <typename Value>
Result<Value> within(Result<Value> result, std::string_view where) {
  if (!result) return std::unexpected(result.error().within(where));
  return result;
}

// 6A, content filled to the size of the key, hash, BC.
Result<Bytes> sign_block(const crypto::RsaPrivateKey& signer, Bytes content, ByteView hashed_besides) {
  if (content.size() + kFrame > signer.size())
    return fail(ErrorKind::kInvalid, "the signing key is too small for what it is to sign");
  content.resize(signer.size() - kFrame, kPad);
  COSE_TRY(const auto hash, crypto::digest(crypto::DigestKind::kSha1, concat(content, hashed_besides)));
  Bytes block{kHeader};
  append(block, content);
  append(block, hash);
  block.push_back(kTrailer);
  COSE_TRY(const auto signature, signer.apply(block));
  return to_bytes(signature.view());
}

// The account number, or its first eight digits, filled with F.
Result<Bytes> subject_of(const Shape& shape, std::string_view pan) {
  std::string digits(pan.substr(0, shape.subject * 2));
  digits.resize(shape.subject * 2, 'F');
  return from_hex(digits);
}

}  // namespace

Result<Month> Month::from_certificate(ByteView packed) {
  const auto number = [](std::uint8_t octet) { return (octet >> 4) * 10U + (octet & 0x0FU); };
  const auto is_packed = [](std::uint8_t octet) { return (octet >> 4) < 10 && (octet & 0x0F) < 10; };
  if (packed.size() != kMonth || !is_packed(packed[0]) || !is_packed(packed[1]) || number(packed[0]) < 1 ||
      number(packed[0]) > 12)
    return fail(ErrorKind::kInvalid, "expected a month as MMYY, found " + to_hex(packed));
  const auto year = number(packed[1]);
  return Month{.year = year + (year < 50 ? 2000U : 1900U), .month = number(packed[0])};
}

Bytes Month::to_certificate() const {
  const auto packed = [](unsigned number) { return static_cast<std::uint8_t>(number / 10 << 4 | number % 10); };
  return {packed(month), packed(year % 100)};
}

Result<Certified> recover_certificate(CertificateKind kind, const crypto::RsaPublicKey& signer,
                                      const CertificateInput& input) {
  const auto& shape = shape_of(kind);
  return within(checked_certificate(shape, kind, signer, input), shape.name);
}

Result<Bytes> recover_static_signature(const crypto::RsaPublicKey& issuer, ByteView signature, ByteView static_data) {
  const auto check = [&]() -> Result<Bytes> {
    COSE_TRY(const auto block, recover_block(issuer, signature, kStaticFormat));
    COSE_CHECK(check_hash(block, block.content()[1], static_data));
    return to_bytes(block.content().subspan(2, kAuthenticationCode));
  };
  return within(check(), "signed static data");
}

Result<Bytes> recover_dynamic_signature(const crypto::RsaPublicKey& card, ByteView signature, ByteView terminal_data) {
  const auto check = [&]() -> Result<Bytes> {
    COSE_TRY(const auto block, recover_block(card, signature, kDynamicFormat));
    const auto content = block.content();
    COSE_CHECK(check_hash(block, content[1], terminal_data));
    if (content[2] > content.size() - 3)
      return fail(ErrorKind::kInvalid, "dynamic data: " + std::to_string(content[2]) + " octets do not fit");
    return to_bytes(content.subspan(3, content[2]));
  };
  return within(check(), "signed dynamic data");
}

Result<MadeCertificate> make_certificate(CertificateKind kind, const crypto::RsaPrivateKey& signer,
                                         const CertificateContent& content, const crypto::RsaPublicKey& key,
                                         ByteView static_data) {
  const auto& shape = shape_of(kind);
  if (content.serial.size() != kSerial) return fail(ErrorKind::kInvalid, "serial number: expected 3 octets");
  COSE_TRY(const auto subject, subject_of(shape, content.pan));
  const auto modulus = key.modulus();
  const auto exponent = key.exponent();
  if (modulus.size() > 0xFF) return fail(ErrorKind::kInvalid, "a certified key has 255 octets at most");
  const Bytes numbers{kSha1, kRsa, static_cast<std::uint8_t>(modulus.size()),
                      static_cast<std::uint8_t>(exponent.size())};
  auto octets = concat(Bytes{shape.format}, subject, content.expiry.to_certificate(), content.serial, numbers);
  if (octets.size() + kFrame > signer.size()) return fail(ErrorKind::kInvalid, "the signing key is too small");
  const auto room = signer.size() - kFrame - octets.size();
  const auto inside = ByteView(modulus).first(std::min(room, modulus.size()));
  MadeCertificate made{.certificate = {}, .remainder = to_bytes(ByteView(modulus).subspan(inside.size()))};
  append(octets, inside);
  COSE_TRY(made.certificate, sign_block(signer, std::move(octets), concat(made.remainder, exponent, static_data)));
  return made;
}

Result<Bytes> sign_static_data(const crypto::RsaPrivateKey& issuer, ByteView authentication_code,
                               ByteView static_data) {
  if (authentication_code.size() != kAuthenticationCode)
    return fail(ErrorKind::kInvalid, "data authentication code: expected 2 octets");
  return sign_block(issuer, concat(Bytes{kStaticFormat, kSha1}, authentication_code), static_data);
}

Result<Bytes> sign_dynamic_data(const crypto::RsaPrivateKey& card, ByteView dynamic_data, ByteView terminal_data) {
  if (dynamic_data.size() > 0xFF) return fail(ErrorKind::kInvalid, "dynamic data: expected 255 octets at most");
  const Bytes head{kDynamicFormat, kSha1, static_cast<std::uint8_t>(dynamic_data.size())};
  return sign_block(card, concat(head, dynamic_data), terminal_data);
}

}  // namespace cose::emv
