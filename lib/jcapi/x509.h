// SPDX-License-Identifier: Apache-2.0
// X.509 certificates in DER, as far as javacardx.security.cert looks into them (RFC 5280 §4.1).
//
// A Certificate borrows the octets that it was parsed from. What comes is hostile: structure and sizes are checked,
// nothing else is believed. Errors: kInvalid with what was expected.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/digest.h"
#include "crypto/ec_curve.h"

namespace cose::jcapi::x509 {

inline constexpr std::size_t kMaximumExtensions = 32;

struct Extension {
  ByteView identifier;  // the content octets of its object identifier
  bool critical = false;
  ByteView value;  // inside its OCTET STRING
};

struct RsaKey {
  ByteView modulus;  // without zeros in front
  ByteView exponent;
};
struct EcKey {
  crypto::CurveName curve;
  ByteView point;
};

struct SignatureAlgorithm {
  bool rsa = false;  // PKCS #1 version 1.5; else ECDSA
  crypto::DigestKind digest;
};

// Fields are whole DER elements, as they stand in the certificate; times and unique identifiers, too. Empty: absent.
struct Certificate {
  std::uint8_t version = 1;
  ByteView tbs;
  ByteView version_element;
  ByteView serial_number;
  ByteView tbs_signature_algorithm;
  ByteView issuer;
  ByteView not_before;
  ByteView not_after;
  ByteView subject;
  ByteView public_key_info;
  ByteView issuer_unique_id;
  ByteView subject_unique_id;
  ByteView signature_algorithm;
  ByteView signature;  // without the count of unused bits
  std::vector<Extension> extensions;
};

[[nodiscard]] Result<Certificate> parse(ByteView der);

// Nothing: a key or an algorithm of another kind.
[[nodiscard]] std::optional<RsaKey> rsa_key_of(const Certificate& certificate);
[[nodiscard]] std::optional<EcKey> ec_key_of(const Certificate& certificate);
[[nodiscard]] std::optional<SignatureAlgorithm> signature_algorithm_of(const Certificate& certificate);

}  // namespace cose::jcapi::x509
