// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/key_values.h"

#include <memory>
#include <utility>

namespace cose::jcapi::detail {

namespace {

using crypto::CurveName;
using crypto::EcCurve;

// Beside a key: the curve that its parameters were proven to be.
class ProvenCurve final : public jcvm::TransientState {
 public:
  ProvenCurve(crypto::EcDomain domain, EcCurve curve) : domain_(std::move(domain)), curve_(std::move(curve)) {}
  [[nodiscard]] const crypto::EcDomain& domain() const { return domain_; }
  [[nodiscard]] const EcCurve& curve() const { return curve_; }

 private:
  crypto::EcDomain domain_;
  EcCurve curve_;
};

bool is_xec(const KeyObject& key) {
  return key.kind() == KeyKind::kXecPublic || key.kind() == KeyKind::kXecPrivate;
}

template <typename Curve>
const Curve* named_curve(const KeyObject& key) {
  if (!is_xec(key)) return nullptr;
  const auto* parameters = named_parameters(static_cast<std::int16_t>(key.parameters()));
  return parameters == nullptr ? nullptr : std::get_if<Curve>(&parameters->curve);
}

bool is_binary(KeyKind kind) {
  return kind >= KeyKind::kEcF2mPublic && kind <= KeyKind::kEcF2mParameters;
}

}  // namespace

bool is_ec_public(const KeyObject& key) {
  return key.kind() == KeyKind::kEcFpPublic || key.kind() == KeyKind::kEcF2mPublic ||
         (key.kind() == KeyKind::kXecPublic && named_curve<CurveName>(key) != nullptr);
}

bool is_ec_private(const KeyObject& key) {
  return key.kind() == KeyKind::kEcFpPrivate || key.kind() == KeyKind::kEcF2mPrivate ||
         (key.kind() == KeyKind::kXecPrivate && named_curve<CurveName>(key) != nullptr);
}

bool is_rsa_private(const KeyObject& key) {
  return key.kind() == KeyKind::kRsaPrivate || key.kind() == KeyKind::kRsaCrt;
}

const crypto::XdhCurve* xdh_curve_of(const KeyObject& key) {
  return named_curve<crypto::XdhCurve>(key);
}

const crypto::EddsaCurve* eddsa_curve_of(const KeyObject& key) {
  return named_curve<crypto::EddsaCurve>(key);
}

Result<crypto::RsaPublicKey> rsa_public_of(const KeyObject& key) {
  return crypto::RsaPublicKey::create(key.component(Part::kModulus), key.component(Part::kExponent));
}

Result<crypto::RsaPrivateKey> rsa_private_of(const KeyObject& key) {
  if (key.kind() == KeyKind::kRsaPrivate)
    return crypto::RsaPrivateKey::create(key.component(Part::kModulus), key.component(Part::kExponent));
  const auto secret = [&](Part part) { return Secret(key.component(part)); };
  return crypto::RsaPrivateKey::from_crt(
      {secret(Part::kP), secret(Part::kQ), secret(Part::kDp), secret(Part::kDq), secret(Part::kQInverse)});
}

crypto::EcDomain ec_domain_of(const KeyObject& key) {
  const auto octets = [&](Part part) { return to_bytes(key.component(part)); };
  crypto::EcDomain domain;
  domain.field = is_binary(key.kind()) ? crypto::FieldKind::kBinary : crypto::FieldKind::kPrime;
  domain.p = octets(Part::kField);
  domain.a = octets(Part::kA);
  domain.b = octets(Part::kB);
  domain.generator = octets(Part::kGenerator);
  domain.order = octets(Part::kOrder);
  for (const auto octet : key.component(Part::kCofactor)) domain.cofactor = domain.cofactor << 8 | octet;
  return domain;
}

Result<EcCurve> ec_curve_of(NativeCall& call, const KeyObject& key) {
  if (const auto* name = named_curve<CurveName>(key)) return EcCurve::named(*name);
  auto domain = ec_domain_of(key);
  const auto* proven = call.transient<ProvenCurve>(key.reference());
  if (proven != nullptr && proven->domain() == domain) return proven->curve();
  COSE_TRY(auto curve, EcCurve::from_domain(domain));
  make_transient<ProvenCurve>(call, key.reference(), std::move(domain), curve);
  return curve;
}

Result<crypto::EcPublicKey> ec_public_of(NativeCall& call, const KeyObject& key) {
  COSE_TRY(const auto curve, ec_curve_of(call, key));
  return crypto::EcPublicKey::create(curve, key.component(Part::kPublic));
}

Result<crypto::EcPrivateKey> ec_private_of(NativeCall& call, const KeyObject& key) {
  COSE_TRY(const auto curve, ec_curve_of(call, key));
  return crypto::EcPrivateKey::create(curve, key.component(Part::kSecret));
}

crypto::DhDomain dh_domain_of(const KeyObject& key) {
  return {to_bytes(key.component(Part::kP)), to_bytes(key.component(Part::kGenerator)),
          to_bytes(key.component(Part::kQ))};
}

Result<crypto::DhPrivateKey> dh_private_of(const KeyObject& key) {
  return crypto::DhPrivateKey::create(dh_domain_of(key), key.component(Part::kSecret));
}

crypto::DsaDomain dsa_domain_of(const KeyObject& key) {
  return {to_bytes(key.component(Part::kP)), to_bytes(key.component(Part::kQ)),
          to_bytes(key.component(Part::kGenerator))};
}

}  // namespace cose::jcapi::detail
