// SPDX-License-Identifier: Apache-2.0
// ECDSA (FIPS 186-4 §6.4, SEC 1 §4.1) over a hash already computed.
//
// A hash longer than the order of the curve counts with its leftmost bits. Errors: kInvalid for what is no signature
// or no hash, kRefused for a signature that does not verify.
#pragma once

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "crypto/ec_key.h"

namespace cose::crypto {

// kDer: SEQUENCE { INTEGER r, INTEGER s } (RFC 3279 §2.2.3). kRaw: r | s, each of order_size() octets (BSI TR-03111
// §5.2.1).
enum class EcdsaForm { kDer, kRaw };

// The nonce is drawn from `rng` as EcPrivateKey::generate draws a scalar.
[[nodiscard]] Result<Bytes> sign_ecdsa(const EcPrivateKey& key, ByteView hash, Rng& rng, EcdsaForm form);
[[nodiscard]] Status verify_ecdsa(const EcPublicKey& key, ByteView hash, ByteView signature, EcdsaForm form);

// One form into the other.
[[nodiscard]] Result<Bytes> ecdsa_der(const EcCurve& curve, ByteView raw);
[[nodiscard]] Result<Bytes> ecdsa_raw(const EcCurve& curve, ByteView der);

}  // namespace cose::crypto
