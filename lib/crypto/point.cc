// SPDX-License-Identifier: Apache-2.0
#include "crypto/detail/point.h"

namespace cose::crypto::detail {

Point new_point(const EC_GROUP* group) {
  return Point(allocated(EC_POINT_new(group)));
}

Result<Point> decode_point(const EC_GROUP* group, ByteView encoded) {
  const auto context = new_number_context();
  auto point = new_point(group);
  if (encoded.empty() || EC_POINT_oct2point(group, point.get(), encoded.data(), encoded.size(), context.get()) != 1)
    return refusal(ErrorKind::kInvalid, "the octets are no point of the curve");
  if (EC_POINT_is_at_infinity(group, point.get()) == 1) return fail(ErrorKind::kInvalid, "the point is at infinity");
  return point;
}

Bytes encode_point(const EC_GROUP* group, const EC_POINT* point, PointForm form) {
  const auto openssl_form =
      form == PointForm::kCompressed ? POINT_CONVERSION_COMPRESSED : POINT_CONVERSION_UNCOMPRESSED;
  const auto context = new_number_context();
  Bytes encoded(EC_POINT_point2oct(group, point, openssl_form, nullptr, 0, context.get()));
  COSE_ASSERT(encoded.size() > 1 && EC_POINT_point2oct(group, point, openssl_form, encoded.data(), encoded.size(),
                                                       context.get()) == encoded.size());
  return encoded;
}

Result<Point> multiply(const EC_GROUP* group, const BIGNUM* scalar, const EC_POINT* point) {
  const auto context = new_number_context();
  auto product = new_point(group);
  const int done = point == nullptr ? EC_POINT_mul(group, product.get(), scalar, nullptr, nullptr, context.get())
                                    : EC_POINT_mul(group, product.get(), nullptr, point, scalar, context.get());
  if (done != 1) return openssl_failure("elliptic curve multiplication");
  return product;
}

Result<Number> x_coordinate(const EC_GROUP* group, const EC_POINT* point) {
  const auto context = new_number_context();
  auto x = new_number();
  if (EC_POINT_get_affine_coordinates(group, point, x.get(), nullptr, context.get()) != 1)
    return openssl_failure("elliptic curve coordinate");
  return x;
}

}  // namespace cose::crypto::detail
