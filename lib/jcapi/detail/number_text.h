// SPDX-License-Identifier: Apache-2.0
// Signed numbers as text, by the grammar of javacardx.framework.string.StringUtil (JC API 3.1): an optional minus sign,
// then a decimal numeral without leading zeros, or 0x, 0X or # and hexadecimal digits.
#pragma once

#include <optional>

#include "bytes/bytes.h"

namespace cose::jcapi::detail {

// Nothing: not of that form, or outside of a signed number of so many bits.
[[nodiscard]] std::optional<std::int64_t> parse_number(ByteView text, int bits);
[[nodiscard]] Bytes number_text(std::int64_t number);

}  // namespace cose::jcapi::detail
