// SPDX-License-Identifier: Apache-2.0
// javacard.security.KeyAgreement. SM2 is missing: OpenSSL offers no such agreement.
//
// State octets of an instance: the algorithm and the mode, which is always zero; it holds the key of the last init().
#include <variant>

#include "crypto/digest.h"
#include "crypto/ecdh.h"
#include "jcapi/detail/key_values.h"
#include "jcapi/detail/last_init.h"
#include "jcapi/detail/sensitive.h"

namespace cose::jcapi {

namespace {

using namespace detail;
using crypto::DhPrivateKey;
using crypto::EcdhKind;
using crypto::EcPrivateKey;
using crypto::XdhPrivateKey;

constexpr std::string_view kAgreement = "javacard/security/KeyAgreement";
constexpr std::string_view kHidden = "javacardx/crypto/KeyAgreementImpl";
constexpr std::uint16_t kStateOctets = 2;
constexpr InitPlace kInit{kHidden, 1};

// KeyAgreement.ALG_...
enum class Algorithm : std::uint8_t {
  kEcDhKdf = 1,
  kEcDhcKdf = 2,
  kEcDhPlain = 3,
  kEcDhcPlain = 4,
  kPaceGm = 5,
  kEcDhPlainXy = 6,
  kDhPlain = 7,
  kXdh = 8,
};

using PrivateKey = std::variant<EcPrivateKey, DhPrivateKey, XdhPrivateKey>;

class AgreementWork final : public jcvm::TransientState {
 public:
  AgreementWork(PrivateKey secret, Reference key) : secret_(std::move(secret)), key_(key) {}
  [[nodiscard]] const PrivateKey& secret() const { return secret_; }
  [[nodiscard]] Reference key() const { return key_; }

