// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "crypto/detail/rsa_numbers.h"
#include "crypto/rsa.h"

namespace cose::crypto {

using detail::Number;

// Null: not known.
struct RsaPrivateKey::Numbers {
  Number n, e, d, p, q, dp, dq, q_inverse;
};

namespace {

constexpr std::string_view kPrivateOperation = "RSA private operation";

// OpenSSL's view of a list of numbers. It wipes what OpenSSL's own builder would leave in freed memory.
class NumberParameters {
 public:
  void add(const char* name, const Number& number) {
    if (number == nullptr) return;
    Secret octets(std::max<std::size_t>(detail::octets_in(number.get()), 1));
    // Parameters hold numbers in the machine's order.
    COSE_ASSERT(BN_bn2nativepad(number.get(), octets.writable().data(), static_cast<int>(octets.size())) >= 0);
    parameters_.push_back(OSSL_PARAM_construct_BN(name, octets.writable().data(), octets.size()));
    storage_.push_back(std::move(octets));
  }
  [[nodiscard]] OSSL_PARAM* finish() {
    parameters_.push_back(OSSL_PARAM_construct_end());
    return parameters_.data();
  }

 private:
  std::vector<OSSL_PARAM> parameters_;
  std::vector<Secret> storage_;
};

Result<Handle<evp_pkey_st>> make_key(NumberParameters parameters) {
  const detail::KeyContext context(detail::allocated(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr)));
  EVP_PKEY* made = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, parameters.finish()) != 1)
    return detail::openssl_failure("RSA key", ErrorKind::kInvalid);
  return Handle<evp_pkey_st>(made);
}

Result<Number> secret_power(const BIGNUM* base, const BIGNUM* exponent, const BIGNUM* modulus) {
  const auto context = detail::new_number_context();
  auto power = detail::new_number();
  if (BN_mod_exp_mont_consttime(power.get(), base, exponent, modulus, context.get(), nullptr) != 1)
    return detail::openssl_failure(kPrivateOperation);
  return power;
}

// Whether (2^d)^e is 2 again: the two exponents undo each other.
Result<bool> undoes(const BIGNUM* two_to_d, const BIGNUM* e, const BIGNUM* n) {
  const auto context = detail::new_number_context();
  const auto power = detail::new_number();
  if (BN_mod_exp_mont(power.get(), two_to_d, e, n, context.get(), nullptr) != 1)
    return detail::openssl_failure("RSA public exponent");
  return BN_is_word(power.get(), 2) == 1;
}

Result<Number> usual_exponent(const BIGNUM* two_to_d, const BIGNUM* n) {
  constexpr BN_ULONG kUsual[] = {65537, 3, 17, 5, 257};
  for (const auto value : kUsual) {
    auto e = detail::number_of(value);
    COSE_TRY(const bool found, undoes(two_to_d, e.get(), n));
    if (found) return e;
  }
  return Number();
}

Result<Number> minus_one(const Number& number) {
  auto less = detail::copy_of(number.get());
  if (BN_sub_word(less.get(), 1) != 1) return detail::openssl_failure("RSA prime");
  return less;
}

Result<Number> inverse(std::string_view what, const Number& number, const Number& modulus) {
  const auto context = detail::new_number_context();
  Number found(BN_mod_inverse(nullptr, number.get(), modulus.get(), context.get()));
  if (found == nullptr) return detail::refusal(ErrorKind::kInvalid, std::string(what) + " has no inverse");
  BN_set_flags(found.get(), BN_FLG_CONSTTIME);
  return found;
}

Status expect_inverses(std::string_view what, const Number& left, const Number& right, const Number& modulus) {
  const auto context = detail::new_number_context();
  const auto product = detail::new_number();
  if (BN_mod_mul(product.get(), left.get(), right.get(), modulus.get(), context.get()) != 1)
    return detail::openssl_failure(what);
  if (BN_is_one(product.get())) return {};
  return fail(ErrorKind::kInvalid, std::string(what) + " does not belong to the other components");
}

Result<Number> component(std::string_view what, const Secret& octets) {
  COSE_TRY(auto number, detail::secret_number_from(what, octets.view(), kMaximumRsaBits / 8));
  if (BN_is_zero(number.get()) || BN_is_one(number.get()))
    return fail(ErrorKind::kInvalid, std::string(what) + ": expected a number above 1");
  return number;
}

Result<Number> prime(std::string_view what, const Secret& octets) {
  COSE_TRY(auto number, component(what, octets));
  if (!BN_is_odd(number.get())) return fail(ErrorKind::kInvalid, std::string(what) + ": expected an odd number");
  return number;
}

}  // namespace

