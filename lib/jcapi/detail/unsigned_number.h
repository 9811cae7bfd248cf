// SPDX-License-Identifier: Apache-2.0
// Unsigned numbers of any length as big-endian octets, and packed BCD, for javacardx.framework.math.
//
// Results have no leading zero octets, zero is one octet. All functions take any number of leading zeros.
#pragma once

#include <optional>

#include "bytes/bytes.h"

namespace cose::jcapi::detail {

[[nodiscard]] ByteView without_leading_zeros(ByteView number);

[[nodiscard]] int compare(ByteView left, ByteView right);  // -1, 0, 1
[[nodiscard]] Bytes sum(ByteView left, ByteView right);
// Nothing when it would be negative.
[[nodiscard]] std::optional<Bytes> difference(ByteView left, ByteView right);
[[nodiscard]] Bytes product(ByteView left, ByteView right);

// Two decimal digits an octet.
[[nodiscard]] bool is_bcd(ByteView digits);
// Of well-formed BCD. Nothing when the number needs more than `limit` octets.
[[nodiscard]] std::optional<Bytes> from_bcd(ByteView digits, std::size_t limit);
// An odd number of digits starts with the digit 0.
[[nodiscard]] Bytes to_bcd(ByteView number);

}  // namespace cose::jcapi::detail
