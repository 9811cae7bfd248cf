// SPDX-License-Identifier: Apache-2.0
// Keys on the curves of crypto/ec_curve.h.
//
// Keys own their numbers and wipe the private ones; their const members may be called from any thread. A public key is
// valid by construction: on the curve, not at infinity, of the generator's order (SEC 1 §3.2.2.1). Errors: kInvalid.
#pragma once

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "crypto/ec_curve.h"
#include "crypto/handle.h"

namespace cose::crypto {

enum class PointForm { kUncompressed, kCompressed };

class EcPublicKey {
 public:
  // point: encoded as in SEC 1 §2.3.3, compressed or not.
  [[nodiscard]] static Result<EcPublicKey> create(const EcCurve& curve, ByteView point);

  [[nodiscard]] const EcCurve& curve() const { return curve_; }
  [[nodiscard]] Bytes point(PointForm form = PointForm::kUncompressed) const;

  // For the files of this library.
  [[nodiscard]] const ec_point_st* raw() const { return point_.get(); }

 private:
  EcPublicKey(EcCurve curve, Handle<ec_point_st> point);

  EcCurve curve_;
  Handle<ec_point_st> point_;
};

class EcPrivateKey {
 public:
  // scalar: 1 to order - 1; zeros in front do not count.
  [[nodiscard]] static Result<EcPrivateKey> create(const EcCurve& curve, ByteView scalar);
  // The scalar is drawn with requests of order_size() octets until one is in range (FIPS 186-4 §B.4.2).
  [[nodiscard]] static Result<EcPrivateKey> generate(const EcCurve& curve, Rng& rng);

  [[nodiscard]] const EcCurve& curve() const { return curve_; }
  [[nodiscard]] Secret scalar() const;  // order_size() octets
  [[nodiscard]] Result<EcPublicKey> public_key() const;

  // For the files of this library.
  [[nodiscard]] const bignum_st* raw() const { return scalar_.get(); }

 private:
  EcPrivateKey(EcCurve curve, Handle<bignum_st> scalar);

  EcCurve curve_;
  Handle<bignum_st> scalar_;
};

}  // namespace cose::crypto
