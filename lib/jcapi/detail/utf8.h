// SPDX-License-Identifier: Apache-2.0
// Characters of UTF-8 texts (RFC 3629) for javacardx.framework.string, which counts an ill-formed sequence as one
// character: here the longest start of a well-formed one, or a single octet, as the Unicode Standard §3.9 recommends.
#pragma once

#include <optional>

#include "bytes/bytes.h"

namespace cose::jcapi::detail {

struct Character {
  std::size_t size = 0;                     // octets; at least one
  std::optional<std::uint32_t> code_point;  // nothing: ill-formed
};

// The one that starts with the first octet of a text that is not empty.
[[nodiscard]] Character first_character(ByteView text);

[[nodiscard]] bool is_well_formed(ByteView text);
[[nodiscard]] std::size_t count_characters(ByteView text);
// Where the character starts that `end` octets of the text end with; `end` is not zero. One that `end` cuts counts as
// ill-formed.
[[nodiscard]] std::size_t start_of_last(ByteView text, std::size_t end);
// How many octets the first `count` characters are; nothing when there are not so many.
[[nodiscard]] std::optional<std::size_t> size_of_characters(ByteView text, std::size_t count);

void append_utf8(Bytes& text, std::uint32_t code_point);

}  // namespace cose::jcapi::detail
