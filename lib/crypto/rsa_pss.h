// SPDX-License-Identifier: Apache-2.0
// RSA signatures with PSS (RFC 8017 §8.1, §9.1).
//
// Errors: kInvalid for sizes (a key too short for hash and salt among them), kRefused for a signature that does not
// verify.
#pragma once

#include <cstddef>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "crypto/digest.h"
#include "crypto/rsa.h"

namespace cose::crypto {

struct PssParameters {
  DigestKind digest = DigestKind::kSha256;
  DigestKind mask_digest = DigestKind::kSha256;  // of MGF1
  std::size_t salt_size = 32;                    // octets
};

// hash: digest_size(parameters.digest) octets, already computed. The salt is one request to `rng`.
[[nodiscard]] Result<Bytes> sign_pss(const RsaPrivateKey& key, const PssParameters& parameters, ByteView hash,
                                     Rng& rng);
[[nodiscard]] Status verify_pss(const RsaPublicKey& key, const PssParameters& parameters, ByteView hash,
                                ByteView signature);

}  // namespace cose::crypto
