// SPDX-License-Identifier: Apache-2.0
// Hexadecimal, both ways. Upper case out; either case in.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose {

[[nodiscard]] std::string to_hex(ByteView octets);
void append_hex(std::string& to, ByteView octets);

// Digits only. Errors: odd count, or the first character that is no digit with its position.
[[nodiscard]] Result<Bytes> from_hex(std::string_view text);

// As people write it: digits with spaces, tabs, colons or line ends anywhere between octets.
[[nodiscard]] Result<Bytes> from_loose_hex(std::string_view text);

// The value of one digit, or -1.
[[nodiscard]] int hex_digit(char character);

namespace literals {

// "00A40400"_hex for constants in code and tests. The text is a programmer's: a bad one breaks a promise.
[[nodiscard]] Bytes operator""_hex(const char* text, std::size_t size);

}  // namespace literals

}  // namespace cose
