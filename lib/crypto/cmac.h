// SPDX-License-Identifier: Apache-2.0
// CMAC (NIST SP 800-38B; RFC 4493 for AES-128) over the block ciphers of crypto/block_cipher.h.
//
// A Cmac keeps its key and works on one message after another; it belongs to one thread at a time. The code is one
// block; who compares one uses constant_time_equal (bytes/secret.h).
#pragma once

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/block_cipher.h"
#include "crypto/handle.h"

namespace cose::crypto {

class Cmac {
 public:
  [[nodiscard]] static Result<Cmac> create(BlockCipherKind kind, ByteView key);

  [[nodiscard]] Status update(ByteView message);
  // The code of all since the start; the next update begins a new message.
  [[nodiscard]] Result<Bytes> finish();
  [[nodiscard]] Status restart();

 private:
  Cmac(BlockCipherKind kind, Handle<evp_mac_ctx_st> context);

  BlockCipherKind kind_;
  Handle<evp_mac_ctx_st> context_;
};

[[nodiscard]] Result<Bytes> cmac(BlockCipherKind kind, ByteView key, ByteView message);

}  // namespace cose::crypto