RsaPrivateKey::RsaPrivateKey(Numbers numbers, Handle<evp_pkey_st> key)
    : modulus_(std::move(numbers.n)),
      public_exponent_(std::move(numbers.e)),
      private_exponent_(std::move(numbers.d)),
      key_(std::move(key)) {}

Result<RsaPrivateKey> RsaPrivateKey::with_exponents(ByteView modulus, ByteView private_exponent,
                                                    const ByteView* public_exponent) {
  Numbers numbers;
  COSE_TRY(numbers.n, detail::rsa_modulus_from(modulus));
  COSE_TRY(numbers.d, detail::secret_number_from("RSA private exponent", private_exponent, kMaximumRsaBits / 8));
  if (BN_is_zero(numbers.d.get()) || BN_is_one(numbers.d.get()) || BN_cmp(numbers.d.get(), numbers.n.get()) >= 0)
    return fail(ErrorKind::kInvalid, "RSA private exponent: expected a number above 1 and below the modulus");

  const auto two = detail::number_of(2);
  COSE_TRY(const auto two_to_d, secret_power(two.get(), numbers.d.get(), numbers.n.get()));
  if (public_exponent != nullptr) {
    COSE_TRY(numbers.e, detail::number_from("RSA public exponent", *public_exponent, kMaximumRsaBits / 8));
    COSE_CHECK(detail::check_rsa_exponent(numbers.e.get(), numbers.n.get()));
    COSE_TRY(const bool fits, undoes(two_to_d.get(), numbers.e.get(), numbers.n.get()));
    if (!fits) return fail(ErrorKind::kInvalid, "the RSA exponents do not belong together");
  } else {
    COSE_TRY(numbers.e, usual_exponent(two_to_d.get(), numbers.n.get()));
  }
  if (numbers.e == nullptr) return RsaPrivateKey(std::move(numbers), nullptr);

  NumberParameters parameters;
  parameters.add(OSSL_PKEY_PARAM_RSA_N, numbers.n);
  parameters.add(OSSL_PKEY_PARAM_RSA_E, numbers.e);
  parameters.add(OSSL_PKEY_PARAM_RSA_D, numbers.d);
  COSE_TRY(auto key, make_key(std::move(parameters)));
  return RsaPrivateKey(std::move(numbers), std::move(key));
}

Result<RsaPrivateKey> RsaPrivateKey::create(ByteView modulus, ByteView private_exponent) {
  return with_exponents(modulus, private_exponent, nullptr);
}

Result<RsaPrivateKey> RsaPrivateKey::create(ByteView modulus, ByteView public_exponent, ByteView private_exponent) {
  return with_exponents(modulus, private_exponent, &public_exponent);
}

Result<RsaPrivateKey> RsaPrivateKey::from_crt(const RsaCrtComponents& components) {
  Numbers numbers;
  COSE_TRY(numbers.p, prime("RSA prime p", components.p));
  COSE_TRY(numbers.q, prime("RSA prime q", components.q));
  COSE_TRY(numbers.dp, component("RSA exponent dp", components.dp));
  COSE_TRY(numbers.dq, component("RSA exponent dq", components.dq));
  COSE_TRY(numbers.q_inverse,
           detail::secret_number_from("RSA coefficient", components.q_inverse.view(), kMaximumRsaBits / 8));

  const auto context = detail::new_number_context();
  numbers.n = detail::new_number();
  if (BN_mul(numbers.n.get(), numbers.p.get(), numbers.q.get(), context.get()) != 1)
    return detail::openssl_failure("RSA modulus");
  COSE_CHECK(detail::check_rsa_modulus(numbers.n.get()));

  COSE_TRY(const auto p_less, minus_one(numbers.p));
  COSE_TRY(const auto q_less, minus_one(numbers.q));
  COSE_TRY(numbers.e, inverse("RSA exponent dp", numbers.dp, p_less));
  COSE_CHECK(detail::check_rsa_exponent(numbers.e.get(), numbers.n.get()));
  COSE_CHECK(expect_inverses("RSA exponent dq", numbers.e, numbers.dq, q_less));
  COSE_CHECK(expect_inverses("RSA coefficient", numbers.q, numbers.q_inverse, numbers.p));

  const auto totient = detail::new_number();
  BN_set_flags(totient.get(), BN_FLG_CONSTTIME);
  if (BN_mul(totient.get(), p_less.get(), q_less.get(), context.get()) != 1)
    return detail::openssl_failure("RSA private exponent");
  COSE_TRY(numbers.d, inverse("RSA public exponent", numbers.e, totient));

  NumberParameters parameters;
  parameters.add(OSSL_PKEY_PARAM_RSA_N, numbers.n);
  parameters.add(OSSL_PKEY_PARAM_RSA_E, numbers.e);
  parameters.add(OSSL_PKEY_PARAM_RSA_D, numbers.d);
  parameters.add(OSSL_PKEY_PARAM_RSA_FACTOR1, numbers.p);
  parameters.add(OSSL_PKEY_PARAM_RSA_FACTOR2, numbers.q);
  parameters.add(OSSL_PKEY_PARAM_RSA_EXPONENT1, numbers.dp);
  parameters.add(OSSL_PKEY_PARAM_RSA_EXPONENT2, numbers.dq);
  parameters.add(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, numbers.q_inverse);
  COSE_TRY(auto key, make_key(std::move(parameters)));
  return RsaPrivateKey(std::move(numbers), std::move(key));
}

