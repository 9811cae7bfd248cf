// SPDX-License-Identifier: Apache-2.0
#include "scp/certificate.h"

#include <algorithm>
#include <array>
#include <string>

#include "crypto/digest.h"
#include "crypto/ecdsa.h"
#include "tlv/tlv_builder.h"
#include "tlv/tlv_reader.h"

namespace cose::scp {

namespace {

using crypto::CurveName;
using tlv::Tag;

constexpr Tag kCertificate{0x7F21};
constexpr Tag kSerialNumber{0x93};
constexpr Tag kIssuer{0x42};
constexpr Tag kSubject{0x5F20};
constexpr Tag kUse{0x95};
constexpr Tag kExpiration{0x5F24};
constexpr Tag kKey{0x7F49};
constexpr Tag kPoint{0xB0};
constexpr Tag kCurve{0xF0};
constexpr Tag kSignature{0x5F37};

constexpr std::array<std::uint8_t, 1> kSignatureUse = {0x82};
constexpr std::array<std::uint8_t, 2> kKeyAgreementUse = {0x00, 0x80};

constexpr std::array<CurveName, 7> kCurves = {CurveName::kP256,
                                              CurveName::kP384,
                                              CurveName::kP521,
                                              CurveName::kBrainpoolP256r1,
                                              CurveName::kBrainpoolP384r1,
                                              CurveName::kBrainpoolP512r1,
                                              CurveName::kBrainpoolP320r1};
constexpr std::array<std::uint8_t, 7> kReferences = {0x00, 0x01, 0x02, 0x03, 0x05, 0x07, 0x04};

// Amendment F §6.1.2 with BSI TR-03111: the hash that the curve's size asks for.
crypto::DigestKind hash_for(const crypto::EcCurve& curve) {
  if (curve.order_bits() <= 256) return crypto::DigestKind::kSha256;
  return curve.order_bits() <= 384 ? crypto::DigestKind::kSha384 : crypto::DigestKind::kSha512;
}

Result<crypto::EcPublicKey> key_of(ByteView octets) {
  COSE_TRY(const auto point, tlv::require(octets, kPoint));
  COSE_TRY(const auto reference, tlv::find(octets, kCurve));
  if (reference && reference->size() != 1)
    return fail(ErrorKind::kInvalid, "certificate: the curve's number is missing");
  COSE_TRY(const auto curve, referenced_curve(reference ? reference->front() : 0));
  return crypto::EcPublicKey::create(curve, point);
}

Result<CertificateUse> use_of(ByteView octets) {
  if (equal(octets, kSignatureUse)) return CertificateUse::kSignature;
  if (equal(octets, kKeyAgreementUse)) return CertificateUse::kKeyAgreement;
  return fail(ErrorKind::kInvalid, "certificate: expected key usage 82 or 0080");
}

}  // namespace

std::optional<std::uint8_t> curve_reference(const crypto::EcCurve& curve) {
  const auto* const found = std::ranges::find(kCurves, curve.name());
  if (found == kCurves.end()) return std::nullopt;
  return kReferences[static_cast<std::size_t>(found - kCurves.begin())];
}

Result<crypto::EcCurve> referenced_curve(std::uint8_t reference) {
  const auto* const found = std::ranges::find(kReferences, reference);
  if (found == kReferences.end())
    return fail(ErrorKind::kUnsupported, "no curve has the number " + std::to_string(reference));
  return crypto::EcCurve::named(kCurves[static_cast<std::size_t>(found - kReferences.begin())]);
}

Result<Certificate> Certificate::parse(ByteView encoded) {
  if (encoded.size() > kMaximumCertificate) return fail(ErrorKind::kLimit, "a certificate has at most 4096 octets");
  COSE_TRY(const auto body, tlv::require(encoded, kCertificate));
  COSE_TRY(const auto serial, tlv::require(body, kSerialNumber));
  COSE_TRY(const auto issuer, tlv::require(body, kIssuer));
  COSE_TRY(const auto subject, tlv::require(body, kSubject));
  COSE_TRY(const auto usage, tlv::require(body, kUse));
  COSE_TRY(const auto use, use_of(usage));
  COSE_TRY(const auto expiration, tlv::require(body, kExpiration));
  COSE_TRY(const auto key_octets, tlv::require(body, kKey));
  COSE_TRY(auto key, key_of(key_octets));
  COSE_TRY(const auto signature, tlv::require(body, kSignature));
  // Everything in front of the signature is signed; nothing may stand behind it.
  tlv::TlvReader reader(body);
  std::size_t signed_size = 0;
  while (!reader.at_end()) {
    const auto from = reader.position();
    COSE_TRY(const auto element, reader.next());
    if (element.tag == kSignature) {
      signed_size = from;
      break;
    }
  }
  if (!reader.at_end()) return fail(ErrorKind::kInvalid, "certificate: something stands behind the signature");
  return Certificate{to_bytes(serial),
                     to_bytes(issuer),
                     to_bytes(subject),
                     use,
                     to_bytes(expiration),
                     std::move(key),
                     to_bytes(body.first(signed_size)),
                     to_bytes(signature)};
}

Status Certificate::verify(const crypto::EcPublicKey& issuer_key) const {
  COSE_TRY(const auto hash, crypto::digest(hash_for(issuer_key.curve()), signed_part));
  return crypto::verify_ecdsa(issuer_key, hash, signature, crypto::EcdsaForm::kRaw);
}

Result<Bytes> issue_certificate(const CertificateRequest& request, const crypto::EcPrivateKey& issuer_key, Rng& rng) {
  const auto reference = curve_reference(request.key.curve());
  if (!reference) return fail(ErrorKind::kUnsupported, "certificate: the key's curve has no number");
  const std::array<std::uint8_t, 1> curve = {*reference};
  const auto usage = request.use == CertificateUse::kSignature ? ByteView(kSignatureUse) : ByteView(kKeyAgreementUse);
  auto body = tlv::TlvBuilder()
                  .add(kSerialNumber, request.serial_number)
                  .add(kIssuer, request.issuer)
                  .add(kSubject, request.subject)
                  .add(kUse, usage)
                  .add(kExpiration, request.expiration)
                  .add(kKey, tlv::TlvBuilder().add(kPoint, request.key.point()).add(kCurve, curve))
                  .take();
  COSE_TRY(const auto hash, crypto::digest(hash_for(issuer_key.curve()), body));
  COSE_TRY(const auto signature, crypto::sign_ecdsa(issuer_key, hash, rng, crypto::EcdsaForm::kRaw));
  tlv::append_element(body, kSignature, signature);
  return tlv::TlvBuilder().add(kCertificate, body).take();
}

}  // namespace cose::scp
