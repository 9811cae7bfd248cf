// SPDX-License-Identifier: Apache-2.0
// RSA with the paddings of PKCS #1 version 1.5 (RFC 8017 §7.2, §8.2).
//
// Errors: kInvalid for sizes; kRefused for a signature that does not verify and, always with the same message, for a
// ciphertext that does not decrypt. Decryption takes the same time whatever is wrong, but whoever learns that it
// failed has Bleichenbacher's oracle: a protocol must not tell (RFC 8017 §7.2).
#pragma once

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "crypto/digest.h"
#include "crypto/rsa.h"

namespace cose::crypto {

// hash: digest_size(kind) octets, already computed.
[[nodiscard]] Result<Bytes> sign_pkcs1(const RsaPrivateKey& key, DigestKind kind, ByteView hash);
[[nodiscard]] Status verify_pkcs1(const RsaPublicKey& key, DigestKind kind, ByteView hash, ByteView signature);

// Block type 1 around any content of at most size() - 11 octets: for who builds the DigestInfo himself, and for Java
// Card's Cipher.ALG_RSA_PKCS1 with a private key.
[[nodiscard]] Result<Bytes> sign_pkcs1_block(const RsaPrivateKey& key, ByteView content);
[[nodiscard]] Result<Bytes> recover_pkcs1_block(const RsaPublicKey& key, ByteView signature);

// message: at most size() - 11 octets.
[[nodiscard]] Result<Bytes> encrypt_pkcs1(const RsaPublicKey& key, ByteView message, Rng& rng);
[[nodiscard]] Result<Secret> decrypt_pkcs1(const RsaPrivateKey& key, ByteView ciphertext);

}  // namespace cose::crypto
