// SPDX-License-Identifier: Apache-2.0
// Which signatures javacard.security has: data for the natives, the documentation and its test.
#pragma once

#include <cstdint>
#include <optional>

#include "crypto/digest.h"
#include "jcapi/detail/cipher_table.h"

namespace cose::jcapi::detail {

// Signature.SIG_CIPHER_...
enum class SignatureId : std::int8_t {
  kDesMac4 = 1,
  kDesMac8 = 2,
  kRsa = 3,
  kDsa = 4,
  kEcdsa = 5,
  kAesMac128 = 6,
  kHmac = 7,
  kSeedMac = 8,
  kEcdsaPlain = 9,
  kAesCmac128 = 10,
  kSm2 = 11,
  kSm4Mac128 = 12,
  kEddsa = 13,
  kEd25519 = 15,
  kEd448 = 16,
};

struct SignatureRow {
  std::int8_t digest;  // MessageDigest.ALG_...; zero: none
  SignatureId cipher;
  PaddingId padding;
  std::int8_t algorithm;  // Signature.ALG_...; zero: none of its own

  [[nodiscard]] bool recovers() const { return padding == PaddingId::kIso9796Recovery; }
};

[[nodiscard]] std::optional<SignatureRow> signature_of_algorithm(std::int16_t algorithm);
[[nodiscard]] std::optional<SignatureRow> signature_of_parts(std::int16_t digest, std::int16_t cipher,
                                                             std::int16_t padding);

}  // namespace cose::jcapi::detail
