// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/signature_table.h"

#include <algorithm>

#include "jcapi/detail/message_hash.h"

namespace cose::jcapi::detail {

namespace {

using P = PaddingId;
using S = SignatureId;

// Those with a number of their own. Missing, and so NO_SUCH_ALGORITHM: AES MACs with blocks of 192 and 256 bits (no
// AES).
constexpr SignatureRow kRows[] = {
    {0, S::kDesMac4, P::kNoPadding, 1},
    {0, S::kDesMac8, P::kNoPadding, 2},
    {0, S::kDesMac4, P::kIso9797M1, 3},
    {0, S::kDesMac8, P::kIso9797M1, 4},
    {0, S::kDesMac4, P::kIso9797M2, 5},
    {0, S::kDesMac8, P::kIso9797M2, 6},
    {0, S::kDesMac4, P::kPkcs5, 7},
    {0, S::kDesMac8, P::kPkcs5, 8},
    {1, S::kRsa, P::kIso9796, 9},
    {1, S::kRsa, P::kPkcs1, 10},
    {2, S::kRsa, P::kPkcs1, 11},
    {3, S::kRsa, P::kIso9796, 12},
    {3, S::kRsa, P::kPkcs1, 13},
    {1, S::kDsa, P::kNoChoice, 14},
    {1, S::kRsa, P::kRfc2409, 15},
    {2, S::kRsa, P::kRfc2409, 16},
    {1, S::kEcdsa, P::kNoChoice, 17},
    {0, S::kAesMac128, P::kNoPadding, 18},
    {0, S::kDesMac4, P::kIso9797M2Alg3, 19},
    {0, S::kDesMac8, P::kIso9797M2Alg3, 20},
    {1, S::kRsa, P::kPss, 21},
    {2, S::kRsa, P::kPss, 22},
    {3, S::kRsa, P::kPss, 23},
    {1, S::kHmac, P::kNoChoice, 24},
    {4, S::kHmac, P::kNoChoice, 25},
    {5, S::kHmac, P::kNoChoice, 26},
    {6, S::kHmac, P::kNoChoice, 27},
    {2, S::kHmac, P::kNoChoice, 28},
    {3, S::kHmac, P::kNoChoice, 29},
    {1, S::kRsa, P::kIso9796Recovery, 30},
    {3, S::kRsa, P::kIso9796Recovery, 31},
    {0, S::kSeedMac, P::kNoPadding, 32},
    {4, S::kEcdsa, P::kNoChoice, 33},
    {5, S::kEcdsa, P::kNoChoice, 34},
    {7, S::kEcdsa, P::kNoChoice, 37},
    {6, S::kEcdsa, P::kNoChoice, 38},
    {7, S::kRsa, P::kPkcs1, 39},
    {4, S::kRsa, P::kPkcs1, 40},
    {5, S::kRsa, P::kPkcs1, 41},
    {6, S::kRsa, P::kPkcs1, 42},
    {7, S::kRsa, P::kPss, 43},
    {4, S::kRsa, P::kPss, 44},
    {5, S::kRsa, P::kPss, 45},
    {6, S::kRsa, P::kPss, 46},
    {0, S::kDesMac4, P::kIso9797M1Alg3, 47},
    {0, S::kDesMac8, P::kIso9797M1Alg3, 48},
    {0, S::kAesCmac128, P::kNoChoice, 49},
};

// Of MACs over blocks.
bool pads_blocks(P padding) {
  return block_padding(padding).has_value();
}

// Whether the three belong together; `digest` is a number of MessageDigest, zero for none.
bool fits(std::int16_t digest, S cipher, P padding) {
  const bool none = digest == 0;
  const bool hashed = digest_of_algorithm(digest).has_value();
  switch (cipher) {
    case S::kDesMac4:
    case S::kDesMac8:
      return none && (pads_blocks(padding) || padding == P::kIso9797M1Alg3 || padding == P::kIso9797M2Alg3);
    case S::kAesMac128:
    case S::kSm4Mac128: return none && pads_blocks(padding);
    case S::kSeedMac: return none && padding == P::kNoPadding;
    case S::kAesCmac128: return none && (padding == P::kNoChoice || padding == P::kNoPadding);
    case S::kHmac: return hashed && (padding == P::kNoChoice || padding == P::kNoPadding);
    case S::kRsa:
      return hashed && (padding == P::kPkcs1 || padding == P::kPss || padding == P::kRfc2409 ||
                        padding == P::kIso9796 || padding == P::kIso9796Recovery);
    case S::kDsa:
    case S::kEcdsa:
    // Without a hash function: for hashes that come from elsewhere.
    case S::kEcdsaPlain: return (none || hashed) && (padding == P::kNoChoice || padding == P::kNoPadding);
    // GB/T 32918.2 has SM3 and nothing else.
    case S::kSm2: return digest == 12 && (padding == P::kNoChoice || padding == P::kNoPadding);
    // The hash of Ed25519 and Ed448 is their own (RFC 8032); SHA-512 may be named for Ed25519.
    case S::kEddsa:
    case S::kEd25519:
    case S::kEd448: return (none || digest == 6) && (padding == P::kNoChoice || padding == P::kNoPadding);
  }
  return false;
}

}  // namespace

std::optional<SignatureRow> signature_of_algorithm(std::int16_t algorithm) {
  if (algorithm == 0) return std::nullopt;
  const auto found = std::ranges::find(kRows, algorithm, &SignatureRow::algorithm);
  if (found == std::end(kRows)) return std::nullopt;
  return *found;
}

std::optional<SignatureRow> signature_of_parts(std::int16_t digest, std::int16_t cipher, std::int16_t padding) {
  const auto id = static_cast<S>(static_cast<std::int8_t>(cipher));
  const auto filling = static_cast<P>(static_cast<std::int8_t>(padding));
  if (!fits(digest, id, filling)) return std::nullopt;
  SignatureRow row{static_cast<std::int8_t>(digest), id, filling, 0};
  const auto named = std::ranges::find_if(kRows, [&](const SignatureRow& each) {
    return each.digest == digest && each.cipher == id && each.padding == filling;
  });
  if (named != std::end(kRows)) row.algorithm = named->algorithm;
  return row;
}

}  // namespace cose::jcapi::detail
