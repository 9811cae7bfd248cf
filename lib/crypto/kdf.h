// SPDX-License-Identifier: Apache-2.0
// Key derivation: X9.63 (SCP11, ECIES), the counter mode of SP 800-108 with CMAC (SCP03), HKDF.
//
// Sizes are octets, at most kMaximumDerived. Errors: kLimit beyond that or beyond what the function's counter can
// count, kInvalid for keys of the wrong size.
#pragma once

#include <cstddef>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/secret.h"
#include "crypto/block_cipher.h"
#include "crypto/digest.h"

namespace cose::crypto {

inline constexpr std::size_t kMaximumDerived = 8192;

// ANSI X9.63 (SEC 1 §3.6.1): H(secret | counter | shared_info), the counter four octets from 1.
[[nodiscard]] Result<Secret> x963_kdf(DigestKind kind, ByteView secret, ByteView shared_info, std::size_t size);

// SP 800-108 §5.1 (2009) leaves the order of the fields and the width of the counter to the protocol.
struct CounterInput {
  ByteView before;                 // the octets before the counter; SCP03: label, 00, L
  std::size_t counter_octets = 1;  // 1 to 4, counting from 1
  ByteView after;                  // the octets behind it; SCP03: context
};
[[nodiscard]] Result<Secret> counter_kdf_cmac(BlockCipherKind kind, ByteView key, const CounterInput& input,
                                              std::size_t size);

// RFC 5869: extract and expand.
[[nodiscard]] Result<Secret> hkdf(DigestKind kind, ByteView salt, ByteView secret, ByteView info, std::size_t size);

}  // namespace cose::crypto
