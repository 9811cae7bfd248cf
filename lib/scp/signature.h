// SPDX-License-Identifier: Apache-2.0
// The signatures of card content management, the same for both ends: tokens, receipts, DAP (GPC 2.3.1 annexes B and C).
//
//   RSA    up to 1024 bits PKCS #1 v1.5 with SHA-1; up to 2048 PSS with SHA-256; beyond PSS with SHA-512 (§B.3)
//   ECC    ECDSA with the hash of the curve's size, r and s side by side (§B.4)
//   AES    CMAC, 16 octets (§B.2.2)
//   DES    single DES with a final triple DES, 8 octets (§B.1.2.2)
//
// Pure functions; keys are borrowed for the call. Errors: kRefused for what does not verify, kInvalid and kUnsupported
// for keys that do not fit.
#pragma once

#include <variant>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "crypto/ec_key.h"
#include "crypto/rsa.h"
#include "scp/key_set.h"

namespace cose::scp {

struct SymmetricKey {
  KeyAlgorithm algorithm = KeyAlgorithm::kAes;
  Secret value;
};

using SigningKey = std::variant<const crypto::RsaPrivateKey*, const crypto::EcPrivateKey*, const SymmetricKey*>;
using VerifyingKey = std::variant<const crypto::RsaPublicKey*, const crypto::EcPublicKey*, const SymmetricKey*>;

[[nodiscard]] Result<Bytes> sign(const SigningKey& key, ByteView message, Rng& rng);
[[nodiscard]] Status verify(const VerifyingKey& key, ByteView message, ByteView signature);

// A ciphered load file data block (tag D4): CBC from zeros, filled with 80 (GPC 2.3.1 §C.6).
[[nodiscard]] Result<Bytes> cipher_load_file(const SymmetricKey& key, ByteView block);
[[nodiscard]] Result<Bytes> decipher_load_file(const SymmetricKey& key, ByteView ciphered);

}  // namespace cose::scp
