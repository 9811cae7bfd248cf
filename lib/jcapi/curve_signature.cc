// SPDX-License-Identifier: Apache-2.0
// ECDSA, DSA and EdDSA.
#include <utility>

#include "crypto/dsa.h"
#include "crypto/ecdsa.h"
#include "crypto/edwards.h"
#include "jcapi/detail/hashed_engine.h"

namespace cose::jcapi::detail {

namespace {

// EdDSA reads its message twice, so it must be kept whole; what an applet can feed in one call and more.
constexpr std::size_t kMaximumEddsaMessage = std::size_t{64} * 1024;

std::unexpected<Error> no_fit() {
  return fail(ErrorKind::kInvalid, "the key does not fit the signature");
}

// Of SEQUENCE { INTEGER, INTEGER } with numbers of so many octets, each perhaps with a zero in front.
std::size_t der_length(std::size_t number) {
  const auto integer = 2 + number + 1;
  return 2 * integer + (2 * integer > 127 ? 3 : 2);
}

class EcdsaSignature final : public HashedEngine {
 public:
  EcdsaSignature(std::optional<MessageHash> hash, std::optional<crypto::EcPrivateKey> secret,
                 std::optional<crypto::EcPublicKey> open, crypto::EcdsaForm form, Rng& rng)
      : HashedEngine(std::move(hash)), secret_(std::move(secret)), open_(std::move(open)), form_(form), rng_(rng) {}

  std::size_t length() const override {
    const auto& curve = secret_ ? secret_->curve() : open_->curve();
    return form_ == crypto::EcdsaForm::kRaw ? 2 * curve.order_size() : der_length(curve.order_size());
  }

 protected:
  Result<Bytes> sign_value(ByteView hash) override { return crypto::sign_ecdsa(*secret_, hash, rng_, form_); }
  Status verify_value(ByteView hash, ByteView signature) override {
    return crypto::verify_ecdsa(*open_, hash, signature, form_);
  }

 private:
  std::optional<crypto::EcPrivateKey> secret_;
  std::optional<crypto::EcPublicKey> open_;
  crypto::EcdsaForm form_;
  Rng& rng_;
};

class DsaSignature final : public HashedEngine {
 public:
  DsaSignature(std::optional<MessageHash> hash, crypto::DsaGroup group, Secret value, Rng& rng)
      : HashedEngine(std::move(hash)), group_(std::move(group)), value_(std::move(value)), rng_(rng) {}

  std::size_t length() const override { return der_length(group_.order_size()); }

 protected:
  Result<Bytes> sign_value(ByteView hash) override { return group_.sign(value_.view(), hash, rng_); }
  Status verify_value(ByteView hash, ByteView signature) override {
    return group_.verify(value_.view(), hash, signature);
  }

 private:
  crypto::DsaGroup group_;
  Secret value_;  // private or public, by the mode
  Rng& rng_;
};

class EddsaSignature final : public SignatureEngine {
 public:
  EddsaSignature(crypto::EddsaCurve curve, std::optional<crypto::EddsaPrivateKey> secret, Bytes open)
      : curve_(curve), secret_(std::move(secret)), open_(std::move(open)) {}

  std::size_t length() const override { return crypto::signature_size(curve_); }
  Status update(ByteView octets) override {
    if (message_.size() + octets.size() > kMaximumEddsaMessage)
      return fail(ErrorKind::kLimit, "the message is too long for EdDSA");
    append(message_, octets);
    return {};
  }
  Result<Bytes> sign(ByteView last) override {
    COSE_TRY(const auto message, finish(last));
    return secret_->sign(message);
  }
  Result<bool> verify(ByteView last, ByteView signature) override {
    COSE_TRY(const auto message, finish(last));
    return crypto::verify_eddsa(curve_, open_, message, signature).has_value();
  }

 private:
  Result<Bytes> finish(ByteView last) {
    const auto fed = update(last);
    auto message = std::exchange(message_, {});
    COSE_CHECK(fed);
    return message;
  }

  crypto::EddsaCurve curve_;
  std::optional<crypto::EddsaPrivateKey> secret_;
  Bytes open_;
  Bytes message_;
};

Result<std::unique_ptr<SignatureEngine>> make_ecdsa(NativeCall& call, const SignatureParameters& parameters,
                                                    const KeyObject& key, Rng& rng) {
  const bool sign = parameters.mode == SignatureMode::kSign;
  if (sign ? !is_ec_private(key) : !is_ec_public(key)) return no_fit();
  COSE_TRY(auto hash, hash_of_row(parameters.row));
  std::optional<crypto::EcPrivateKey> secret;
  std::optional<crypto::EcPublicKey> open;
  if (sign) {
    COSE_TRY(secret, ec_private_of(call, key));
  } else {
    COSE_TRY(open, ec_public_of(call, key));
  }
  const auto form =
      parameters.row.cipher == SignatureId::kEcdsaPlain ? crypto::EcdsaForm::kRaw : crypto::EcdsaForm::kDer;
  return std::make_unique<EcdsaSignature>(std::move(hash), std::move(secret), std::move(open), form, rng);
}

Result<std::unique_ptr<SignatureEngine>> make_dsa(const SignatureParameters& parameters, const KeyObject& key,
                                                  Rng& rng) {
  const bool sign = parameters.mode == SignatureMode::kSign;
  if (key.kind() != (sign ? KeyKind::kDsaPrivate : KeyKind::kDsaPublic)) return no_fit();
  COSE_TRY(auto hash, hash_of_row(parameters.row));
  COSE_TRY(auto group, crypto::DsaGroup::create(dsa_domain_of(key)));
  Secret value(key.component(sign ? Part::kSecret : Part::kPublic));
  return std::make_unique<DsaSignature>(std::move(hash), std::move(group), std::move(value), rng);
}

Result<std::unique_ptr<SignatureEngine>> make_eddsa(const SignatureParameters& parameters, const KeyObject& key) {
  const auto* curve = eddsa_curve_of(key);
  const auto cipher = parameters.row.cipher;
  if (curve == nullptr || (cipher == SignatureId::kEd25519 && *curve != crypto::EddsaCurve::kEd25519) ||
      (cipher == SignatureId::kEd448 && *curve != crypto::EddsaCurve::kEd448))
    return no_fit();
  const bool sign = parameters.mode == SignatureMode::kSign;
  if (key.kind() != (sign ? KeyKind::kXecPrivate : KeyKind::kXecPublic)) return no_fit();
  std::optional<crypto::EddsaPrivateKey> secret;
  if (sign) {
    COSE_TRY(secret, crypto::EddsaPrivateKey::create(*curve, key.component(Part::kSecret)));
  }
  return std::make_unique<EddsaSignature>(*curve, std::move(secret), to_bytes(key.component(Part::kPublic)));
}

}  // namespace

Result<std::unique_ptr<SignatureEngine>> make_curve_signature(NativeCall& call, const SignatureParameters& parameters,
                                                              const KeyObject& key, Rng& rng) {
  if (!parameters.initial.empty()) return no_fit();
  switch (parameters.row.cipher) {
    case SignatureId::kEcdsa:
    case SignatureId::kEcdsaPlain: return make_ecdsa(call, parameters, key, rng);
    case SignatureId::kDsa: return make_dsa(parameters, key, rng);
    default: return make_eddsa(parameters, key);
  }
}

}  // namespace cose::jcapi::detail
