// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "crypto/detail/rsa_numbers.h"
#include "crypto/rsa.h"

namespace cose::crypto {

Status detail::check_rsa_modulus(const BIGNUM* modulus) {
  const auto bits = static_cast<std::size_t>(BN_num_bits(modulus));
  if (bits < kMinimumRsaBits || bits > kMaximumRsaBits)
    return fail(ErrorKind::kInvalid, "RSA modulus: expected " + std::to_string(kMinimumRsaBits) + " to " +
                                         std::to_string(kMaximumRsaBits) + " bits, found " + std::to_string(bits));
  if (!BN_is_odd(modulus)) return fail(ErrorKind::kInvalid, "RSA modulus: expected an odd number, found an even one");
  return {};
}

Result<detail::Number> detail::rsa_modulus_from(ByteView octets) {
  COSE_TRY(auto modulus, number_from("RSA modulus", octets, kMaximumRsaBits / 8));
  COSE_CHECK(check_rsa_modulus(modulus.get()));
  return modulus;
}

Status detail::check_rsa_exponent(const BIGNUM* exponent, const BIGNUM* modulus) {
  // RFC 8017 §3.1: 3 to n-1, and prime to lambda(n), which is even.
  if (!BN_is_odd(exponent) || BN_is_one(exponent))
    return fail(ErrorKind::kInvalid, "RSA public exponent: expected an odd number of 3 or more");
  if (BN_cmp(exponent, modulus) >= 0)
    return fail(ErrorKind::kInvalid, "RSA public exponent: expected a number below the modulus");
  return {};
}

Result<detail::Number> detail::rsa_block_from(ByteView block, const BIGNUM* modulus) {
  COSE_CHECK(expect_size("RSA block", octets_in(modulus), block.size()));
  COSE_TRY(auto number, number_from("RSA block", block, block.size()));
  // RFC 8017 §5.1.1 step 1: a representative out of range is an error, not a value to reduce.
  if (BN_cmp(number.get(), modulus) >= 0)
    return fail(ErrorKind::kInvalid, "RSA block: expected a number below the modulus");
  return number;
}

RsaPublicKey::RsaPublicKey(Handle<bignum_st> modulus, Handle<bignum_st> exponent, Handle<bn_mont_ctx_st> montgomery)
    : modulus_(std::move(modulus)), exponent_(std::move(exponent)), montgomery_(std::move(montgomery)) {}

Result<RsaPublicKey> RsaPublicKey::create(ByteView modulus, ByteView exponent) {
  COSE_TRY(auto n, detail::rsa_modulus_from(modulus));
  COSE_TRY(auto e, detail::number_from("RSA public exponent", exponent, kMaximumRsaBits / 8));
  COSE_CHECK(detail::check_rsa_exponent(e.get(), n.get()));
  detail::Montgomery montgomery(detail::allocated(BN_MONT_CTX_new()));
  const auto context = detail::new_number_context();
  if (BN_MONT_CTX_set(montgomery.get(), n.get(), context.get()) != 1) return detail::openssl_failure("RSA modulus");
  return RsaPublicKey(std::move(n), std::move(e), std::move(montgomery));
}

std::size_t RsaPublicKey::bits() const {
  return static_cast<std::size_t>(BN_num_bits(modulus_.get()));
}

std::size_t RsaPublicKey::size() const {
  return detail::octets_in(modulus_.get());
}

Bytes RsaPublicKey::modulus() const {
  return detail::natural_octets(modulus_.get());
}

Bytes RsaPublicKey::exponent() const {
  return detail::natural_octets(exponent_.get());
}

Result<Bytes> RsaPublicKey::apply(ByteView block) const {
  COSE_TRY(const auto base, detail::rsa_block_from(block, modulus_.get()));
  const auto context = detail::new_number_context();
  const auto power = detail::new_number();
  if (BN_mod_exp_mont(power.get(), base.get(), exponent_.get(), modulus_.get(), context.get(), montgomery_.get()) != 1)
    return detail::openssl_failure("RSA public operation");
  return detail::fixed_octets(power.get(), size());
}

Result<Bytes> power_modulo(ByteView base, ByteView exponent, ByteView modulus) {
  COSE_TRY(const auto m, detail::number_from("modulus", modulus, kMaximumRsaBits / 8));
  COSE_TRY(const auto b, detail::number_from("base", base, kMaximumRsaBits / 8));
  COSE_TRY(const auto e, detail::number_from("exponent", exponent, kMaximumRsaBits / 8));
  if (BN_is_zero(m.get()) || BN_is_one(m.get())) return fail(ErrorKind::kInvalid, "modulus: expected 2 or more");
  const auto context = detail::new_number_context();
  const auto power = detail::new_number();
  if (BN_mod_exp(power.get(), b.get(), e.get(), m.get(), context.get()) != 1)
    return detail::openssl_failure("modular exponentiation");
  return detail::fixed_octets(power.get(), detail::octets_in(m.get()));
}

}  // namespace cose::crypto
