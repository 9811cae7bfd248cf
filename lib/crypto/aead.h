// SPDX-License-Identifier: Apache-2.0
// Authenticated encryption with AES: GCM (NIST SP 800-38D) and CCM (NIST SP 800-38C, RFC 3610).
//
// A whole message at a time: nothing of a plaintext is handed out before its tag was checked. An Aead belongs to one
// thread at a time. Sizes are octets. A nonce must never serve twice under one key: that is the caller's promise.
//
//   mode   nonce     tag              message
//   GCM    1 to 128  4, 8, 12 to 16   up to 1 GiB
//   CCM    7 to 13   4, 6, ... 16     up to 1 GiB, and below 256 ^ (15 - nonce)
//
// Errors: kInvalid for sizes, kRefused for a tag that does not fit.
#pragma once

#include <cstddef>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/secret.h"
#include "crypto/handle.h"

namespace cose::crypto {

enum class AeadMode { kGcm, kCcm };

class Aead {
 public:
  // key: 16, 24 or 32 octets.
  [[nodiscard]] static Result<Aead> create(AeadMode mode, ByteView key);

  // Ciphertext and, after it, the tag.
  [[nodiscard]] Result<Bytes> seal(ByteView nonce, ByteView associated, ByteView plaintext, std::size_t tag_size);
  [[nodiscard]] Result<Bytes> open(ByteView nonce, ByteView associated, ByteView sealed, std::size_t tag_size);

 private:
  Aead(AeadMode mode, Secret key, Handle<evp_cipher_ctx_st> context);

  struct Message;
  [[nodiscard]] Status check(const Message& message) const;
  [[nodiscard]] Status begin(const Message& message, ByteView tag);
  [[nodiscard]] Status run(ByteView input, std::uint8_t* output);
  [[nodiscard]] Status feed(const Message& message, MutableByteView output);

  AeadMode mode_;
  Secret key_;
  Handle<evp_cipher_ctx_st> context_;
};

}  // namespace cose::crypto
