// SPDX-License-Identifier: Apache-2.0
// Filling a message up to whole blocks, and taking that away again.
//
// ISO/IEC 9797-1 §6.3: method 1 is zeros where needed, method 2 is 80 and then zeros. PKCS #7 (RFC 5652 §6.3; PKCS #5
// for blocks of 8) is n octets of value n. Sizes are octets; a block has 1 to 255.
//
// Errors: kInvalid; all bad paddings of one method give one message, so that it tells nothing about the plaintext.
#pragma once

#include <cstddef>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::crypto {

enum class Padding { kNone, kIso9797Method1, kIso9797Method2, kPkcs7 };

// Errors: kNone with a message that is not whole blocks.
[[nodiscard]] Result<Bytes> pad(Padding padding, std::size_t block_size, ByteView message);

// How many octets of `padded` are message. Method 1 leaves no mark of where the message ended, so nothing is removed:
// the reading of JCAPI 3.0.5 javacardx.crypto.Cipher.doFinal.
[[nodiscard]] Result<std::size_t> unpadded_size(Padding padding, std::size_t block_size, ByteView padded);

[[nodiscard]] Result<Bytes> unpad(Padding padding, std::size_t block_size, ByteView padded);

}  // namespace cose::crypto
