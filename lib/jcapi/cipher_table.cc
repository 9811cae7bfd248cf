// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/cipher_table.h"

#include <algorithm>

#include "crypto/block_cipher.h"

namespace cose::jcapi::detail {

namespace {

// Missing, and so NO_SUCH_ALGORITHM: RSA with ISO 14888 and ISO 9796 encryption (withdrawn), AES with blocks of 192 and
// 256 bits (no AES), and OAEP with parameters of the caller's.
constexpr CipherRow kRows[] = {
    {CipherId::kDesCbc, PaddingId::kNoPadding, 1},    {CipherId::kDesCbc, PaddingId::kIso9797M1, 2},
    {CipherId::kDesCbc, PaddingId::kIso9797M2, 3},    {CipherId::kDesCbc, PaddingId::kPkcs5, 4},
    {CipherId::kDesEcb, PaddingId::kNoPadding, 5},    {CipherId::kDesEcb, PaddingId::kIso9797M1, 6},
    {CipherId::kDesEcb, PaddingId::kIso9797M2, 7},    {CipherId::kDesEcb, PaddingId::kPkcs5, 8},
    {CipherId::kRsa, PaddingId::kPkcs1, 10},          {CipherId::kRsa, PaddingId::kNoPadding, 12},
    {CipherId::kAesCbc, PaddingId::kNoPadding, 13},   {CipherId::kAesEcb, PaddingId::kNoPadding, 14},
    {CipherId::kRsa, PaddingId::kOaep, 15},           {CipherId::kAesCbc, PaddingId::kIso9797M1, 22},
    {CipherId::kAesCbc, PaddingId::kIso9797M2, 23},   {CipherId::kAesCbc, PaddingId::kPkcs5, 24},
    {CipherId::kAesEcb, PaddingId::kIso9797M1, 25},   {CipherId::kAesEcb, PaddingId::kIso9797M2, 26},
    {CipherId::kAesEcb, PaddingId::kPkcs5, 27},       {CipherId::kAesCtr, PaddingId::kNoPadding, -16},
    {CipherId::kAesCfb, PaddingId::kNoPadding, 28},   {CipherId::kAesXts, PaddingId::kNoPadding, 29},
    {CipherId::kAesGcm, PaddingId::kNoPadding, -13},  {CipherId::kAesCcm, PaddingId::kNoPadding, -12},
    {CipherId::kRsa, PaddingId::kOaepSha224, 0},      {CipherId::kRsa, PaddingId::kOaepSha256, 0},
    {CipherId::kRsa, PaddingId::kOaepSha384, 0},      {CipherId::kRsa, PaddingId::kOaepSha512, 0},
    {CipherId::kRsa, PaddingId::kOaepSha3Bits224, 0}, {CipherId::kRsa, PaddingId::kOaepSha3Bits256, 0},
    {CipherId::kRsa, PaddingId::kOaepSha3Bits384, 0}, {CipherId::kRsa, PaddingId::kOaepSha3Bits512, 0},
    {CipherId::kSm4Ecb, PaddingId::kNoPadding, 0},    {CipherId::kSm4Ecb, PaddingId::kIso9797M1, 0},
    {CipherId::kSm4Ecb, PaddingId::kIso9797M2, 0},    {CipherId::kSm4Ecb, PaddingId::kPkcs5, 0},
    {CipherId::kSm4Cbc, PaddingId::kNoPadding, 0},    {CipherId::kSm4Cbc, PaddingId::kIso9797M1, 0},
    {CipherId::kSm4Cbc, PaddingId::kIso9797M2, 0},    {CipherId::kSm4Cbc, PaddingId::kPkcs5, 0},
    {CipherId::kSeedEcb, PaddingId::kNoPadding, 16},  {CipherId::kSeedCbc, PaddingId::kNoPadding, 17},
    {CipherId::kSm2, PaddingId::kNoPadding, 0},
};

bool has_no_blocks(CipherId cipher) {
  return cipher == CipherId::kAesCtr || cipher == CipherId::kAesCfb || cipher == CipherId::kAesXts ||
         cipher == CipherId::kSm2 || is_aead(cipher);
}

}  // namespace

std::span<const CipherRow> cipher_rows() {
  return kRows;
}

bool is_offered(CipherId cipher) {
  const bool seed = cipher == CipherId::kSeedCbc || cipher == CipherId::kSeedEcb;
  return !seed || crypto::is_offered(crypto::BlockCipherKind::kSeed);
}

const CipherRow* cipher_of_algorithm(std::int16_t algorithm) {
  if (algorithm == 0) return nullptr;
  const auto found = std::ranges::find(kRows, algorithm, &CipherRow::algorithm);
  return found == std::end(kRows) ? nullptr : &*found;
}

const CipherRow* cipher_of_parts(std::int16_t cipher, std::int16_t padding) {
  const auto found = std::ranges::find_if(kRows, [&](const CipherRow& row) {
    // PAD_NULL is the padding of who has no choice (JC API 3.1, Cipher.PAD_NULL).
    const bool null = padding == 0 && has_no_blocks(row.cipher);
    return static_cast<std::int16_t>(row.cipher) == cipher &&
           (null || static_cast<std::int16_t>(row.padding) == padding);
  });
  return found == std::end(kRows) ? nullptr : &*found;
}

std::optional<crypto::Padding> block_padding(PaddingId padding) {
  switch (padding) {
    case PaddingId::kNoPadding: return crypto::Padding::kNone;
    case PaddingId::kIso9797M1: return crypto::Padding::kIso9797Method1;
    case PaddingId::kIso9797M2: return crypto::Padding::kIso9797Method2;
    case PaddingId::kPkcs5: return crypto::Padding::kPkcs7;
    default: return std::nullopt;
  }
}

std::optional<crypto::DigestKind> oaep_digest(PaddingId padding) {
  switch (padding) {
    case PaddingId::kOaep: return crypto::DigestKind::kSha1;
    case PaddingId::kOaepSha224: return crypto::DigestKind::kSha224;
    case PaddingId::kOaepSha256: return crypto::DigestKind::kSha256;
    case PaddingId::kOaepSha384: return crypto::DigestKind::kSha384;
    case PaddingId::kOaepSha512: return crypto::DigestKind::kSha512;
    case PaddingId::kOaepSha3Bits224: return crypto::DigestKind::kSha3Bits224;
    case PaddingId::kOaepSha3Bits256: return crypto::DigestKind::kSha3Bits256;
    case PaddingId::kOaepSha3Bits384: return crypto::DigestKind::kSha3Bits384;
    case PaddingId::kOaepSha3Bits512: return crypto::DigestKind::kSha3Bits512;
    default: return std::nullopt;
  }
}

bool is_aead(CipherId cipher) {
  return cipher == CipherId::kAesGcm || cipher == CipherId::kAesCcm;
}

}  // namespace cose::jcapi::detail
