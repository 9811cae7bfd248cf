// SPDX-License-Identifier: Apache-2.0
#include "crypto/ec_key.h"

#include <utility>

#include "crypto/detail/number.h"
#include "crypto/detail/point.h"

namespace cose::crypto {

namespace {

// On a curve whose cofactor is 1 every point has the generator's order.
Status expect_generator_order(const EC_GROUP* group, const EC_POINT* point) {
  if (BN_is_one(EC_GROUP_get0_cofactor(group))) return {};
  COSE_TRY(const auto product, detail::multiply(group, EC_GROUP_get0_order(group), point));
  if (EC_POINT_is_at_infinity(group, product.get()) == 1) return {};
  return fail(ErrorKind::kInvalid, "the point does not have the order of the generator");
}

}  // namespace

EcPublicKey::EcPublicKey(EcCurve curve, Handle<ec_point_st> point)
    : curve_(std::move(curve)), point_(std::move(point)) {}

Result<EcPublicKey> EcPublicKey::create(const EcCurve& curve, ByteView point) {
  COSE_TRY(auto decoded, detail::decode_point(curve.group(), point));
  COSE_CHECK(expect_generator_order(curve.group(), decoded.get()));
  return EcPublicKey(curve, std::move(decoded));
}

Bytes EcPublicKey::point(PointForm form) const {
  return detail::encode_point(curve_.group(), point_.get(), form);
}

EcPrivateKey::EcPrivateKey(EcCurve curve, Handle<bignum_st> scalar)
    : curve_(std::move(curve)), scalar_(std::move(scalar)) {}

Result<EcPrivateKey> EcPrivateKey::create(const EcCurve& curve, ByteView scalar) {
  COSE_TRY(auto number, detail::secret_number_from("private scalar", scalar, curve.order_size()));
  if (BN_is_zero(number.get()) || BN_cmp(number.get(), EC_GROUP_get0_order(curve.group())) >= 0)
    return fail(ErrorKind::kInvalid, "private scalar: expected 1 to the order of the curve less 1");
  return EcPrivateKey(curve, std::move(number));
}

Result<EcPrivateKey> EcPrivateKey::generate(const EcCurve& curve, Rng& rng) {
  COSE_TRY(auto number, detail::random_below(EC_GROUP_get0_order(curve.group()), rng));
  return EcPrivateKey(curve, std::move(number));
}

Secret EcPrivateKey::scalar() const {
  return detail::secret_octets(scalar_.get(), curve_.order_size());
}

Result<EcPublicKey> EcPrivateKey::public_key() const {
  COSE_TRY(const auto point, detail::multiply(curve_.group(), scalar_.get(), nullptr));
  return EcPublicKey::create(curve_, detail::encode_point(curve_.group(), point.get(), PointForm::kUncompressed));
}

}  // namespace cose::crypto
