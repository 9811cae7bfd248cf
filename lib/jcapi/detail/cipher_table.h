// SPDX-License-Identifier: Apache-2.0
// Which ciphers javacardx.crypto has: data for the natives, the documentation and its test.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "crypto/digest.h"
#include "crypto/padding.h"

namespace cose::jcapi::detail {

// Cipher.CIPHER_..., with AEADCipher's.
enum class CipherId : std::int8_t {
  kAesCbc = 1,
  kAesEcb = 2,
  kDesCbc = 3,
  kDesEcb = 4,
  kSeedCbc = 5,
  kSeedEcb = 6,
  kRsa = 7,
  kAesCtr = 8,
  kAesCfb = 9,
  kAesXts = 10,
  kSm4Ecb = 11,
  kSm4Cbc = 12,
  kSm2 = 13,
  kAesGcm = -15,
  kAesCcm = -14,
};

// Cipher.PAD_...; signatures use the same numbers.
enum class PaddingId : std::int8_t {
  kNoChoice = 0,
  kNoPadding = 1,
  kIso9797M1 = 2,
  kIso9797M2 = 3,
  kIso9797M1Alg3 = 4,
  kIso9797M2Alg3 = 5,
  kPkcs5 = 6,
  kPkcs1 = 7,
  kPss = 8,
  kOaep = 9,
  kIso9796 = 10,
  kIso9796Recovery = 11,
  kRfc2409 = 12,
  kOaepSha224 = 13,
  kOaepSha256 = 14,
  kOaepSha384 = 15,
  kOaepSha512 = 16,
  kOaepSha3Bits224 = 17,
  kOaepSha3Bits256 = 18,
  kOaepSha3Bits384 = 19,
  kOaepSha3Bits512 = 20,
};

struct CipherRow {
  CipherId cipher;
  PaddingId padding;
  std::int8_t algorithm;  // Cipher.ALG_...; zero: none of its own
};

[[nodiscard]] std::span<const CipherRow> cipher_rows();
// Whether the OpenSSL at hand has it: SEED may be missing.
[[nodiscard]] bool is_offered(CipherId cipher);
[[nodiscard]] const CipherRow* cipher_of_algorithm(std::int16_t algorithm);
[[nodiscard]] const CipherRow* cipher_of_parts(std::int16_t cipher, std::int16_t padding);

// Null: no padding to whole blocks.
[[nodiscard]] std::optional<crypto::Padding> block_padding(PaddingId padding);
[[nodiscard]] std::optional<crypto::DigestKind> oaep_digest(PaddingId padding);
[[nodiscard]] bool is_aead(CipherId cipher);

}  // namespace cose::jcapi::detail
