// SPDX-License-Identifier: Apache-2.0
// Points of elliptic curves.
#pragma once

#include <openssl/ec.h>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/detail/number.h"
#include "crypto/ec_key.h"

namespace cose::crypto::detail {

using Point = Handle<ec_point_st>;

[[nodiscard]] Point new_point(const EC_GROUP* group);

// SEC 1 §2.3.4, the point at infinity refused: a point that comes out is on the curve.
[[nodiscard]] Result<Point> decode_point(const EC_GROUP* group, ByteView encoded);
// SEC 1 §2.3.3. The point is not at infinity: the caller's promise.
[[nodiscard]] Bytes encode_point(const EC_GROUP* group, const EC_POINT* point, PointForm form);

// scalar * point, or scalar * generator when `point` is null. With one point only, OpenSSL runs in constant time.
[[nodiscard]] Result<Point> multiply(const EC_GROUP* group, const BIGNUM* scalar, const EC_POINT* point);

[[nodiscard]] Result<Number> x_coordinate(const EC_GROUP* group, const EC_POINT* point);

}  // namespace cose::crypto::detail
