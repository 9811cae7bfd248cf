// SPDX-License-Identifier: Apache-2.0
// How our ciphers are called in OpenSSL, and the key it is given.
#pragma once

#include "bytes/secret.h"
#include "crypto/block_cipher.h"

namespace cose::crypto::detail {

[[nodiscard]] const char* openssl_cbc_name(BlockCipherKind kind);

// The key as OpenSSL's cipher takes it. Error: kInvalid for a wrong size.
[[nodiscard]] Result<Secret> openssl_key(BlockCipherKind kind, ByteView key);

}  // namespace cose::crypto::detail
