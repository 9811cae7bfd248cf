// SPDX-License-Identifier: Apache-2.0
#include "crypto/ecdh.h"

#include <utility>

#include "crypto/detail/number.h"
#include "crypto/detail/point.h"

namespace cose::crypto {

namespace {

Result<detail::Point> shared_point(const EcPrivateKey& key, const EcPublicKey& peer, EcdhKind kind) {
  if (!(key.curve() == peer.curve())) return fail(ErrorKind::kInvalid, "the two keys are of different curves");
  const auto* group = key.curve().group();
  const auto* base = peer.raw();
  detail::Point multiplied;
  if (kind == EcdhKind::kCofactor) {
    // The public point takes the cofactor, so that the private scalar stays in the range that is constant in time.
    COSE_TRY(multiplied, detail::multiply(group, EC_GROUP_get0_cofactor(group), base));
    base = multiplied.get();
  }
  COSE_TRY(auto point, detail::multiply(group, key.raw(), base));
  if (EC_POINT_is_at_infinity(group, point.get()) == 1)
    return fail(ErrorKind::kRefused, "the shared point is at infinity");
  return point;
}

}  // namespace

Result<Secret> ecdh(const EcPrivateKey& key, const EcPublicKey& peer, EcdhKind kind) {
  COSE_TRY(const auto point, shared_point(key, peer, kind));
  COSE_TRY(const auto x, detail::x_coordinate(key.curve().group(), point.get()));
  return detail::secret_octets(x.get(), key.curve().field_size());
}

Result<Secret> ecdh_point(const EcPrivateKey& key, const EcPublicKey& peer, EcdhKind kind) {
  COSE_TRY(const auto point, shared_point(key, peer, kind));
  return Secret::take(detail::encode_point(key.curve().group(), point.get(), PointForm::kUncompressed));
}

Result<Bytes> map_generic(const EcPrivateKey& nonce, const EcPublicKey& point) {
  if (!(nonce.curve() == point.curve())) return fail(ErrorKind::kInvalid, "nonce and point are of different curves");
  const auto* group = nonce.curve().group();
  const auto context = detail::new_number_context();
  COSE_TRY(auto mapped, detail::multiply(group, nonce.raw(), nullptr));
  if (EC_POINT_add(group, mapped.get(), mapped.get(), point.raw(), context.get()) != 1)
    return detail::openssl_failure("elliptic curve addition");
  if (EC_POINT_is_at_infinity(group, mapped.get()) == 1)
    return fail(ErrorKind::kRefused, "the mapped generator is at infinity");
  return detail::encode_point(group, mapped.get(), PointForm::kUncompressed);
}

}  // namespace cose::crypto
