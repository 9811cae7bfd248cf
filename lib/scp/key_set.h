// SPDX-License-Identifier: Apache-2.0
// The three static keys of a security domain's secure channel, and the check value by which both ends know them.
//
// Owns its keys in Secrets; copied only by clone(). Errors: kInvalid for a key of a size the algorithm does not have.
#pragma once

#include <cstdint>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/secret.h"

namespace cose::scp {

// DES stands for triple DES with 16 octets (two keys) or 24.
enum class KeyAlgorithm { kDes, kAes };

inline constexpr std::size_t kKeyCheckValueSize = 3;

struct KeySet {
  std::uint8_t version = 0;
  KeyAlgorithm algorithm = KeyAlgorithm::kDes;
  Secret encryption;       // key identifier 01
  Secret mac;              // 02
  Secret data_encryption;  // 03, DEK or KEK

  // The same value three times.
  [[nodiscard]] static Result<KeySet> from_one(std::uint8_t version, KeyAlgorithm algorithm, ByteView key);
  [[nodiscard]] static Result<KeySet> from_three(std::uint8_t version, KeyAlgorithm algorithm, ByteView encryption,
                                                 ByteView mac, ByteView data_encryption);

  [[nodiscard]] KeySet clone() const;
};

// GPC 2.3.1 §B.5 (zeros under triple DES), SCP03 §4.1.4 table (01 sixteen times under AES): the first three octets.
[[nodiscard]] Result<Bytes> key_check_value(KeyAlgorithm algorithm, ByteView key);

}  // namespace cose::scp
