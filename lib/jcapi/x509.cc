// SPDX-License-Identifier: Apache-2.0
#include "jcapi/x509.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "tlv/tlv_reader.h"

namespace cose::jcapi::x509 {

namespace {

using namespace std::string_view_literals;
using crypto::CurveName;
using crypto::DigestKind;
using tlv::Element;
using tlv::Tag;
using tlv::TlvReader;

constexpr Tag kInteger{0x02};
constexpr Tag kBitString{0x03};
constexpr Tag kOctetString{0x04};
constexpr Tag kObjectIdentifier{0x06};
constexpr Tag kBoolean{0x01};
constexpr Tag kSequence{0x30};
constexpr Tag kVersion{0xA0};
constexpr Tag kIssuerUniqueId{0x81};
constexpr Tag kSubjectUniqueId{0x82};
constexpr Tag kExtensions{0xA3};

// RFC 3279 §2.3.1, §2.3.5.
constexpr auto kRsaEncryption = "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01"sv;
constexpr auto kEcPublicKey = "\x2A\x86\x48\xCE\x3D\x02\x01"sv;

struct NamedCurve {
  std::string_view identifier;
  CurveName curve;
};
// RFC 5480 §2.1.1.1, SEC 2 annex A, RFC 5639 §4.
constexpr NamedCurve kCurves[] = {
    {"\x2A\x86\x48\xCE\x3D\x03\x01\x01"sv, CurveName::kP192},
    {"\x2B\x81\x04\x00\x21"sv, CurveName::kP224},
    {"\x2A\x86\x48\xCE\x3D\x03\x01\x07"sv, CurveName::kP256},
    {"\x2B\x81\x04\x00\x22"sv, CurveName::kP384},
    {"\x2B\x81\x04\x00\x23"sv, CurveName::kP521},
    {"\x2B\x24\x03\x03\x02\x08\x01\x01\x03"sv, CurveName::kBrainpoolP192r1},
    {"\x2B\x24\x03\x03\x02\x08\x01\x01\x05"sv, CurveName::kBrainpoolP224r1},
    {"\x2B\x24\x03\x03\x02\x08\x01\x01\x07"sv, CurveName::kBrainpoolP256r1},
    {"\x2B\x24\x03\x03\x02\x08\x01\x01\x09"sv, CurveName::kBrainpoolP320r1},
    {"\x2B\x24\x03\x03\x02\x08\x01\x01\x0B"sv, CurveName::kBrainpoolP384r1},
    {"\x2B\x24\x03\x03\x02\x08\x01\x01\x0D"sv, CurveName::kBrainpoolP512r1},
};

struct NamedSignature {
  std::string_view identifier;
  SignatureAlgorithm algorithm;
};
// RFC 4055 §5, RFC 5758 §3.2, RFC 3279 §2.2.
constexpr NamedSignature kSignatures[] = {
    {"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x05"sv, {true, DigestKind::kSha1}},
    {"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0E"sv, {true, DigestKind::kSha224}},
    {"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B"sv, {true, DigestKind::kSha256}},
    {"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0C"sv, {true, DigestKind::kSha384}},
    {"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0D"sv, {true, DigestKind::kSha512}},
    {"\x2A\x86\x48\xCE\x3D\x04\x01"sv, {false, DigestKind::kSha1}},
    {"\x2A\x86\x48\xCE\x3D\x04\x03\x01"sv, {false, DigestKind::kSha224}},
    {"\x2A\x86\x48\xCE\x3D\x04\x03\x02"sv, {false, DigestKind::kSha256}},
    {"\x2A\x86\x48\xCE\x3D\x04\x03\x03"sv, {false, DigestKind::kSha384}},
    {"\x2A\x86\x48\xCE\x3D\x04\x03\x04"sv, {false, DigestKind::kSha512}},
};

Result<Element> expect(TlvReader& reader, Tag tag, std::string_view what) {
  if (reader.at_end())
    return fail(ErrorKind::kInvalid, "certificate: expected " + std::string(what) + ", found the end");
  COSE_TRY(const auto element, reader.next());
  if (element.tag != tag) return fail(ErrorKind::kInvalid, "certificate: expected " + std::string(what));
  return element;
}

Result<ByteView> expect_any(TlvReader& reader, std::string_view what) {
  if (reader.at_end())
    return fail(ErrorKind::kInvalid, "certificate: expected " + std::string(what) + ", found the end");
  COSE_TRY(const auto element, reader.next());
  return element.encoded;
}

Result<ByteView> bits_of(const Element& bit_string) {
  if (bit_string.value.empty() || bit_string.value[0] != 0)
    return fail(ErrorKind::kInvalid, "certificate: expected a bit string of whole octets");
  return bit_string.value.subspan(1);
}

Result<Extension> parse_extension(ByteView content) {
  TlvReader reader(content);
  COSE_TRY(const auto identifier, expect(reader, kObjectIdentifier, "the name of an extension"));
  Extension extension{identifier.value, false, {}};
  COSE_TRY(auto next, reader.next());
  if (next.tag == kBoolean) {
    extension.critical = next.value.size() == 1 && next.value[0] != 0;
    COSE_TRY(next, reader.next());
  }
  if (next.tag != kOctetString) return fail(ErrorKind::kInvalid, "certificate: expected the value of an extension");
  extension.value = next.value;
  return extension;
}

Status parse_extensions(ByteView content, Certificate& certificate) {
  TlvReader outer(content);
  COSE_TRY(const auto sequence, expect(outer, kSequence, "extensions"));
  TlvReader reader(sequence.value);
  while (!reader.at_end()) {
    COSE_TRY(const auto element, expect(reader, kSequence, "an extension"));
    if (certificate.extensions.size() == kMaximumExtensions)
      return fail(ErrorKind::kInvalid, "certificate: more than " + std::to_string(kMaximumExtensions) + " extensions");
    COSE_TRY(const auto extension, parse_extension(element.value));
    certificate.extensions.push_back(extension);
  }
  return {};
}

// RFC 5280 §4.1.2: the three optional elements at the end, each once and in order.
Status parse_optional(TlvReader& reader, Certificate& certificate) {
  std::uint32_t last = 0;
  while (!reader.at_end()) {
    COSE_TRY(const auto element, reader.next());
    const auto number = element.tag.value() & 0x1F;
    if (number <= last) return fail(ErrorKind::kInvalid, "certificate: an element out of order");
    last = number;
    if (element.tag == kIssuerUniqueId) {
      certificate.issuer_unique_id = element.encoded;
    } else if (element.tag == kSubjectUniqueId) {
      certificate.subject_unique_id = element.encoded;
    } else if (element.tag == kExtensions) {
      COSE_CHECK(parse_extensions(element.value, certificate));
    } else {
      return fail(ErrorKind::kInvalid, "certificate: an element that does not belong there");
    }
  }
  return {};
}

Status parse_tbs(ByteView content, Certificate& certificate) {
  TlvReader reader(content);
  COSE_TRY(auto first, reader.next());
  if (first.tag == kVersion) {
    TlvReader inside(first.value);
    COSE_TRY(const auto version, expect(inside, kInteger, "a version"));
    if (version.value.size() != 1 || version.value[0] > 2)
      return fail(ErrorKind::kInvalid, "certificate: expected version 1, 2 or 3");
    certificate.version = static_cast<std::uint8_t>(version.value[0] + 1);
    certificate.version_element = version.encoded;
    COSE_TRY(first, reader.next());
  }
  if (first.tag != kInteger) return fail(ErrorKind::kInvalid, "certificate: expected a serial number");
  certificate.serial_number = first.encoded;
  COSE_TRY(const auto algorithm, expect(reader, kSequence, "an algorithm"));
  certificate.tbs_signature_algorithm = algorithm.encoded;
  COSE_TRY(const auto issuer, expect(reader, kSequence, "an issuer"));
  certificate.issuer = issuer.encoded;
  COSE_TRY(const auto validity, expect(reader, kSequence, "a validity"));
  TlvReader times(validity.value);
  COSE_TRY(certificate.not_before, expect_any(times, "a time"));
  COSE_TRY(certificate.not_after, expect_any(times, "a time"));
  COSE_TRY(const auto subject, expect(reader, kSequence, "a subject"));
  certificate.subject = subject.encoded;
  COSE_TRY(const auto key, expect(reader, kSequence, "a public key"));
  certificate.public_key_info = key.encoded;
  return parse_optional(reader, certificate);
}

struct PublicKeyInfo {
  ByteView algorithm;
  ByteView parameters;  // a whole element
  ByteView bits;
};

Result<PublicKeyInfo> public_key_info(ByteView encoded) {
  TlvReader outer(encoded);
  COSE_TRY(const auto sequence, expect(outer, kSequence, "a public key"));
  TlvReader reader(sequence.value);
  COSE_TRY(const auto algorithm, expect(reader, kSequence, "an algorithm"));
  COSE_TRY(const auto key, expect(reader, kBitString, "a key"));
  TlvReader inside(algorithm.value);
  COSE_TRY(const auto identifier, expect(inside, kObjectIdentifier, "the name of an algorithm"));
  PublicKeyInfo info{identifier.value, {}, {}};
  if (!inside.at_end()) {
    COSE_TRY(info.parameters, expect_any(inside, "parameters"));
  }
  COSE_TRY(info.bits, bits_of(key));
  return info;
}

ByteView without_zeros(ByteView octets) {
  while (octets.size() > 1 && octets.front() == 0) octets = octets.subspan(1);
  return octets;
}

Result<RsaKey> rsa_key(ByteView bits) {
  TlvReader outer(bits);
  COSE_TRY(const auto sequence, expect(outer, kSequence, "an RSA key"));
  TlvReader reader(sequence.value);
  COSE_TRY(const auto modulus, expect(reader, kInteger, "a modulus"));
  COSE_TRY(const auto exponent, expect(reader, kInteger, "an exponent"));
  return RsaKey{without_zeros(modulus.value), without_zeros(exponent.value)};
}

std::optional<ByteView> content_of_identifier(ByteView element) {
  TlvReader reader(element);
  const auto identifier = expect(reader, kObjectIdentifier, "a name");
  if (!identifier) return std::nullopt;
  return identifier->value;
}

}  // namespace

Result<Certificate> parse(ByteView der) {
  TlvReader outer(der);
  COSE_TRY(const auto whole, expect(outer, kSequence, "a certificate"));
  if (!outer.at_end()) return fail(ErrorKind::kInvalid, "certificate: octets behind the end");
  TlvReader reader(whole.value);
  Certificate certificate;
  COSE_TRY(const auto tbs, expect(reader, kSequence, "what is signed"));
  certificate.tbs = tbs.encoded;
  COSE_CHECK(parse_tbs(tbs.value, certificate));
  COSE_TRY(const auto algorithm, expect(reader, kSequence, "an algorithm"));
  certificate.signature_algorithm = algorithm.encoded;
  // RFC 5280 §4.1.1.2: the same as inside.
  if (!equal(algorithm.encoded, certificate.tbs_signature_algorithm))
    return fail(ErrorKind::kInvalid, "certificate: two signature algorithms");
  COSE_TRY(const auto signature, expect(reader, kBitString, "a signature"));
  COSE_TRY(certificate.signature, bits_of(signature));
  if (!reader.at_end()) return fail(ErrorKind::kInvalid, "certificate: octets behind the signature");
  return certificate;
}

std::optional<RsaKey> rsa_key_of(const Certificate& certificate) {
  const auto info = public_key_info(certificate.public_key_info);
  if (!info || as_text(info->algorithm) != kRsaEncryption) return std::nullopt;
  const auto key = rsa_key(info->bits);
  if (!key) return std::nullopt;
  return *key;
}

std::optional<EcKey> ec_key_of(const Certificate& certificate) {
  const auto info = public_key_info(certificate.public_key_info);
  if (!info || as_text(info->algorithm) != kEcPublicKey) return std::nullopt;
  const auto name = content_of_identifier(info->parameters);
  if (!name) return std::nullopt;
  const auto found = std::ranges::find(kCurves, as_text(*name), &NamedCurve::identifier);
  if (found == std::end(kCurves)) return std::nullopt;
  return EcKey{found->curve, info->bits};
}

std::optional<SignatureAlgorithm> signature_algorithm_of(const Certificate& certificate) {
  TlvReader outer(certificate.signature_algorithm);
  const auto sequence = expect(outer, kSequence, "an algorithm");
  if (!sequence) return std::nullopt;
  const auto name = content_of_identifier(sequence->value);
  if (!name) return std::nullopt;
  const auto found = std::ranges::find(kSignatures, as_text(*name), &NamedSignature::identifier);
  if (found == std::end(kSignatures)) return std::nullopt;
  return found->algorithm;
}

}  // namespace cose::jcapi::x509
