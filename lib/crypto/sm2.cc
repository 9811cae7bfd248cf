// SPDX-License-Identifier: Apache-2.0
#include "crypto/sm2.h"

#include <array>
#include <string>

#include "crypto/detail/number.h"
#include "crypto/detail/point.h"
#include "crypto/digest.h"
#include "crypto/kdf.h"

namespace cose::crypto {

namespace {

using detail::Number;
using detail::Point;

constexpr std::size_t kHash = 32;
constexpr std::size_t kPoint = 65;
// A nonce that cannot be used comes once in 2^100 and more.
constexpr int kMaximumTries = 8;

Status expect_curve(const EcCurve& curve) {
  if (curve.name() == CurveName::kSm2) return {};
  return fail(ErrorKind::kInvalid, "SM2: expected a key on the curve SM2");
}

std::unexpected<Error> no_nonce() {
  return fail(ErrorKind::kInternal, "the generator gave no usable SM2 nonce");
}

Result<Number> number_of_hash(ByteView hash) {
  COSE_CHECK(detail::expect_size("SM2 hash", kHash, hash.size()));
  return detail::number_from("SM2 hash", hash, kHash);
}

// e + x modulo the order.
Result<Number> r_of(const EC_GROUP* group, const BIGNUM* e, const EC_POINT* point) {
  COSE_TRY(auto x, detail::x_coordinate(group, point));
  const auto context = detail::new_number_context();
  if (BN_mod_add(x.get(), x.get(), e, EC_GROUP_get0_order(group), context.get()) != 1)
    return detail::openssl_failure("SM2");
  return x;
}

// (k - r d) / (1 + d), computed as (b k - r b d) / (b + b d) with a random b: the operations are not constant in time.
Result<Number> blinded_s(const EcPrivateKey& key, const BIGNUM* r, const BIGNUM* k) {
  const auto* n = EC_GROUP_get0_order(key.curve().group());
  const auto context = detail::new_number_context();
  auto* scratch = context.get();
  COSE_TRY(const auto b, detail::blinding_below(n));
  const auto bd = detail::new_number();
  const auto left = detail::new_number();
  const auto right = detail::new_number();
  const auto divisor = detail::new_number();
  auto s = detail::new_number();
  if (BN_mod_mul(bd.get(), key.raw(), b.get(), n, scratch) != 1 ||
      BN_mod_mul(left.get(), k, b.get(), n, scratch) != 1 || BN_mod_mul(right.get(), bd.get(), r, n, scratch) != 1 ||
      BN_mod_sub(left.get(), left.get(), right.get(), n, scratch) != 1 ||
      BN_mod_add(divisor.get(), b.get(), bd.get(), n, scratch) != 1 ||
      BN_mod_inverse(divisor.get(), divisor.get(), n, scratch) == nullptr ||
      BN_mod_mul(s.get(), left.get(), divisor.get(), n, scratch) != 1)
    return detail::openssl_failure("SM2");
  return s;
}

// GB/T 32918.2 §6.1 step A5: neither r nor r + k may vanish.
Result<bool> is_usable(const EC_GROUP* group, const BIGNUM* r, const BIGNUM* k) {
  const auto sum = detail::new_number();
  if (BN_add(sum.get(), r, k) != 1) return detail::openssl_failure("SM2");
  return !BN_is_zero(r) && BN_cmp(sum.get(), EC_GROUP_get0_order(group)) != 0;
}

// Coordinates of a point, x then y.
Secret coordinates(const EC_GROUP* group, const EC_POINT* point) {
  auto encoded = Secret::take(detail::encode_point(group, point, PointForm::kUncompressed));
  return Secret(encoded.view().subspan(1));
}

// GB/T 32918.4 §5.4.3: the key stream, which is ANSI X9.63's with SM3.
Result<Secret> mask(const Secret& shared, ByteView text) {
  COSE_TRY(auto stream, x963_kdf(DigestKind::kSm3, shared.view(), {}, text.size()));
  const auto octets = stream.writable();
  for (std::size_t at = 0; at < text.size(); ++at) octets[at] ^= text[at];
  return stream;
}

Result<Bytes> check_value(const Secret& shared, ByteView plaintext) {
  const auto half = shared.size() / 2;
  const auto input = Secret::take(concat(shared.view().first(half), plaintext, shared.view().subspan(half)));
  return digest(DigestKind::kSm3, input.view());
}

}  // namespace

Result<Bytes> sm2_identity_hash(const EcPublicKey& key, ByteView identity) {
  COSE_CHECK(expect_curve(key.curve()));
  if (identity.size() > kMaximumSm2Identity)
    return detail::wrong_size("SM2 identity", "at most " + std::to_string(kMaximumSm2Identity), identity.size());
  const auto bits = identity.size() * 8;
  const std::array<std::uint8_t, 2> length{static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)};
  const auto domain = key.curve().domain();
  const auto point = key.point();
  return digest(DigestKind::kSm3, concat(length, identity, domain.a, domain.b, ByteView(domain.generator).subspan(1),
                                         ByteView(point).subspan(1)));
}

