// SPDX-License-Identifier: Apache-2.0
#include "crypto/ecdsa.h"

#include <algorithm>
#include <utility>

#include <openssl/ecdsa.h>

#include "crypto/detail/number.h"
#include "crypto/detail/point.h"

namespace cose::crypto {

namespace {

using detail::Number;
using DerSignature = std::unique_ptr<ECDSA_SIG, detail::Freer<ECDSA_SIG_free>>;

// A nonce that gives r = 0 or s = 0 comes once in 2^100 and more.
constexpr int kMaximumTries = 8;

struct Signature {
  Number r;
  Number s;
};

std::unexpected<Error> no_signature() {
  return detail::refusal(ErrorKind::kInvalid, "the octets are no ECDSA signature for this curve");
}

Bytes to_der(const Signature& signature) {
  const DerSignature der(detail::allocated(ECDSA_SIG_new()));
  COSE_ASSERT(ECDSA_SIG_set0(der.get(), detail::copy_of(signature.r.get()).release(),
                             detail::copy_of(signature.s.get()).release()) == 1);
  std::uint8_t* octets = nullptr;
  const int size = i2d_ECDSA_SIG(der.get(), &octets);
  if (size <= 0) throw std::bad_alloc();
  Bytes encoded(octets, octets + size);
  OPENSSL_free(octets);
  return encoded;
}

Bytes to_raw(const EcCurve& curve, const Signature& signature) {
  const auto size = curve.order_size();
  return concat(detail::fixed_octets(signature.r.get(), size), detail::fixed_octets(signature.s.get(), size));
}

Bytes to_form(const EcCurve& curve, const Signature& signature, EcdsaForm form) {
  return form == EcdsaForm::kDer ? to_der(signature) : to_raw(curve, signature);
}

// FIPS 186-4 §6.4.2 step 1: both numbers are 1 to n-1.
Status expect_in_range(const EcCurve& curve, const Signature& signature) {
  const auto* order = EC_GROUP_get0_order(curve.group());
  for (const auto* number : {signature.r.get(), signature.s.get()})
    if (BN_is_zero(number) || BN_is_negative(number) || BN_cmp(number, order) >= 0) return no_signature();
  return {};
}

Result<Signature> from_raw(const EcCurve& curve, ByteView octets) {
  const auto size = curve.order_size();
  COSE_CHECK(detail::expect_size("ECDSA signature", 2 * size, octets.size()));
  Signature signature;
  COSE_TRY(signature.r, detail::number_from("r", octets.first(size), size));
  COSE_TRY(signature.s, detail::number_from("s", octets.last(size), size));
  COSE_CHECK(expect_in_range(curve, signature));
  return signature;
}

Result<Signature> from_der(const EcCurve& curve, ByteView octets) {
  // Two numbers with a sign octet each, their heads, and the head of the sequence.
  const auto maximum = 2 * (curve.order_size() + 1 + 2) + 3;
  if (octets.empty() || octets.size() > maximum) return no_signature();
  const auto* at = octets.data();
  const DerSignature der(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(octets.size())));
  if (der == nullptr) return no_signature();
  Signature signature{detail::copy_of(ECDSA_SIG_get0_r(der.get())), detail::copy_of(ECDSA_SIG_get0_s(der.get()))};
  COSE_CHECK(expect_in_range(curve, signature));
  // One signature has one encoding: OpenSSL also reads BER, and stops before octets that follow.
  if (!equal(to_der(signature), octets)) return no_signature();
  return signature;
}

Result<Signature> from_form(const EcCurve& curve, ByteView octets, EcdsaForm form) {
  return form == EcdsaForm::kDer ? from_der(curve, octets) : from_raw(curve, octets);
}

// FIPS 186-4 §6.4: the leftmost bits of the hash, as many as the order has.
Result<Number> number_of_hash(const EcCurve& curve, ByteView hash) {
  if (hash.empty()) return detail::wrong_size("hash", "at least 1", 0);
  const auto taken = hash.first(std::min(hash.size(), curve.order_size()));
  COSE_TRY(auto number, detail::number_from("hash", taken, taken.size()));
  const auto bits = 8 * taken.size();
  if (bits > curve.order_bits() &&
      BN_rshift(number.get(), number.get(), static_cast<int>(bits - curve.order_bits())) != 1)
    return detail::openssl_failure("ECDSA");
  return number;
}

// s = (e + d r) / k mod n, computed as (b e + b d r) / (b k) with a random b: the operations are not constant in time,
// and so they never see d or k themselves.
Result<Number> blinded_s(const EcPrivateKey& key, const BIGNUM* e, const BIGNUM* r, const BIGNUM* k) {
  const auto* n = EC_GROUP_get0_order(key.curve().group());
  const auto context = detail::new_number_context();
  auto* scratch = context.get();
  COSE_TRY(const auto b, detail::blinding_below(n));
  const auto left = detail::new_number();
  const auto right = detail::new_number();
  const auto divisor = detail::new_number();
  if (BN_mod_mul(divisor.get(), k, b.get(), n, scratch) != 1 || BN_mod_mul(left.get(), e, b.get(), n, scratch) != 1 ||
      BN_mod_mul(right.get(), key.raw(), b.get(), n, scratch) != 1 ||
      BN_mod_mul(right.get(), right.get(), r, n, scratch) != 1 ||
      BN_mod_add(left.get(), left.get(), right.get(), n, scratch) != 1 ||
      BN_mod_inverse(divisor.get(), divisor.get(), n, scratch) == nullptr)
    return detail::openssl_failure("ECDSA");
  auto s = detail::new_number();
  if (BN_mod_mul(s.get(), left.get(), divisor.get(), n, scratch) != 1) return detail::openssl_failure("ECDSA");
  return s;
}

// The x coordinate as an integer, reduced by the order.
Result<Number> r_of(const EcCurve& curve, const EC_POINT* point) {
  COSE_TRY(auto x, detail::x_coordinate(curve.group(), point));
  const auto context = detail::new_number_context();
  if (BN_nnmod(x.get(), x.get(), EC_GROUP_get0_order(curve.group()), context.get()) != 1)
    return detail::openssl_failure("ECDSA");
  return x;
}

// FIPS 186-4 §6.4.2 steps 3 to 5: the point (e/s) G + (r/s) Q.
Result<detail::Point> verification_point(const EcPublicKey& key, const BIGNUM* e, const Signature& signature) {
  const auto* group = key.curve().group();
  const auto* n = EC_GROUP_get0_order(group);
  const auto context = detail::new_number_context();
  auto* scratch = context.get();
  const Number w(BN_mod_inverse(nullptr, signature.s.get(), n, scratch));
  const auto u1 = detail::new_number();
  const auto u2 = detail::new_number();
  auto point = detail::new_point(group);
  if (w == nullptr || BN_mod_mul(u1.get(), e, w.get(), n, scratch) != 1 ||
      BN_mod_mul(u2.get(), signature.r.get(), w.get(), n, scratch) != 1 ||
      EC_POINT_mul(group, point.get(), u1.get(), key.raw(), u2.get(), scratch) != 1)
    return detail::openssl_failure("ECDSA");
  return point;
}

}  // namespace

