// SPDX-License-Identifier: Apache-2.0
#include "scp/detail/ciphers.h"

#include <string>
#include <utility>

#include "crypto/mac9797.h"

namespace cose::scp::detail {

namespace {

using crypto::CipherMode;

Result<Bytes> des_mac(crypto::MacAlgorithm algorithm, ByteView key, ByteView message, ByteView initial) {
  COSE_TRY(const auto kind, cipher_for(KeyAlgorithm::kDes, key));
  return crypto::mac9797(algorithm, kind, key, crypto::Padding::kIso9797Method2, message, initial);
}

CipherMode wrapping_mode(KeyAlgorithm algorithm) {
  return algorithm == KeyAlgorithm::kAes ? CipherMode::kCbc : CipherMode::kEcb;
}

Bytes wrapping_start(KeyAlgorithm algorithm) {
  return algorithm == KeyAlgorithm::kAes ? Bytes(kAesBlock, 0) : Bytes();
}

}  // namespace

Result<crypto::BlockCipherKind> cipher_for(KeyAlgorithm algorithm, ByteView key) {
  if (algorithm == KeyAlgorithm::kAes) return crypto::aes_with_key_size(key.size());
  if (key.size() < 2 * kDesBlock)
    return fail(ErrorKind::kInvalid, "triple DES key: expected 16 or 24 octets, found " + std::to_string(key.size()));
  return crypto::des_with_key_size(key.size());
}

Result<Bytes> full_des_mac(ByteView key, ByteView message, ByteView initial) {
  return des_mac(crypto::MacAlgorithm::kAlgorithm1, key, message, initial);
}

Result<Bytes> retail_des_mac(ByteView key, ByteView message, ByteView initial) {
  return des_mac(crypto::MacAlgorithm::kAlgorithm3, key, message, initial);
}

Result<Bytes> wrap_sensitive(KeyAlgorithm algorithm, ByteView key, ByteView plain) {
  COSE_TRY(const auto kind, cipher_for(algorithm, key));
  return crypto::encrypt(kind, wrapping_mode(algorithm), key, wrapping_start(algorithm), plain);
}

Result<Secret> unwrap_sensitive(KeyAlgorithm algorithm, ByteView key, ByteView wrapped) {
  COSE_TRY(const auto kind, cipher_for(algorithm, key));
  COSE_TRY(auto plain, crypto::decrypt(kind, wrapping_mode(algorithm), key, wrapping_start(algorithm), wrapped));
  return Secret::take(std::move(plain));
}

}  // namespace cose::scp::detail
