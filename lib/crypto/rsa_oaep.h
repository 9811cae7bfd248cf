// SPDX-License-Identifier: Apache-2.0
// RSA encryption with OAEP (RFC 8017 §7.1).
//
// Errors: kInvalid for sizes; kRefused, always with the same message and after the same time, for a ciphertext that
// does not decrypt (Manger's attack, RFC 8017 §7.1.2).
#pragma once

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "crypto/digest.h"
#include "crypto/rsa.h"

namespace cose::crypto {

struct OaepParameters {
  DigestKind digest = DigestKind::kSha256;       // of the label
  DigestKind mask_digest = DigestKind::kSha256;  // of MGF1
  ByteView label = {};
};

// message: at most size() - 2 * digest_size() - 2 octets. The seed is one request to `rng`.
[[nodiscard]] Result<Bytes> encrypt_oaep(const RsaPublicKey& key, const OaepParameters& parameters, ByteView message,
                                         Rng& rng);
[[nodiscard]] Result<Secret> decrypt_oaep(const RsaPrivateKey& key, const OaepParameters& parameters,
                                          ByteView ciphertext);

}  // namespace cose::crypto
