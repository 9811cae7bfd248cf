// SPDX-License-Identifier: Apache-2.0
// SM2 with SM3 (GB/T 32918.2, GB/T 32918.4), on the curve of GB/T 32918.5 and on no other.
//
// OpenSSL's own SM2 draws its nonces from OpenSSL's generator; here they come from `rng`, so that a seed replays a
// card. Errors: kInvalid for keys of other curves and for what is no signature or no ciphertext, kRefused for a
// signature that does not verify and a ciphertext that was changed.
#pragma once

#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "crypto/ec_key.h"
#include "crypto/ecdsa.h"

namespace cose::crypto {

// GM/T 0009 §10: the identity of who has none.
inline constexpr std::string_view kSm2DefaultIdentity = "1234567812345678";
inline constexpr std::size_t kMaximumSm2Identity = 0xFFFF / 8;  // its length in bits is two octets

// What a ciphertext has beyond the plaintext: a point and a hash.
inline constexpr std::size_t kSm2Overhead = 65 + 32;
inline constexpr std::size_t kMaximumSm2Message = 4096;

// Z of GB/T 32918.2 §5.5: the hash that stands in front of every message of the key's owner.
[[nodiscard]] Result<Bytes> sm2_identity_hash(const EcPublicKey& key, ByteView identity);

// hash: of Z and the message. The nonce is drawn as EcPrivateKey::generate draws a scalar.
[[nodiscard]] Result<Bytes> sign_sm2(const EcPrivateKey& key, ByteView hash, Rng& rng, EcdsaForm form);
[[nodiscard]] Status verify_sm2(const EcPublicKey& key, ByteView hash, ByteView signature, EcdsaForm form);

// C1 | C3 | C2 (GB/T 32918.4 §6.1): an uncompressed point, the hash, the masked message, which is not empty.
[[nodiscard]] Result<Bytes> encrypt_sm2(const EcPublicKey& key, ByteView plaintext, Rng& rng);
[[nodiscard]] Result<Secret> decrypt_sm2(const EcPrivateKey& key, ByteView ciphertext);

}  // namespace cose::crypto
