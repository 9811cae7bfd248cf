// SPDX-License-Identifier: Apache-2.0
// What the RSA files share: the checks of a modulus and of a block.
#pragma once

#include "crypto/detail/number.h"
#include "crypto/rsa.h"

namespace cose::crypto::detail {

[[nodiscard]] Result<Number> rsa_modulus_from(ByteView octets);
[[nodiscard]] Status check_rsa_modulus(const BIGNUM* modulus);
// Odd, 3 or more, below the modulus.
[[nodiscard]] Status check_rsa_exponent(const BIGNUM* exponent, const BIGNUM* modulus);
// The number that a block of the modulus's size is, when it is below the modulus.
[[nodiscard]] Result<Number> rsa_block_from(ByteView block, const BIGNUM* modulus);

}  // namespace cose::crypto::detail
