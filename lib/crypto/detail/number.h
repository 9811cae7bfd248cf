// SPDX-License-Identifier: Apache-2.0
// Big numbers.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <openssl/bn.h>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "crypto/detail/openssl.h"

namespace cose::crypto::detail {

using Number = Handle<bignum_st>;
using NumberContext = std::unique_ptr<BN_CTX, Freer<BN_CTX_free>>;
using Montgomery = Handle<bn_mont_ctx_st>;

[[nodiscard]] Number new_number();
[[nodiscard]] Number number_of(BN_ULONG value);
[[nodiscard]] NumberContext new_number_context();
[[nodiscard]] Number copy_of(const BIGNUM* number);

// Big-endian octets; zeros in front do not count. Error: kInvalid beyond `maximum` octets.
[[nodiscard]] Result<Number> number_from(std::string_view what, ByteView octets, std::size_t maximum);
// The same, worked on in constant time from then on.
[[nodiscard]] Result<Number> secret_number_from(std::string_view what, ByteView octets, std::size_t maximum);

[[nodiscard]] std::size_t octets_in(const BIGNUM* number);
// As many octets as the number needs; one for zero.
[[nodiscard]] Bytes natural_octets(const BIGNUM* number);
// Padded with zeros in front. The number fits: the caller's promise.
[[nodiscard]] Bytes fixed_octets(const BIGNUM* number, std::size_t size);
[[nodiscard]] Secret secret_octets(const BIGNUM* number, std::size_t size);

// 1 <= number < bound. Takes as many octets as `bound` has from the generator, clears the bits above bound's highest,
// and tries again while the result is out of range, so that a known generator gives a known number.
[[nodiscard]] Result<Number> random_below(const BIGNUM* bound, Rng& rng);

// The same range, from OpenSSL's own generator: for blinding, which no result depends on.
[[nodiscard]] Result<Number> blinding_below(const BIGNUM* bound);

[[nodiscard]] Result<bool> is_prime(const BIGNUM* number);

}  // namespace cose::crypto::detail
