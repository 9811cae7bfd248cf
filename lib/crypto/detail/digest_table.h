// SPDX-License-Identifier: Apache-2.0
// The facts of each hash function that more than one file needs.
#pragma once

#include <string_view>

#include "crypto/digest.h"

namespace cose::crypto::detail {

struct DigestRow {
  DigestKind kind;
  std::string_view name;
  const char* openssl_name;
  std::size_t size;
  std::size_t block_size;
  // The content octets of the object identifier (RFC 8017 §B.1, NIST CSOR, ISO/IEC 10118-3).
  std::string_view object_identifier;
};

[[nodiscard]] const DigestRow& digest_row(DigestKind kind);

}  // namespace cose::crypto::detail