Result<Bytes> sign_ecdsa(const EcPrivateKey& key, ByteView hash, Rng& rng, EcdsaForm form) {
  const auto& curve = key.curve();
  COSE_TRY(const auto e, number_of_hash(curve, hash));
  for (int tries = 0; tries < kMaximumTries; ++tries) {
    COSE_TRY(const auto k, detail::random_below(EC_GROUP_get0_order(curve.group()), rng));
    COSE_TRY(const auto point, detail::multiply(curve.group(), k.get(), nullptr));
    COSE_TRY(auto r, r_of(curve, point.get()));
    COSE_TRY(auto s, blinded_s(key, e.get(), r.get(), k.get()));
    if (!BN_is_zero(r.get()) && !BN_is_zero(s.get())) return to_form(curve, {std::move(r), std::move(s)}, form);
  }
  return fail(ErrorKind::kInternal, "the generator gave no usable ECDSA nonce");
}

Status verify_ecdsa(const EcPublicKey& key, ByteView hash, ByteView signature, EcdsaForm form) {
  const auto& curve = key.curve();
  COSE_TRY(const auto numbers, from_form(curve, signature, form));
  COSE_TRY(const auto e, number_of_hash(curve, hash));
  COSE_TRY(const auto point, verification_point(key, e.get(), numbers));
  const auto wrong = [] { return fail(ErrorKind::kRefused, "the ECDSA signature does not fit the message"); };
  if (EC_POINT_is_at_infinity(curve.group(), point.get()) == 1) return wrong();
  COSE_TRY(const auto r, r_of(curve, point.get()));
  if (BN_cmp(r.get(), numbers.r.get()) != 0) return wrong();
  return {};
}

Result<Bytes> ecdsa_der(const EcCurve& curve, ByteView raw) {
  COSE_TRY(const auto signature, from_raw(curve, raw));
  return to_der(signature);
}

Result<Bytes> ecdsa_raw(const EcCurve& curve, ByteView der) {
  COSE_TRY(const auto signature, from_der(curve, der));
  return to_raw(curve, signature);
}

}  // namespace cose::crypto