Result<Bytes> sign_sm2(const EcPrivateKey& key, ByteView hash, Rng& rng, EcdsaForm form) {
  const auto& curve = key.curve();
  COSE_CHECK(expect_curve(curve));
  COSE_TRY(const auto e, number_of_hash(hash));
  for (int tries = 0; tries < kMaximumTries; ++tries) {
    COSE_TRY(const auto k, detail::random_below(EC_GROUP_get0_order(curve.group()), rng));
    COSE_TRY(const auto point, detail::multiply(curve.group(), k.get(), nullptr));
    COSE_TRY(const auto r, r_of(curve.group(), e.get(), point.get()));
    COSE_TRY(const bool usable, is_usable(curve.group(), r.get(), k.get()));
    if (!usable) continue;
    COSE_TRY(const auto s, blinded_s(key, r.get(), k.get()));
    if (BN_is_zero(s.get())) continue;
    auto raw = concat(detail::fixed_octets(r.get(), kHash), detail::fixed_octets(s.get(), kHash));
    if (form == EcdsaForm::kRaw) return raw;
    return ecdsa_der(curve, raw);
  }
  return no_nonce();
}

Status verify_sm2(const EcPublicKey& key, ByteView hash, ByteView signature, EcdsaForm form) {
  const auto& curve = key.curve();
  const auto* group = curve.group();
  COSE_CHECK(expect_curve(curve));
  COSE_TRY(const auto e, number_of_hash(hash));
  // There and back: both numbers are 1 to n-1, encoded as they must be.
  COSE_TRY(const auto der, form == EcdsaForm::kDer ? Result<Bytes>(to_bytes(signature)) : ecdsa_der(curve, signature));
  COSE_TRY(const auto raw, ecdsa_raw(curve, der));
  COSE_TRY(const auto r, detail::number_from("SM2 r", ByteView(raw).first(kHash), kHash));
  COSE_TRY(const auto s, detail::number_from("SM2 s", ByteView(raw).subspan(kHash), kHash));
  const auto wrong = [] { return fail(ErrorKind::kRefused, "the SM2 signature does not fit the message"); };
  const auto context = detail::new_number_context();
  const auto t = detail::new_number();
  if (BN_mod_add(t.get(), r.get(), s.get(), EC_GROUP_get0_order(group), context.get()) != 1)
    return detail::openssl_failure("SM2");
  if (BN_is_zero(t.get())) return wrong();
  const auto point = detail::new_point(group);
  if (EC_POINT_mul(group, point.get(), s.get(), key.raw(), t.get(), context.get()) != 1)
    return detail::openssl_failure("SM2");
  if (EC_POINT_is_at_infinity(group, point.get()) == 1) return wrong();
  COSE_TRY(const auto found, r_of(group, e.get(), point.get()));
  if (BN_cmp(found.get(), r.get()) != 0) return wrong();
  return {};
}

Result<Bytes> encrypt_sm2(const EcPublicKey& key, ByteView plaintext, Rng& rng) {
  const auto* group = key.curve().group();
  COSE_CHECK(expect_curve(key.curve()));
  if (plaintext.empty() || plaintext.size() > kMaximumSm2Message)
    return detail::wrong_size("SM2 plaintext", "1 to " + std::to_string(kMaximumSm2Message), plaintext.size());
  for (int tries = 0; tries < kMaximumTries; ++tries) {
    COSE_TRY(const auto k, detail::random_below(EC_GROUP_get0_order(group), rng));
    COSE_TRY(const auto open, detail::multiply(group, k.get(), nullptr));
    COSE_TRY(const auto point, detail::multiply(group, k.get(), key.raw()));
    const auto shared = coordinates(group, point.get());
    COSE_TRY(const auto masked, mask(shared, plaintext));
    // GB/T 32918.4 §6.1 step A5: a key stream of zeros hides nothing.
    if (equal(masked.view(), plaintext)) continue;
    COSE_TRY(const auto check, check_value(shared, plaintext));
    return concat(detail::encode_point(group, open.get(), PointForm::kUncompressed), check, masked.view());
  }
  return no_nonce();
}

Result<Secret> decrypt_sm2(const EcPrivateKey& key, ByteView ciphertext) {
  const auto* group = key.curve().group();
  COSE_CHECK(expect_curve(key.curve()));
  if (ciphertext.size() <= kSm2Overhead || ciphertext.size() > kSm2Overhead + kMaximumSm2Message)
    return detail::wrong_size("SM2 ciphertext", "more than " + std::to_string(kSm2Overhead), ciphertext.size());
  COSE_TRY(const auto open, EcPublicKey::create(key.curve(), ciphertext.first(kPoint)));
  COSE_TRY(const auto point, detail::multiply(group, key.raw(), open.raw()));
  const auto shared = coordinates(group, point.get());
  const auto masked = ciphertext.subspan(kSm2Overhead);
  COSE_TRY(auto plaintext, mask(shared, masked));
  COSE_TRY(const auto check, check_value(shared, plaintext.view()));
  // GB/T 32918.4 §7.1 steps B4 and B6.
  if (equal(plaintext.view(), masked) || !constant_time_equal(check, ciphertext.subspan(kPoint, kHash)))
    return fail(ErrorKind::kRefused, "the SM2 ciphertext was changed");
  return plaintext;
}

}  // namespace cose::crypto
