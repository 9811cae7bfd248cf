// SPDX-License-Identifier: Apache-2.0
// Diffie-Hellman groups for who gives none: RFC 2409 §6.2 (1024 bits), RFC 3526 §3 (2048 bits).
#pragma once

#include <cstdint>

#include "crypto/dh.h"

namespace cose::jcapi::detail {

// Null: none of this size.
[[nodiscard]] const crypto::DhDomain* modp_group(std::uint16_t bits);

}  // namespace cose::jcapi::detail
