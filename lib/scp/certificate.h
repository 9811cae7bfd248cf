// SPDX-License-Identifier: Apache-2.0
// The certificates of SCP11: card-verifiable, self-contained, on elliptic curves (Amendment F 1.3 §6.1).
//
//   7F21 { 93 serial, 42 CA identifier, 5F20 subject, 95 key usage, [5F25 from], 5F24 until, [53|73 more],
//          7F49 { B0 point, F0 curve }, 5F37 signature over all before it }
//
// Values that own their octets. Errors: kInvalid, kUnsupported (a curve without a number), kRefused (wrong signature).
#pragma once

#include <cstdint>
#include <optional>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "crypto/ec_key.h"

namespace cose::scp {

inline constexpr std::size_t kMaximumCertificate = 4096;

// Tag 95, Amendment F table 6-2.
enum class CertificateUse {
  kSignature,     // 82: may sign certificates
  kKeyAgreement,  // 0080
};

struct Certificate {
  Bytes serial_number;
  Bytes issuer;
  Bytes subject;
  CertificateUse use = CertificateUse::kKeyAgreement;
  Bytes expiration;  // YYYYMMDD, BCD
  crypto::EcPublicKey key;
  Bytes signed_part;
  Bytes signature;

  // A whole 7F21.
  [[nodiscard]] static Result<Certificate> parse(ByteView encoded);
  [[nodiscard]] Status verify(const crypto::EcPublicKey& issuer_key) const;
};

struct CertificateRequest {
  ByteView serial_number;
  ByteView issuer;
  ByteView subject;
  CertificateUse use;
  ByteView expiration;
  const crypto::EcPublicKey& key;
};
[[nodiscard]] Result<Bytes> issue_certificate(const CertificateRequest& request, const crypto::EcPrivateKey& issuer_key,
                                              Rng& rng);

// The key parameter reference of tag F0 (GPC Amendment E table 4-3): 00 P-256, 01 P-384, 02 P-521, 03 to 07 Brainpool.
[[nodiscard]] std::optional<std::uint8_t> curve_reference(const crypto::EcCurve& curve);
[[nodiscard]] Result<crypto::EcCurve> referenced_curve(std::uint8_t reference);

}  // namespace cose::scp
