// SPDX-License-Identifier: Apache-2.0
#include "crypto/ec_sdsa.h"

#include "crypto/detail/number.h"
#include "crypto/detail/point.h"

namespace cose::crypto {

namespace {

using detail::Number;

// A nonce that gives s = 0 comes once in 2^100 and more.
constexpr int kMaximumTries = 8;

// The hash of the point's x-coordinate and the message.
Result<Bytes> bound_hash(const EcCurve& curve, const EC_POINT* point, DigestKind kind, ByteView message) {
  COSE_TRY(const auto x, detail::x_coordinate(curve.group(), point));
  return digest(kind, concat(detail::fixed_octets(x.get(), curve.field_size()), message));
}

// As a number below the order.
Result<Number> reduced(ByteView hash, const BIGNUM* order) {
  COSE_TRY(auto number, detail::number_from("hash", hash, hash.size()));
  const auto context = detail::new_number_context();
  auto made = detail::new_number();
  if (BN_nnmod(made.get(), number.get(), order, context.get()) != 1)
    return detail::openssl_failure("elliptic curve arithmetic");
  return made;
}

// k + r d modulo the order.
Result<Number> answer(const EcPrivateKey& key, const BIGNUM* nonce, const BIGNUM* r, const BIGNUM* order) {
  const auto context = detail::new_number_context();
  auto made = detail::new_number();
  if (BN_mod_mul(made.get(), r, key.raw(), order, context.get()) != 1 ||
      BN_mod_add(made.get(), made.get(), nonce, order, context.get()) != 1)
    return detail::openssl_failure("elliptic curve arithmetic");
  return made;
}

}  // namespace

Result<Bytes> sign_ec_sdsa(const EcPrivateKey& key, DigestKind kind, ByteView message, Rng& rng) {
  const auto& curve = key.curve();
  const auto* order = EC_GROUP_get0_order(curve.group());
  for (int tries = 0; tries < kMaximumTries; ++tries) {
    COSE_TRY(const auto nonce, EcPrivateKey::generate(curve, rng));
    COSE_TRY(const auto point, detail::multiply(curve.group(), nonce.raw(), nullptr));
    COSE_TRY(const auto hash, bound_hash(curve, point.get(), kind, message));
    COSE_TRY(const auto r, reduced(hash, order));
    COSE_TRY(const auto s, answer(key, nonce.raw(), r.get(), order));
    if (!BN_is_zero(r.get()) && !BN_is_zero(s.get()))
      return concat(hash, detail::fixed_octets(s.get(), curve.order_size()));
  }
  return fail(ErrorKind::kInternal, "EC-SDSA: the generator of chance gives no usable nonce");
}

Status verify_ec_sdsa(const EcPublicKey& key, DigestKind kind, ByteView message, ByteView signature) {
  const auto& curve = key.curve();
  const auto size = digest_size(kind);
  COSE_CHECK(detail::expect_size("EC-SDSA signature", size + curve.order_size(), signature.size()));
  const auto* order = EC_GROUP_get0_order(curve.group());
  COSE_TRY(const auto s, detail::number_from("s", signature.subspan(size), curve.order_size()));
  COSE_TRY(const auto r, reduced(signature.first(size), order));
  if (BN_is_zero(s.get()) || BN_cmp(s.get(), order) >= 0 || BN_is_zero(r.get()))
    return fail(ErrorKind::kInvalid, "the octets are no EC-SDSA signature for this curve");
  // s G - r P is the nonce's point again.
  const auto context = detail::new_number_context();
  auto minus = detail::new_number();
  const auto point = detail::new_point(curve.group());
  if (BN_sub(minus.get(), order, r.get()) != 1 ||
      EC_POINT_mul(curve.group(), point.get(), s.get(), key.raw(), minus.get(), context.get()) != 1)
    return detail::openssl_failure("elliptic curve multiplication");
  const auto refused = fail(ErrorKind::kRefused, "the EC-SDSA signature does not verify");
  if (EC_POINT_is_at_infinity(curve.group(), point.get()) == 1) return refused;
  COSE_TRY(const auto hash, bound_hash(curve, point.get(), kind, message));
  if (equal(hash, signature.first(size))) return {};
  return refused;
}

}  // namespace cose::crypto