std::size_t RsaPrivateKey::bits() const {
  return static_cast<std::size_t>(BN_num_bits(modulus_.get()));
}

std::size_t RsaPrivateKey::size() const {
  return detail::octets_in(modulus_.get());
}

Bytes RsaPrivateKey::modulus() const {
  return detail::natural_octets(modulus_.get());
}

Secret RsaPrivateKey::private_exponent() const {
  return detail::secret_octets(private_exponent_.get(), size());
}

Result<RsaPublicKey> RsaPrivateKey::public_key() const {
  if (public_exponent_ == nullptr) return fail(ErrorKind::kNotFound, "the RSA public exponent is unknown");
  return RsaPublicKey::create(modulus(), detail::natural_octets(public_exponent_.get()));
}

Result<RsaCrtComponents> RsaPrivateKey::crt() const {
  constexpr const char* kNames[] = {OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
                                    OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
                                    OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
  std::vector<Number> numbers;
  auto width = (size() + 1) / 2;
  for (const char* name : kNames) {
    BIGNUM* found = nullptr;
    if (key_ == nullptr || EVP_PKEY_get_bn_param(key_.get(), name, &found) != 1)
      return detail::refusal(ErrorKind::kNotFound, "the RSA key was made without its primes");
    numbers.emplace_back(found);
    width = std::max(width, detail::octets_in(found));
  }
  const auto at = [&](std::size_t index) { return detail::secret_octets(numbers[index].get(), width); };
  return RsaCrtComponents{at(0), at(1), at(2), at(3), at(4)};
}

Result<Secret> RsaPrivateKey::apply(ByteView block) const {
  COSE_TRY(const auto checked, detail::rsa_block_from(block, modulus_.get()));
  if (key_ == nullptr) return apply_unknown_exponent(block);
  const detail::KeyContext context(detail::allocated(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr)));
  Secret power(size());
  auto written = power.size();
  // "Decrypting without padding" is the bare exponentiation; OpenSSL blinds it and checks a result from the primes.
  if (EVP_PKEY_decrypt_init(context.get()) != 1 || EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) != 1 ||
      EVP_PKEY_decrypt(context.get(), power.writable().data(), &written, block.data(), block.size()) != 1)
    return detail::openssl_failure(kPrivateOperation);
  COSE_ASSERT(written == power.size());
  return power;
}

// Without e the usual blinding factor s^e cannot be made, so s^d is computed and divided out: (m s)^d / s^d.
Result<Secret> RsaPrivateKey::apply_unknown_exponent(ByteView block) const {
  const auto* n = modulus_.get();
  const auto* d = private_exponent_.get();
  COSE_TRY(const auto base, detail::rsa_block_from(block, n));
  COSE_TRY(const auto factor, detail::blinding_below(n));
  COSE_TRY(const auto factor_power, secret_power(factor.get(), d, n));
  const auto context = detail::new_number_context();
  const auto blinded = detail::new_number();
  const Number divisor(BN_mod_inverse(nullptr, factor_power.get(), n, context.get()));
  if (divisor == nullptr || BN_mod_mul(blinded.get(), base.get(), factor.get(), n, context.get()) != 1)
    return detail::openssl_failure(kPrivateOperation);
  COSE_TRY(const auto power, secret_power(blinded.get(), d, n));
  if (BN_mod_mul(power.get(), power.get(), divisor.get(), n, context.get()) != 1)
    return detail::openssl_failure(kPrivateOperation);
  return detail::secret_octets(power.get(), size());
}

}  // namespace cose::crypto