 private:
  PrivateKey secret_;
  Reference key_;
};

Algorithm algorithm_of(NativeCall& call) {
  return static_cast<Algorithm>(state_of_self(call)[0]);
}

Result<PrivateKey> private_key_of(NativeCall& call, const KeyObject& key) {
  const auto algorithm = algorithm_of(call);
  if (algorithm == Algorithm::kDhPlain && key.kind() == KeyKind::kDhPrivate) return dh_private_of(key);
  if (algorithm == Algorithm::kXdh && key.kind() == KeyKind::kXecPrivate && xdh_curve_of(key) != nullptr)
    return XdhPrivateKey::create(*xdh_curve_of(key), key.component(Part::kSecret));
  if (algorithm <= Algorithm::kEcDhPlainXy && is_ec_private(key)) return ec_private_of(call, key);
  return fail(ErrorKind::kInvalid, "the key does not fit the agreement");
}

NativeResult init(NativeCall& call) {
  const auto key = KeyObject::argument(call, call.reference(0));
  if (!key) return NativeResult::kThrown;
  if (!key->initialized()) return throw_crypto(call, CryptoReason::kUninitializedKey);
  auto secret = private_key_of(call, *key);
  if (!secret) return throw_crypto(call, CryptoReason::kIllegalValue);
  if (!keep_init(call, kInit, {key->reference(), 0})) return NativeResult::kThrown;
  make_transient<AgreementWork>(call, call.self(), std::move(*secret), key->reference());
  return call.return_void();
}

// After a reset. Null: an exception is pending.
AgreementWork* begin_anew(NativeCall& call) {
  const auto key = kept_key(call, last_init(call, call.self(), kInit));
  if (!key) return nullptr;
  auto secret = private_key_of(call, *key);
  if (!secret) return static_cast<void>(throw_crypto(call, CryptoReason::kInvalidInit)), nullptr;
  return &make_transient<AgreementWork>(call, call.self(), std::move(*secret), key->reference());
}

// init(PrivateKey, AlgorithmParameterSpec): parameters are for SM2 alone.
NativeResult init_with_parameters(NativeCall& call) {
  if (call.reference(1) != kNull) return throw_crypto(call, CryptoReason::kIllegalValue);
  return init(call);
}

Result<Secret> agree_on_curve(const EcPrivateKey& key, Algorithm algorithm, ByteView peer) {
  COSE_TRY(const auto open, crypto::EcPublicKey::create(key.curve(), peer));
  const bool cofactor = algorithm == Algorithm::kEcDhcKdf || algorithm == Algorithm::kEcDhcPlain;
  const auto kind = cofactor ? EcdhKind::kCofactor : EcdhKind::kPlain;
  if (algorithm == Algorithm::kEcDhPlainXy) return crypto::ecdh_point(key, open, kind);
  if (algorithm == Algorithm::kPaceGm) {
    COSE_TRY(auto mapped, crypto::map_generic(key, open));
    return Secret::take(std::move(mapped));
  }
  COSE_TRY(auto secret, crypto::ecdh(key, open, kind));
  if (algorithm == Algorithm::kEcDhPlain || algorithm == Algorithm::kEcDhcPlain) return secret;
  // JC API 3.1, ALG_EC_SVDP_DH_KDF: the SHA-1 of the secret, IEEE 1363 KDF1.
  COSE_TRY(auto hashed, crypto::digest(crypto::DigestKind::kSha1, secret.view()));
  return Secret::take(std::move(hashed));
}

Result<Secret> agree(const PrivateKey& secret, Algorithm algorithm, ByteView peer) {
  if (const auto* curve = std::get_if<EcPrivateKey>(&secret)) return agree_on_curve(*curve, algorithm, peer);
  if (const auto* field = std::get_if<DhPrivateKey>(&secret)) return field->agree(peer);
  return std::get<XdhPrivateKey>(secret).agree(peer);
}

// generateSecret(byte[] publicData, short publicOffset, short publicLength, byte[] secret, short secretOffset)
NativeResult generate_secret(NativeCall& call) {
  const auto peer = input_at(call, 0);
  if (!peer) return NativeResult::kThrown;
  const auto* work = call.transient<AgreementWork>(call.self());
  if (work == nullptr) work = begin_anew(call);
  if (work == nullptr) return NativeResult::kThrown;
  const auto key = KeyObject::of(call, work->key());
  if (key && !key->initialized()) return throw_crypto(call, CryptoReason::kUninitializedKey);
  const auto secret = agree(work->secret(), algorithm_of(call), peer->view());
  if (!secret) return throw_crypto(call, CryptoReason::kIllegalValue);
  return output_at(call, 3, secret->view());
}

NativeResult get_algorithm(NativeCall& call) {
  return call.return_short(state_of_self(call)[0]);
}

NativeResult get_instance(NativeCall& call) {
  const auto number = call.number(0);
  if (number < 1 || number > static_cast<std::int16_t>(Algorithm::kXdh))
    return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  const auto algorithm = static_cast<std::uint8_t>(number);
  const auto object = call.new_instance(*class_named(call, kHidden));
  if (object == kNull || !call.write_state(object, 0, {&algorithm, 1})) return NativeResult::kThrown;
  return call.return_reference(object);
}

NativeResult construct(NativeCall& call) {
  return call.return_void();
}

constexpr MethodBinding kMethods[] = {
    {kAgreement, "<init>()V", construct},
    {kAgreement, "getInstance(BZ)Ljavacard/security/KeyAgreement;", get_instance},
    {kHidden, "init(Ljavacard/security/PrivateKey;)V", init},
    {kHidden, "init(Ljavacard/security/PrivateKey;Ljavacard/security/AlgorithmParameterSpec;)V", init_with_parameters},
    {kHidden, "generateSecret([BSS[BS)S", sensitive<generate_secret>},
    {kHidden, "getAlgorithm()B", get_algorithm},
};
constexpr HiddenClass kHiddenClasses[] = {{kHidden, kAgreement, {}}};
constexpr StateBinding kStates[] = {{kHidden, kStateOctets, 1}};

}  // namespace

Bindings key_agreement_bindings() {
  return {kMethods, kStates, kHiddenClasses};
}

}  // namespace cose::jcapi
