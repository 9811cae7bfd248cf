// SPDX-License-Identifier: Apache-2.0
// EC-SDSA, the Schnorr signature on an elliptic curve, in its optimised form: only the x-coordinate of the nonce's
// point goes under the hash.
//
// A signature is the hash and a number: digest_size() + order_size() octets. Errors: kInvalid for what is no signature,
// kRefused for one that does not verify. Source: ISO/IEC 14888-3:2018 §6.10; EMV 4.4 Book 2 §B2.4.
#pragma once

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "crypto/digest.h"
#include "crypto/ec_key.h"

namespace cose::crypto {

[[nodiscard]] Result<Bytes> sign_ec_sdsa(const EcPrivateKey& key, DigestKind digest, ByteView message, Rng& rng);
[[nodiscard]] Status verify_ec_sdsa(const EcPublicKey& key, DigestKind digest, ByteView message, ByteView signature);

}  // namespace cose::crypto
