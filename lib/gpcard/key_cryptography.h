// SPDX-License-Identifier: Apache-2.0
// What keys of the registry do: sign, verify, decipher load files, agree on session keys.
//
// Functions over one Key; which of them fits is told by its components (GPC 2.3.1 table 11-16). Errors: kInvalid and
// kUnsupported for keys of another kind, kRefused for signatures that are wrong.
#pragma once

#include "crypto/ec_key.h"
#include "gpcard/record.h"
#include "scp/signature.h"

namespace cose::gpcard {

// RSA A0 and A1, ECC B0, or a symmetric key. Schemes: scp/signature.h.
[[nodiscard]] Status verify_signature(const Key& key, ByteView message, ByteView signature);
// RSA A3 with the modulus or A4 to A8, ECC B1, or a symmetric key.
[[nodiscard]] Result<Bytes> sign(const Key& key, ByteView message, Rng& rng);

[[nodiscard]] Result<Bytes> decipher_load_file(const Key& key, ByteView ciphered);

// B0 and B1, on the curve of F0; without one on P-256.
[[nodiscard]] Result<crypto::EcPublicKey> ec_public_key(const Key& key);
[[nodiscard]] Result<crypto::EcPrivateKey> ec_private_key(const Key& key);

}  // namespace cose::gpcard
