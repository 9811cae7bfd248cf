// SPDX-License-Identifier: Apache-2.0
#include "gpcard/key_cryptography.h"

#include "gpcard/key_store.h"
#include "scp/certificate.h"

namespace cose::gpcard {

namespace {

constexpr std::uint8_t kRsaModulusOfPrivate = 0xA2;
constexpr std::uint8_t kRsaPrivateExponent = 0xA3;
constexpr std::uint8_t kRsaP = 0xA4;
constexpr std::uint8_t kRsaQ = 0xA5;
constexpr std::uint8_t kRsaQInverse = 0xA6;
constexpr std::uint8_t kRsaDp = 0xA7;
constexpr std::uint8_t kRsaDq = 0xA8;

const KeyComponent* component(const Key& key, std::uint8_t type) {
  for (const auto& each : key.components)
    if (each.type == type) return &each;
  return nullptr;
}

Result<ByteView> required(const Key& key, std::uint8_t type) {
  const auto* found = component(key, type);
  if (found == nullptr) return fail(ErrorKind::kInvalid, "the key lacks a component");
  return found->value.view();
}

Result<crypto::EcCurve> curve_of(const Key& key) {
  const auto* reference = component(key, kKeyTypeEccParameterReference);
  return scp::referenced_curve(reference == nullptr || reference->value.empty() ? 0 : reference->value.view().back());
}

Result<crypto::RsaPublicKey> rsa_public_key(const Key& key) {
  COSE_TRY(const auto modulus, required(key, kKeyTypeRsaModulus));
  COSE_TRY(const auto exponent, required(key, kKeyTypeRsaExponent));
  return crypto::RsaPublicKey::create(modulus, exponent);
}

Result<crypto::RsaPrivateKey> rsa_private_key(const Key& key) {
  if (const auto* exponent = component(key, kRsaPrivateExponent)) {
    const auto* own = component(key, kRsaModulusOfPrivate);
    COSE_TRY(const auto modulus, required(key, own == nullptr ? kKeyTypeRsaModulus : kRsaModulusOfPrivate));
    return crypto::RsaPrivateKey::create(modulus, exponent->value.view());
  }
  COSE_TRY(const auto p, required(key, kRsaP));
  COSE_TRY(const auto q, required(key, kRsaQ));
  COSE_TRY(const auto inverse, required(key, kRsaQInverse));
  COSE_TRY(const auto dp, required(key, kRsaDp));
  COSE_TRY(const auto dq, required(key, kRsaDq));
  return crypto::RsaPrivateKey::from_crt({Secret(p), Secret(q), Secret(dp), Secret(dq), Secret(inverse)});
}

Result<scp::SymmetricKey> symmetric_key(const Key& key) {
  const auto& first = key.components.at(0);
  if (first.type == kKeyTypeAes) return scp::SymmetricKey{scp::KeyAlgorithm::kAes, first.value.clone()};
  if (is_des(first.type)) return scp::SymmetricKey{scp::KeyAlgorithm::kDes, first.value.clone()};
  return fail(ErrorKind::kUnsupported, "the key is for something else");
}

bool is_rsa_private(const Key& key) {
  return component(key, kRsaPrivateExponent) != nullptr || component(key, kRsaP) != nullptr;
}

}  // namespace

Status verify_signature(const Key& key, ByteView message, ByteView signature) {
  if (component(key, kKeyTypeRsaModulus) != nullptr) {
    COSE_TRY(const auto open, rsa_public_key(key));
    return scp::verify(&open, message, signature);
  }
  if (component(key, kKeyTypeEccPublic) != nullptr) {
    COSE_TRY(const auto open, ec_public_key(key));
    return scp::verify(&open, message, signature);
  }
  COSE_TRY(const auto symmetric, symmetric_key(key));
  return scp::verify(&symmetric, message, signature);
}

Result<Bytes> sign(const Key& key, ByteView message, Rng& rng) {
  if (is_rsa_private(key)) {
    COSE_TRY(const auto own, rsa_private_key(key));
    return scp::sign(&own, message, rng);
  }
  if (component(key, kKeyTypeEccPrivate) != nullptr) {
    COSE_TRY(const auto own, ec_private_key(key));
    return scp::sign(&own, message, rng);
  }
  COSE_TRY(const auto symmetric, symmetric_key(key));
  return scp::sign(&symmetric, message, rng);
}

Result<Bytes> decipher_load_file(const Key& key, ByteView ciphered) {
  COSE_TRY(const auto symmetric, symmetric_key(key));
  return scp::decipher_load_file(symmetric, ciphered);
}

Result<crypto::EcPublicKey> ec_public_key(const Key& key) {
  COSE_TRY(const auto point, required(key, kKeyTypeEccPublic));
  COSE_TRY(const auto curve, curve_of(key));
  return crypto::EcPublicKey::create(curve, point);
}

Result<crypto::EcPrivateKey> ec_private_key(const Key& key) {
  COSE_TRY(const auto scalar, required(key, kKeyTypeEccPrivate));
  COSE_TRY(const auto curve, curve_of(key));
  return crypto::EcPrivateKey::create(curve, scalar);
}

}  // namespace cose::gpcard
