// SPDX-License-Identifier: Apache-2.0
// The block ciphers of the secure channel protocols, chosen by the size of the key.
#pragma once

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/block_cipher.h"
#include "scp/key_set.h"

namespace cose::scp::detail {

inline constexpr std::size_t kDesBlock = 8;
inline constexpr std::size_t kAesBlock = 16;

// Error: kInvalid. Single DES is no key of a secure channel.
[[nodiscard]] Result<crypto::BlockCipherKind> cipher_for(KeyAlgorithm algorithm, ByteView key);

// ISO/IEC 9797-1 MAC algorithm 1 with triple DES and padding 2: GPC 2.3.1 §B.1.2.1.
[[nodiscard]] Result<Bytes> full_des_mac(ByteView key, ByteView message, ByteView initial = {});
// MAC algorithm 3: GPC 2.3.1 §B.1.2.2.
[[nodiscard]] Result<Bytes> retail_des_mac(ByteView key, ByteView message, ByteView initial = {});

// Keys that wrap keys: no padding, ECB for DES (GPC 2.3.1 §E.4.7), CBC from zeros for AES (SCP03 §6.2.8).
[[nodiscard]] Result<Bytes> wrap_sensitive(KeyAlgorithm algorithm, ByteView key, ByteView plain);
[[nodiscard]] Result<Secret> unwrap_sensitive(KeyAlgorithm algorithm, ByteView key, ByteView wrapped);

}  // namespace cose::scp::detail
