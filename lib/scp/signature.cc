// SPDX-License-Identifier: Apache-2.0
#include "scp/signature.h"

#include "crypto/block_cipher.h"
#include "crypto/cmac.h"
#include "crypto/digest.h"
#include "crypto/ecdsa.h"
#include "crypto/padding.h"
#include "crypto/rsa_pkcs1.h"
#include "crypto/rsa_pss.h"
#include "scp/detail/ciphers.h"

namespace cose::scp {

namespace {

using crypto::DigestKind;

constexpr std::size_t kLastPkcs1Bits = 1024;
constexpr std::size_t kLastSha256Bits = 2048;

bool is_pkcs1(std::size_t rsa_bits) {
  return rsa_bits <= kLastPkcs1Bits;
}

DigestKind digest_for(std::size_t rsa_bits) {
  if (is_pkcs1(rsa_bits)) return DigestKind::kSha1;
  return rsa_bits <= kLastSha256Bits ? DigestKind::kSha256 : DigestKind::kSha512;
}

DigestKind digest_for(const crypto::EcCurve& curve) {
  if (curve.order_bits() <= 256) return DigestKind::kSha256;
  return curve.order_bits() <= 384 ? DigestKind::kSha384 : DigestKind::kSha512;
}

// The salt has the size of the hash.
crypto::PssParameters pss(DigestKind kind) {
  return {.digest = kind, .mask_digest = kind, .salt_size = crypto::digest_size(kind)};
}

Result<Bytes> code_of(const SymmetricKey& key, ByteView message) {
  if (key.algorithm == KeyAlgorithm::kDes) return detail::retail_des_mac(key.value.view(), message);
  COSE_TRY(const auto kind, crypto::aes_with_key_size(key.value.size()));
  return crypto::cmac(kind, key.value.view(), message);
}

struct Signer {
  ByteView message;
  Rng& rng;

  Result<Bytes> operator()(const crypto::RsaPrivateKey* key) const {
    const auto kind = digest_for(key->bits());
    COSE_TRY(const auto hash, crypto::digest(kind, message));
    if (is_pkcs1(key->bits())) return crypto::sign_pkcs1(*key, kind, hash);
    return crypto::sign_pss(*key, pss(kind), hash, rng);
  }
  Result<Bytes> operator()(const crypto::EcPrivateKey* key) const {
    COSE_TRY(const auto hash, crypto::digest(digest_for(key->curve()), message));
    return crypto::sign_ecdsa(*key, hash, rng, crypto::EcdsaForm::kRaw);
  }
  Result<Bytes> operator()(const SymmetricKey* key) const { return code_of(*key, message); }
};

struct Verifier {
  ByteView message;
  ByteView signature;

  Status operator()(const crypto::RsaPublicKey* key) const {
    const auto kind = digest_for(key->bits());
    COSE_TRY(const auto hash, crypto::digest(kind, message));
    if (is_pkcs1(key->bits())) return crypto::verify_pkcs1(*key, kind, hash, signature);
    return crypto::verify_pss(*key, pss(kind), hash, signature);
  }
  Status operator()(const crypto::EcPublicKey* key) const {
    COSE_TRY(const auto hash, crypto::digest(digest_for(key->curve()), message));
    return crypto::verify_ecdsa(*key, hash, signature, crypto::EcdsaForm::kRaw);
  }
  Status operator()(const SymmetricKey* key) const {
    COSE_TRY(const auto code, code_of(*key, message));
    if (constant_time_equal(code, signature)) return {};
    return fail(ErrorKind::kRefused, "the signature is not one of this key");
  }
};

Result<crypto::BlockCipherKind> cipher_of(const SymmetricKey& key) {
  return key.algorithm == KeyAlgorithm::kAes ? crypto::aes_with_key_size(key.value.size())
                                             : crypto::des_with_key_size(key.value.size());
}

}  // namespace

Result<Bytes> sign(const SigningKey& key, ByteView message, Rng& rng) {
  return std::visit(Signer{message, rng}, key);
}

Status verify(const VerifyingKey& key, ByteView message, ByteView signature) {
  return std::visit(Verifier{message, signature}, key);
}

Result<Bytes> cipher_load_file(const SymmetricKey& key, ByteView block) {
  COSE_TRY(const auto kind, cipher_of(key));
  const Bytes zeros(crypto::block_size(kind));
  COSE_TRY(const auto padded, crypto::pad(crypto::Padding::kIso9797Method2, zeros.size(), block));
  return crypto::encrypt(kind, crypto::CipherMode::kCbc, key.value.view(), zeros, padded);
}

Result<Bytes> decipher_load_file(const SymmetricKey& key, ByteView ciphered) {
  COSE_TRY(const auto kind, cipher_of(key));
  const Bytes zeros(crypto::block_size(kind));
  COSE_TRY(const auto padded, crypto::decrypt(kind, crypto::CipherMode::kCbc, key.value.view(), zeros, ciphered));
  return crypto::unpad(crypto::Padding::kIso9797Method2, zeros.size(), padded);
}

}  // namespace cose::scp
