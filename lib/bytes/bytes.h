// SPDX-License-Identifier: Apache-2.0
// Octets: the one vocabulary of all buffers.
//
// `Bytes` owns, `ByteView` borrows for the length of a call. A view that outlives the call is the caller's mistake;
// functions that keep octets take or return `Bytes`.
//
// This library's namespace is `cose` itself: its words (Bytes, Result, Clock) stand in nearly every signature.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cose {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using MutableByteView = std::span<std::uint8_t>;

// The octets of a text, not copied.
[[nodiscard]] ByteView as_bytes(std::string_view text);

// The text made of these octets, not copied.
[[nodiscard]] std::string_view as_text(ByteView octets);

[[nodiscard]] Bytes to_bytes(ByteView octets);

// Content comparison for public data; secrets are compared with constant_time_equal (bytes/secret.h).
[[nodiscard]] bool equal(ByteView left, ByteView right);

void append(Bytes& to, ByteView octets);

template <typename... Parts>
[[nodiscard]] Bytes concat(const Parts&... parts) {
  Bytes joined;
  joined.reserve((ByteView(parts).size() + ... + 0));
  (append(joined, ByteView(parts)), ...);
  return joined;
}

}  // namespace cose
