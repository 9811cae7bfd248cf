// SPDX-License-Identifier: Apache-2.0
// RSA signatures of ISO/IEC 9796-2, scheme 1 (chapter 8), with trailer field BC: the message, or the beginning of one
// too long, is in the signature and comes out when it is verified. EMV certificates are such signatures (EMV Book 2
// annex A2).
//
// The hash is over the whole message. Sizes are octets. Errors: kInvalid for sizes, kRefused for a signature that does
// not open.
#pragma once

#include <cstddef>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/digest.h"
#include "crypto/rsa.h"

namespace cose::crypto {

// How much of a message fits into a signature of a key of `modulus` octets. Zero: the key is too short.
[[nodiscard]] std::size_t iso9796_capacity(DigestKind kind, std::size_t modulus);

enum class Recovery { kTotal, kPartial };

struct Iso9796Content {
  Recovery recovery = Recovery::kTotal;
  Bytes recovered;  // the message, or its first iso9796_capacity() octets
  Bytes hash;
};

// content.recovered has exactly the capacity when recovery is partial, at most that otherwise.
[[nodiscard]] Result<Bytes> sign_iso9796(const RsaPrivateKey& key, DigestKind kind, const Iso9796Content& content);
// What the signature says; the caller compares the hash with that of the whole message.
[[nodiscard]] Result<Iso9796Content> open_iso9796(const RsaPublicKey& key, DigestKind kind, ByteView signature);

}  // namespace cose::crypto
