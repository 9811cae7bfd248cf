// SPDX-License-Identifier: Apache-2.0
#include "crypto/detail/number.h"

#include <string>

namespace cose::crypto::detail {

namespace {

// Each try succeeds with a chance of one half or more, so a good generator fails once in 2^128.
constexpr int kMaximumTries = 128;

ByteView without_leading_zeros(ByteView octets) {
  while (!octets.empty() && octets.front() == 0) octets = octets.subspan(1);
  return octets;
}

}  // namespace

Number new_number() {
  return Number(allocated(BN_new()));
}

Number number_of(BN_ULONG value) {
  auto number = new_number();
  if (BN_set_word(number.get(), value) != 1) throw std::bad_alloc();
  return number;
}

NumberContext new_number_context() {
  return NumberContext(allocated(BN_CTX_new()));
}

Number copy_of(const BIGNUM* number) {
  Number copy(allocated(BN_dup(number)));
  // BN_dup leaves the flag behind.
  if (BN_get_flags(number, BN_FLG_CONSTTIME) != 0) BN_set_flags(copy.get(), BN_FLG_CONSTTIME);
  return copy;
}

Result<Number> number_from(std::string_view what, ByteView octets, std::size_t maximum) {
  const auto significant = without_leading_zeros(octets);
  if (significant.size() > maximum) return wrong_size(what, "at most " + std::to_string(maximum), significant.size());
  return Number(allocated(BN_bin2bn(significant.data(), static_cast<int>(significant.size()), nullptr)));
}

Result<Number> secret_number_from(std::string_view what, ByteView octets, std::size_t maximum) {
  COSE_TRY(auto number, number_from(what, octets, maximum));
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

std::size_t octets_in(const BIGNUM* number) {
  return static_cast<std::size_t>(BN_num_bytes(number));
}

Bytes natural_octets(const BIGNUM* number) {
  return fixed_octets(number, BN_is_zero(number) ? 1 : octets_in(number));
}

Bytes fixed_octets(const BIGNUM* number, std::size_t size) {
  Bytes octets(size);
  COSE_ASSERT(BN_bn2binpad(number, octets.data(), static_cast<int>(size)) >= 0);
  return octets;
}

Secret secret_octets(const BIGNUM* number, std::size_t size) {
  Secret octets(size);
  COSE_ASSERT(BN_bn2binpad(number, octets.writable().data(), static_cast<int>(size)) >= 0);
  return octets;
}

Result<Number> random_below(const BIGNUM* bound, Rng& rng) {
  const auto bits = static_cast<unsigned>(BN_num_bits(bound));
  Secret drawn((bits + 7) / 8);
  const auto top_mask = static_cast<std::uint8_t>(bits % 8 == 0 ? 0xFF : (1U << bits % 8) - 1);
  for (int tries = 0; tries < kMaximumTries; ++tries) {
    COSE_CHECK(rng.fill(drawn.writable()));
    drawn.writable()[0] &= top_mask;
    COSE_TRY(auto number, secret_number_from("random number", drawn.view(), drawn.size()));
    if (!BN_is_zero(number.get()) && BN_cmp(number.get(), bound) < 0) return number;
  }
  return fail(ErrorKind::kInternal,
              "the generator gave no number in range in " + std::to_string(kMaximumTries) + " tries");
}

Result<Number> blinding_below(const BIGNUM* bound) {
  auto number = new_number();
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  do {
    if (BN_priv_rand_range(number.get(), bound) != 1) return openssl_failure("blinding");
  } while (BN_is_zero(number.get()));
  return number;
}

Result<bool> is_prime(const BIGNUM* number) {
  const auto context = new_number_context();
  const int answer = BN_check_prime(number, context.get(), nullptr);
  if (answer < 0) return openssl_failure("primality test");
  return answer == 1;
}

}  // namespace cose::crypto::detail
