// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>

#include "crypto/detail/rsa_numbers.h"
#include "crypto/rsa.h"

namespace cose::crypto {

namespace {

using detail::Number;

// About one odd number of k bits in k/3 is prime; this many tries per bit fail less than once in 10^12, even when e = 3
// rejects half of the primes.
constexpr std::size_t kTriesPerBit = 20;

struct PrimeSearch {
  std::size_t bits;
  std::uint64_t public_exponent;
  const BIGNUM* other;  // the prime already found, or null
};

Result<Number> difference(const BIGNUM* left, const BIGNUM* right) {
  auto result = detail::new_number();
  BN_set_flags(result.get(), BN_FLG_CONSTTIME);
  if (BN_sub(result.get(), left, right) != 1) return detail::openssl_failure("RSA key generation");
  return result;
}

// Whether candidate - 1 and e have no common divisor, from the remainder alone: a division costs less than a gcd.
bool is_prime_to(const BIGNUM* candidate, std::uint64_t e) {
  const std::uint64_t remainder = BN_mod_word(candidate, e);
  return std::gcd(remainder == 0 ? e - 1 : remainder - 1, e) == 1;
}

// FIPS 186-4 §B.3.3 steps 4.5 and 5.4 to 5.6: far enough from the other prime, and p-1 prime to e.
Result<bool> is_suitable(const BIGNUM* candidate, const PrimeSearch& search) {
  if (search.other != nullptr) {
    COSE_TRY(const auto gap, difference(candidate, search.other));
    if (BN_num_bits(gap.get()) <= static_cast<int>(search.bits) - 100) return false;
  }
  if (!is_prime_to(candidate, search.public_exponent)) return false;
  return detail::is_prime(candidate);
}

Result<Number> find_prime(const PrimeSearch& search, Rng& rng) {
  Secret drawn(search.bits / 8);
  for (std::size_t tries = 0; tries < kTriesPerBit * search.bits; ++tries) {
    COSE_CHECK(rng.fill(drawn.writable()));
    // Odd, and the two highest bits set: two such primes always multiply to exactly twice as many bits.
    drawn.writable().front() |= 0xC0;
    drawn.writable().back() |= 0x01;
    COSE_TRY(auto candidate, detail::secret_number_from("RSA prime", drawn.view(), drawn.size()));
    COSE_TRY(const bool found, is_suitable(candidate.get(), search));
    if (found) return candidate;
  }
  return fail(ErrorKind::kInternal, "the generator gave no prime of " + std::to_string(search.bits) + " bits");
}

// The inverse of e modulo prime - 1: of d that is the remainder.
Result<Number> crt_exponent(const BIGNUM* e, const BIGNUM* prime) {
  COSE_TRY(const auto less, difference(prime, BN_value_one()));
  const auto context = detail::new_number_context();
  Number found(BN_mod_inverse(nullptr, e, less.get(), context.get()));
  if (found == nullptr) return detail::openssl_failure("RSA key generation");
  return found;
}

}  // namespace

Result<RsaPrivateKey> RsaPrivateKey::generate(std::size_t bits, Rng& rng, std::uint64_t public_exponent) {
  if (bits < kMinimumRsaBits || bits > kMaximumRsaBits || bits % 16 != 0)
    return fail(ErrorKind::kInvalid, "RSA key size: expected a multiple of 16 from " + std::to_string(kMinimumRsaBits) +
                                         " to " + std::to_string(kMaximumRsaBits) + " bits, found " +
                                         std::to_string(bits));
  if (public_exponent < 3 || public_exponent % 2 == 0)
    return fail(ErrorKind::kInvalid,
                "RSA public exponent: expected an odd number of 3 or more, found " + std::to_string(public_exponent));
  COSE_TRY(auto p, find_prime({bits / 2, public_exponent, nullptr}, rng));
  COSE_TRY(auto q, find_prime({bits / 2, public_exponent, p.get()}, rng));
  const auto e = detail::number_of(public_exponent);
  // RFC 8017 asks for no order; many readers expect p > q.
  if (BN_cmp(p.get(), q.get()) < 0) std::swap(p, q);
  COSE_TRY(const auto dp, crt_exponent(e.get(), p.get()));
  COSE_TRY(const auto dq, crt_exponent(e.get(), q.get()));
  const auto context = detail::new_number_context();
  const Number coefficient(BN_mod_inverse(nullptr, q.get(), p.get(), context.get()));
  if (coefficient == nullptr) return detail::openssl_failure("RSA key generation");
  const auto octets = [&](const Number& number) { return detail::secret_octets(number.get(), bits / 16); };
  return from_crt({octets(p), octets(q), octets(dp), octets(dq), octets(coefficient)});
}

}  // namespace cose::crypto
