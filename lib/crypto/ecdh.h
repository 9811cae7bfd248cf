// SPDX-License-Identifier: Apache-2.0
// Diffie-Hellman on the curves of crypto/ec_key.h (SEC 1 §3.3, NIST SP 800-56A §5.7.1.2, BSI TR-03111 §4.3).
//
// What comes out is the shared secret before any key derivation: kdf.h does that. Errors: kInvalid when the keys are
// of different curves, kRefused when the result is the point at infinity.
#pragma once

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/secret.h"
#include "crypto/ec_key.h"

namespace cose::crypto {

// kCofactor multiplies by the curve's cofactor as well; on prime curves of cofactor 1 both are the same.
enum class EcdhKind { kPlain, kCofactor };

// The x coordinate of the shared point, field_size() octets.
[[nodiscard]] Result<Secret> ecdh(const EcPrivateKey& key, const EcPublicKey& peer, EcdhKind kind = EcdhKind::kPlain);
// The whole shared point, uncompressed: 04 | x | y.
[[nodiscard]] Result<Secret> ecdh_point(const EcPrivateKey& key, const EcPublicKey& peer,
                                        EcdhKind kind = EcdhKind::kPlain);

// The generic mapping of PACE (BSI TR-03110 part 2 §A.3.4.1): s G + H, as an uncompressed point. `nonce` holds s, which
// may be drawn by anybody, `point` is H, which both sides have agreed on.
[[nodiscard]] Result<Bytes> map_generic(const EcPrivateKey& nonce, const EcPublicKey& point);

}  // namespace cose::crypto
