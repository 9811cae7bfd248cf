// SPDX-License-Identifier: Apache-2.0
#include "crypto/dsa.h"

#include <algorithm>
#include <string>
#include <utility>

#include <openssl/dsa.h>

#include "crypto/detail/number.h"

namespace cose::crypto {

namespace {

using detail::Number;
using DerSignature = std::unique_ptr<DSA_SIG, detail::Freer<DSA_SIG_free>>;

constexpr std::string_view kWhat = "DSA";
// A nonce that gives r = 0 or s = 0 comes once in 2^160.
constexpr int kMaximumTries = 8;

std::unexpected<Error> no_signature() {
  return detail::refusal(ErrorKind::kInvalid, "the octets are no DSA signature for this group");
}

Result<Number> power(const BIGNUM* base, const BIGNUM* exponent, const BIGNUM* modulus) {
  const auto context = detail::new_number_context();
  auto result = detail::new_number();
  if (BN_mod_exp_mont_consttime(result.get(), base, exponent, modulus, context.get(), nullptr) != 1)
    return detail::openssl_failure(kWhat);
  return result;
}

Result<Number> modulo(const BIGNUM* number, const BIGNUM* modulus) {
  const auto context = detail::new_number_context();
  auto result = detail::new_number();
  if (BN_nnmod(result.get(), number, modulus, context.get()) != 1) return detail::openssl_failure(kWhat);
  return result;
}

Result<Bytes> to_der(Number r, Number s) {
  const DerSignature der(detail::allocated(DSA_SIG_new()));
  COSE_ASSERT(DSA_SIG_set0(der.get(), r.release(), s.release()) == 1);
  std::uint8_t* octets = nullptr;
  const int size = i2d_DSA_SIG(der.get(), &octets);
  if (size <= 0) throw std::bad_alloc();
  Bytes encoded(octets, octets + size);
  OPENSSL_free(octets);
  return encoded;
}

struct Numbers {
  Number r;
  Number s;
};

Result<Numbers> from_der(ByteView octets, const BIGNUM* q) {
  const auto maximum = 2 * (detail::octets_in(q) + 1 + 2) + 3;
  if (octets.empty() || octets.size() > maximum) return no_signature();
  const auto* at = octets.data();
  const DerSignature der(d2i_DSA_SIG(nullptr, &at, static_cast<long>(octets.size())));
  if (der == nullptr) return no_signature();
  const BIGNUM* r = nullptr;
  const BIGNUM* s = nullptr;
  DSA_SIG_get0(der.get(), &r, &s);
  for (const auto* number : {r, s})
    if (BN_is_zero(number) || BN_is_negative(number) || BN_cmp(number, q) >= 0) return no_signature();
  // One signature has one encoding.
  COSE_TRY(const auto again, to_der(detail::copy_of(r), detail::copy_of(s)));
  if (!equal(again, octets)) return no_signature();
  return Numbers{detail::copy_of(r), detail::copy_of(s)};
}

// s = (e + x r) / k mod q as (b e + b x r) / (b k) with a random b: the operations are not constant in time, and so
// they never see x or k themselves.
Result<Number> blinded_s(const BIGNUM* x, const BIGNUM* e, const BIGNUM* r, const BIGNUM* k, const BIGNUM* q) {
  const auto context = detail::new_number_context();
  auto* scratch = context.get();
  COSE_TRY(const auto b, detail::blinding_below(q));
  const auto left = detail::new_number();
  const auto right = detail::new_number();
  const auto divisor = detail::new_number();
  auto s = detail::new_number();
  if (BN_mod_mul(divisor.get(), k, b.get(), q, scratch) != 1 || BN_mod_mul(left.get(), e, b.get(), q, scratch) != 1 ||
      BN_mod_mul(right.get(), x, b.get(), q, scratch) != 1 ||
      BN_mod_mul(right.get(), right.get(), r, q, scratch) != 1 ||
      BN_mod_add(left.get(), left.get(), right.get(), q, scratch) != 1 ||
      BN_mod_inverse(divisor.get(), divisor.get(), q, scratch) == nullptr ||
      BN_mod_mul(s.get(), left.get(), divisor.get(), q, scratch) != 1)
    return detail::openssl_failure(kWhat);
  return s;
}

}  // namespace

DsaGroup::DsaGroup(Handle<bignum_st> p, Handle<bignum_st> q, Handle<bignum_st> g)
    : p_(std::move(p)), q_(std::move(q)), g_(std::move(g)) {}

Result<DsaGroup> DsaGroup::create(const DsaDomain& domain) {
  COSE_TRY(auto p, detail::number_from("DSA p", domain.p, kMaximumDsaBits / 8));
  COSE_TRY(auto q, detail::number_from("DSA q", domain.q, kMaximumDsaBits / 8));
  COSE_TRY(auto g, detail::number_from("DSA g", domain.g, kMaximumDsaBits / 8));
  const auto bits = [](const Number& number) { return static_cast<std::size_t>(BN_num_bits(number.get())); };
  if (bits(p) < kMinimumDsaBits || !BN_is_odd(p.get()) || bits(q) < kMinimumDsaOrderBits || !BN_is_odd(q.get()) ||
      bits(q) >= bits(p))
    return fail(ErrorKind::kInvalid, "DSA: expected odd p and q, p of " + std::to_string(kMinimumDsaBits) + " to " +
                                         std::to_string(kMaximumDsaBits) + " bits, q of " +
                                         std::to_string(kMinimumDsaOrderBits) + " bits or more");
  COSE_TRY(const auto remainder, modulo(p.get(), q.get()));
  if (!BN_is_one(remainder.get())) return fail(ErrorKind::kInvalid, "DSA: q does not divide p - 1");
  if (BN_cmp(g.get(), p.get()) >= 0 || BN_is_zero(g.get()) || BN_is_one(g.get()))
    return fail(ErrorKind::kInvalid, "DSA g: expected 2 to p - 1");
  COSE_TRY(const auto one, power(g.get(), q.get(), p.get()));
  if (!BN_is_one(one.get())) return fail(ErrorKind::kInvalid, "DSA g: not of order q");
  return DsaGroup(std::move(p), std::move(q), std::move(g));
}

std::size_t DsaGroup::order_size() const {
  return detail::octets_in(q_.get());
}

Result<Number> DsaGroup::secret_number(ByteView secret) const {
  COSE_TRY(auto number, detail::secret_number_from("DSA private value", secret, order_size()));
  if (BN_is_zero(number.get()) || BN_cmp(number.get(), q_.get()) >= 0)
    return fail(ErrorKind::kInvalid, "DSA private value: expected 1 to q - 1");
  return number;
}

// FIPS 186-4 §4.6: the leftmost bits of the hash, as many as q has.
Result<Number> DsaGroup::hash_number(ByteView hash) const {
  if (hash.empty()) return detail::wrong_size("hash", "at least 1", 0);
  const auto taken = hash.first(std::min(hash.size(), order_size()));
  COSE_TRY(auto number, detail::number_from("hash", taken, taken.size()));
  const auto surplus = static_cast<int>(8 * taken.size()) - BN_num_bits(q_.get());
  if (surplus > 0 && BN_rshift(number.get(), number.get(), surplus) != 1) return detail::openssl_failure(kWhat);
  return number;
}

Result<Secret> DsaGroup::generate(Rng& rng) const {
  COSE_TRY(const auto number, detail::random_below(q_.get(), rng));
  return detail::secret_octets(number.get(), order_size());
}

Result<Bytes> DsaGroup::public_value(ByteView secret) const {
  COSE_TRY(const auto x, secret_number(secret));
  COSE_TRY(const auto y, power(g_.get(), x.get(), p_.get()));
  return detail::fixed_octets(y.get(), detail::octets_in(p_.get()));
}

Result<Bytes> DsaGroup::sign(ByteView secret, ByteView hash, Rng& rng) const {
  COSE_TRY(const auto x, secret_number(secret));
  COSE_TRY(const auto e, hash_number(hash));
  for (int tries = 0; tries < kMaximumTries; ++tries) {
    COSE_TRY(const auto k, detail::random_below(q_.get(), rng));
    COSE_TRY(const auto point, power(g_.get(), k.get(), p_.get()));
    COSE_TRY(auto r, modulo(point.get(), q_.get()));
    COSE_TRY(auto s, blinded_s(x.get(), e.get(), r.get(), k.get(), q_.get()));
    if (!BN_is_zero(r.get()) && !BN_is_zero(s.get())) return to_der(std::move(r), std::move(s));
  }
  return fail(ErrorKind::kInternal, "the generator gave no usable DSA nonce");
}

// FIPS 186-4 §4.7.
Status DsaGroup::verify(ByteView public_value, ByteView hash, ByteView signature) const {
  COSE_TRY(const auto y, detail::number_from("DSA public value", public_value, detail::octets_in(p_.get())));
  if (BN_is_zero(y.get()) || BN_is_one(y.get()) || BN_cmp(y.get(), p_.get()) >= 0)
    return fail(ErrorKind::kInvalid, "DSA public value: expected 2 to p - 1");
  COSE_TRY(const auto numbers, from_der(signature, q_.get()));
  COSE_TRY(const auto e, hash_number(hash));
  const auto context = detail::new_number_context();
  auto* scratch = context.get();
  const Number w(BN_mod_inverse(nullptr, numbers.s.get(), q_.get(), scratch));
  if (w == nullptr) return no_signature();
  const auto u1 = detail::new_number();
  const auto u2 = detail::new_number();
  if (BN_mod_mul(u1.get(), e.get(), w.get(), q_.get(), scratch) != 1 ||
      BN_mod_mul(u2.get(), numbers.r.get(), w.get(), q_.get(), scratch) != 1)
    return detail::openssl_failure(kWhat);
  COSE_TRY(const auto left, power(g_.get(), u1.get(), p_.get()));
  COSE_TRY(const auto right, power(y.get(), u2.get(), p_.get()));
  if (BN_mod_mul(left.get(), left.get(), right.get(), p_.get(), scratch) != 1) return detail::openssl_failure(kWhat);
  COSE_TRY(const auto v, modulo(left.get(), q_.get()));
  if (BN_cmp(v.get(), numbers.r.get()) != 0)
    return fail(ErrorKind::kRefused, "the DSA signature does not fit the message");
  return {};
}

}  // namespace cose::crypto
