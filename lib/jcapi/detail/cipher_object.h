// SPDX-License-Identifier: Apache-2.0
// A Cipher object used from C++: key objects decrypt what they are set to (javacardx.crypto.KeyEncryption).
#pragma once

#include "jcapi/detail/crypto_call.h"

namespace cose::jcapi::detail {

inline constexpr std::string_view kAeadCipherClass = "javacardx/crypto/AEADCipherImpl";

// Whether it is a Cipher of this library that can decrypt a key at once: all but AEADCipher.
[[nodiscard]] bool is_cipher(NativeCall& call, Reference object);
// doFinal() over `input`. Nothing: an exception is pending.
[[nodiscard]] std::optional<Secret> do_final(NativeCall& call, Reference cipher, ByteView input);
// How many octets `plain` octets of plaintext become, by the cipher's block and padding; zero: not one number.
[[nodiscard]] std::size_t encrypted_size(NativeCall& call, Reference cipher, std::size_t plain);

}  // namespace cose::jcapi::detail
