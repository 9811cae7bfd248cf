// SPDX-License-Identifier: Apache-2.0
#include "scp/key_set.h"

#include "scp/detail/ciphers.h"

namespace cose::scp {

Result<KeySet> KeySet::from_one(std::uint8_t version, KeyAlgorithm algorithm, ByteView key) {
  return from_three(version, algorithm, key, key, key);
}

Result<KeySet> KeySet::from_three(std::uint8_t version, KeyAlgorithm algorithm, ByteView encryption, ByteView mac,
                                  ByteView data_encryption) {
  for (const auto key : {encryption, mac, data_encryption}) COSE_CHECK(detail::cipher_for(algorithm, key));
  return KeySet{version, algorithm, Secret(encryption), Secret(mac), Secret(data_encryption)};
}

KeySet KeySet::clone() const {
  return {version, algorithm, encryption.clone(), mac.clone(), data_encryption.clone()};
}

Result<Bytes> key_check_value(KeyAlgorithm algorithm, ByteView key) {
  COSE_TRY(const auto kind, detail::cipher_for(algorithm, key));
  const Bytes block(crypto::block_size(kind), algorithm == KeyAlgorithm::kAes ? 0x01 : 0x00);
  COSE_TRY(auto value, crypto::encrypt(kind, crypto::CipherMode::kEcb, key, {}, block));
  value.resize(kKeyCheckValueSize);
  return value;
}

}  // namespace cose::scp
