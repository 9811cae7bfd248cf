// SPDX-License-Identifier: Apache-2.0
// Pre-shared keys of TLS (external PSKs, RFC 8446 §2.2, RFC 9257) in a file: who has no certificate proves by one who
// he is.
//
//   # comment
//   IDENTITY:HEX                of 1 to 128 printable characters without colon, and 16 to 64 octets
//
// The file belongs to its owner alone: one that others may read or write is refused. Keys are Secrets; a table is
// immutable and may be read by any thread. Errors: kNotFound, kRefused (rights), kInvalid with the line.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "bytes/result.h"
#include "bytes/secret.h"

namespace cose::net {

inline constexpr std::size_t kMaximumPskIdentity = 128;  // OpenSSL's own bound
inline constexpr std::size_t kShortestPsk = 16;          // RFC 9257 §6: 128 bits
inline constexpr std::size_t kLongestPsk = 64;
inline constexpr std::size_t kMaximumPskFile = 4U << 20;

using PskTable = std::map<std::string, Secret, std::less<>>;

[[nodiscard]] Result<PskTable> parse_psk_table(std::string_view text, std::string_view origin);
[[nodiscard]] Result<PskTable> load_psk_file(const std::string& file);

}  // namespace cose::net
