// SPDX-License-Identifier: Apache-2.0
// OpenSSL's message authentication codes, which HMAC and CMAC share.
#pragma once

#include "crypto/detail/openssl.h"

namespace cose::crypto::detail {

// algorithm: "HMAC" or "CMAC"; parameter, value: its hash function or cipher.
[[nodiscard]] Result<Handle<evp_mac_ctx_st>> make_mac(const EVP_MAC* algorithm, const char* parameter,
                                                      const char* value, ByteView key);

[[nodiscard]] Status mac_update(evp_mac_ctx_st* context, ByteView message);
// The code, after which the context begins a new message under the same key.
[[nodiscard]] Result<Bytes> mac_finish(evp_mac_ctx_st* context, std::size_t size);
[[nodiscard]] Status mac_restart(evp_mac_ctx_st* context);

}  // namespace cose::crypto::detail
