// SPDX-License-Identifier: Apache-2.0
#include "crypto/dh.h"

#include <string>
#include <utility>

#include "crypto/detail/number.h"

namespace cose::crypto {

using detail::Number;

struct DhPrivateKey::Numbers {
  Number p, g, q, value;

  // Private values lie below this.
  [[nodiscard]] Result<Number> bound() const {
    if (q != nullptr) return detail::copy_of(q.get());
    auto less = detail::copy_of(p.get());
    if (BN_sub_word(less.get(), 1) != 1) return detail::openssl_failure("Diffie-Hellman");
    return less;
  }
};

namespace {

// 2 <= number <= p - 2: neither 0, 1 nor p - 1, whose powers everybody knows.
Status expect_element(std::string_view what, const BIGNUM* number, const BIGNUM* p) {
  const auto above = detail::copy_of(number);
  if (BN_add_word(above.get(), 1) != 1) return detail::openssl_failure("Diffie-Hellman");
  if (BN_is_zero(number) || BN_is_one(number) || BN_cmp(above.get(), p) >= 0)
    return fail(ErrorKind::kInvalid, std::string(what) + ": expected 2 to p - 2");
  return {};
}

Result<Number> power(const BIGNUM* base, const BIGNUM* exponent, const BIGNUM* p) {
  const auto context = detail::new_number_context();
  auto result = detail::new_number();
  if (BN_mod_exp_mont_consttime(result.get(), base, exponent, p, context.get(), nullptr) != 1)
    return detail::openssl_failure("Diffie-Hellman");
  return result;
}

}  // namespace

DhPrivateKey::DhPrivateKey(Numbers numbers)
    : p_(std::move(numbers.p)), g_(std::move(numbers.g)), q_(std::move(numbers.q)), value_(std::move(numbers.value)) {}

Result<DhPrivateKey::Numbers> DhPrivateKey::numbers_of(const DhDomain& domain) {
  Numbers numbers;
  COSE_TRY(numbers.p, detail::number_from("Diffie-Hellman p", domain.p, kMaximumDhBits / 8));
  const auto bits = static_cast<std::size_t>(BN_num_bits(numbers.p.get()));
  if (bits < kMinimumDhBits || !BN_is_odd(numbers.p.get()))
    return fail(ErrorKind::kInvalid, "Diffie-Hellman p: expected an odd number of " + std::to_string(kMinimumDhBits) +
                                         " to " + std::to_string(kMaximumDhBits) + " bits");
  COSE_TRY(numbers.g, detail::number_from("Diffie-Hellman g", domain.g, kMaximumDhBits / 8));
  COSE_CHECK(expect_element("Diffie-Hellman g", numbers.g.get(), numbers.p.get()));
  if (domain.q.empty()) return numbers;
  COSE_TRY(numbers.q, detail::number_from("Diffie-Hellman q", domain.q, kMaximumDhBits / 8));
  COSE_CHECK(expect_element("Diffie-Hellman q", numbers.q.get(), numbers.p.get()));
  return numbers;
}

Result<DhPrivateKey> DhPrivateKey::create(const DhDomain& domain, ByteView value) {
  COSE_TRY(auto numbers, numbers_of(domain));
  COSE_TRY(numbers.value, detail::secret_number_from("Diffie-Hellman private value", value, kMaximumDhBits / 8));
  COSE_TRY(const auto bound, numbers.bound());
  if (BN_is_zero(numbers.value.get()) || BN_cmp(numbers.value.get(), bound.get()) >= 0)
    return fail(ErrorKind::kInvalid,
                "Diffie-Hellman private value: expected 1 to " + std::string(numbers.q != nullptr ? "q - 1" : "p - 2"));
  return DhPrivateKey(std::move(numbers));
}

Result<DhPrivateKey> DhPrivateKey::generate(const DhDomain& domain, Rng& rng) {
  COSE_TRY(auto numbers, numbers_of(domain));
  COSE_TRY(const auto bound, numbers.bound());
  COSE_TRY(numbers.value, detail::random_below(bound.get(), rng));
  return DhPrivateKey(std::move(numbers));
}

std::size_t DhPrivateKey::size() const {
  return detail::octets_in(p_.get());
}

Secret DhPrivateKey::value() const {
  return detail::secret_octets(value_.get(), size());
}

Result<Bytes> DhPrivateKey::public_value() const {
  COSE_TRY(const auto result, power(g_.get(), value_.get(), p_.get()));
  return detail::fixed_octets(result.get(), size());
}

Result<Secret> DhPrivateKey::agree(ByteView peer) const {
  COSE_TRY(const auto y, detail::number_from("Diffie-Hellman public value", peer, size()));
  COSE_CHECK(expect_element("Diffie-Hellman public value", y.get(), p_.get()));
  if (q_ != nullptr) {
    COSE_TRY(const auto one, power(y.get(), q_.get(), p_.get()));
    if (!BN_is_one(one.get())) return fail(ErrorKind::kInvalid, "Diffie-Hellman public value: not of order q");
  }
  COSE_TRY(const auto shared, power(y.get(), value_.get(), p_.get()));
  if (BN_is_one(shared.get())) return fail(ErrorKind::kRefused, "the Diffie-Hellman secret is 1");
  return detail::secret_octets(shared.get(), size());
}

}  // namespace cose::crypto
