// SPDX-License-Identifier: Apache-2.0
// javacard.security.Signature and SignatureMessageRecovery.
//
// State octets of an instance: hash, cipher, padding and algorithm, and the mode of the last init(), whose key it
// holds. The work in between is a SignatureWork beside it; one that a reset took away begins anew.
#include <array>

#include "crypto/block_cipher.h"
#include "jcapi/detail/last_init.h"
#include "jcapi/detail/message_hash.h"
#include "jcapi/detail/one_shot.h"
#include "jcapi/detail/sensitive.h"
#include "jcapi/detail/signature_engine.h"
#include "jcre/runtime.h"

namespace cose::jcapi {

namespace {

using namespace detail;

constexpr std::string_view kSignature = "javacard/security/Signature";
constexpr std::string_view kHidden = "javacardx/crypto/SignatureImpl";
constexpr std::string_view kRecovery = "javacardx/crypto/SignatureMessageRecoveryImpl";
constexpr std::string_view kOneShot = "javacard/security/Signature$OneShot";
constexpr std::uint16_t kStateOctets = 6;
constexpr std::size_t kRowOctets = 4;
constexpr InitPlace kInit{kHidden, kRowOctets};

class SignatureWork final : public jcvm::TransientState {
 public:
  SignatureWork(std::unique_ptr<SignatureEngine> engine, SignatureMode mode, Reference key)
      : engine_(std::move(engine)), mode_(mode), key_(key) {}
  [[nodiscard]] SignatureEngine& engine() { return *engine_; }
  [[nodiscard]] SignatureMode mode() const { return mode_; }
  [[nodiscard]] Reference key() const { return key_; }

 private:
  std::unique_ptr<SignatureEngine> engine_;
  SignatureMode mode_;
  Reference key_;
};

SignatureRow row_of_self(NativeCall& call) {
  const auto state = state_of_self(call);
  const auto at = [&](std::size_t index) { return static_cast<std::int8_t>(state[index]); };
  return {at(0), static_cast<SignatureId>(at(1)), static_cast<PaddingId>(at(2)), at(3)};
}

// ---- init ----

Result<std::unique_ptr<SignatureEngine>> make_engine(NativeCall& call, const SignatureParameters& parameters,
                                                     const KeyObject& key) {
  auto& rng = jcre::runtime_of(call).rng();
  switch (parameters.row.cipher) {
    case SignatureId::kRsa: return make_rsa_signature(parameters, key, rng);
    case SignatureId::kDsa:
    case SignatureId::kEcdsa:
    case SignatureId::kEcdsaPlain:
    case SignatureId::kEddsa:
    case SignatureId::kEd25519:
    case SignatureId::kEd448: return make_curve_signature(call, parameters, key, rng);
    case SignatureId::kSm2: return make_sm2_signature(call, parameters, key, rng);
    default: return make_mac_engine(parameters, key);
  }
}

NativeResult init_with(NativeCall& call, ByteView initial) {
  const auto key = KeyObject::argument(call, call.reference(0));
  if (!key) return NativeResult::kThrown;
  if (!key->initialized()) return throw_crypto(call, CryptoReason::kUninitializedKey);
  const auto mode = call.number(1);
  if (mode != 1 && mode != 2) return throw_crypto(call, CryptoReason::kIllegalValue);
  const SignatureParameters parameters{row_of_self(call), static_cast<SignatureMode>(mode), initial};
  auto engine = make_engine(call, parameters, *key);
  if (!engine) return throw_crypto(call, CryptoReason::kIllegalValue);
  if (!keep_init(call, kInit, {key->reference(), static_cast<std::uint8_t>(mode)})) return NativeResult::kThrown;
  make_transient<SignatureWork>(call, call.self(), std::move(*engine), parameters.mode, key->reference());
  return call.return_void();
}

NativeResult init(NativeCall& call) {
  return init_with(call, {});
}
NativeResult init_with_parameters(NativeCall& call) {
  const auto initial = input_at(call, 2);
  if (!initial) return NativeResult::kThrown;
  if (initial->empty()) return throw_crypto(call, CryptoReason::kIllegalValue);
  return init_with(call, initial->view());
}

// ---- the work ----

// After a reset. Null: an exception is pending.
SignatureWork* begin_anew(NativeCall& call) {
  const auto init = last_init(call, call.self(), kInit);
  const auto key = kept_key(call, init);
  if (!key) return nullptr;
  const auto mode = static_cast<SignatureMode>(init->mode);
  auto engine = make_engine(call, {row_of_self(call), mode, {}}, *key);
  if (!engine) return static_cast<void>(throw_crypto(call, CryptoReason::kInvalidInit)), nullptr;
  return &make_transient<SignatureWork>(call, call.self(), std::move(*engine), mode, key->reference());
}

// Null: an exception is pending.
SignatureWork* ready(NativeCall& call) {
  auto* work = call.transient<SignatureWork>(call.self());
  if (work == nullptr) return begin_anew(call);
  const auto key = KeyObject::of(call, work->key());
  if (key && !key->initialized())
    return static_cast<void>(throw_crypto(call, CryptoReason::kUninitializedKey)), nullptr;
  return work;
}
SignatureWork* ready_for(NativeCall& call, SignatureMode mode) {
  auto* work = ready(call);
  if (work != nullptr && work->mode() != mode)
    return static_cast<void>(throw_crypto(call, CryptoReason::kIllegalUse)), nullptr;
  return work;
}

NativeResult answer(NativeCall& call, const Result<bool>& verified) {
  if (!verified) return throw_crypto(call, CryptoReason::kIllegalUse);
  return call.return_boolean(*verified);
}

NativeResult update(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  auto* work = ready(call);
  if (work == nullptr) return NativeResult::kThrown;
  if (!work->engine().update(*octets)) return throw_crypto(call, CryptoReason::kIllegalUse);
  return call.return_void();
}

NativeResult sign(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  auto* work = ready_for(call, SignatureMode::kSign);
  if (work == nullptr) return NativeResult::kThrown;
  const auto signature = work->engine().sign(*octets);
  if (!signature) return throw_crypto(call, CryptoReason::kIllegalUse);
  return output_at(call, 3, *signature);
}

NativeResult verify(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  const auto signature = call.readable(call.reference(3), call.number(4), call.number(5));
  if (!signature) return NativeResult::kThrown;
  auto* work = ready_for(call, SignatureMode::kVerify);
  if (work == nullptr) return NativeResult::kThrown;
  return answer(call, work->engine().verify(*octets, *signature));
}

NativeResult set_initial_digest(NativeCall& call) {
  const auto value = input_at(call, 0);
  if (!value) return NativeResult::kThrown;
  const auto length = input_at(call, 3);
  if (!length) return NativeResult::kThrown;
  auto* work = ready(call);
  if (work == nullptr) return NativeResult::kThrown;
  const auto resumed = work->engine().resume(value->view(), length->view());
  if (resumed) return call.return_void();
  const bool unsupported = resumed.error().kind == ErrorKind::kUnsupported;
  return throw_crypto(call, unsupported ? CryptoReason::kIllegalUse : CryptoReason::kIllegalValue);
}

NativeResult sign_hash(NativeCall& call) {
  const auto hash = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!hash) return NativeResult::kThrown;
  auto* work = ready_for(call, SignatureMode::kSign);
  if (work == nullptr) return NativeResult::kThrown;
  const auto signature = work->engine().sign_hash(*hash);
  if (!signature) return throw_crypto(call, CryptoReason::kIllegalUse);
  return output_at(call, 3, *signature);
}

NativeResult verify_hash(NativeCall& call) {
  const auto hash = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!hash) return NativeResult::kThrown;
  const auto signature = call.readable(call.reference(3), call.number(4), call.number(5));
  if (!signature) return NativeResult::kThrown;
  auto* work = ready_for(call, SignatureMode::kVerify);
  if (work == nullptr) return NativeResult::kThrown;
  return answer(call, work->engine().verify_hash(*hash, *signature));
}

// ---- message recovery ----

// sign(byte[] inBuff, short inOffset, short inLength, byte[] sigBuff, short sigOffset, short[] recMsgLen, short
// recMsgLenOffset)
NativeResult sign_recoverable(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  // Both outputs are there, or nothing happens.
  if (!call.load_element(call.reference(5), jcvm::ObjectKind::kShortArray, call.number(6)))
    return NativeResult::kThrown;
  auto* work = ready_for(call, SignatureMode::kSign);
  if (work == nullptr) return NativeResult::kThrown;
  const auto signature = work->engine().sign(*octets);
  if (!signature) return throw_crypto(call, CryptoReason::kIllegalUse);
  const auto recoverable = static_cast<std::int32_t>(work->engine().recoverable());
  if (!call.store_element(call.reference(5), jcvm::ObjectKind::kShortArray, call.number(6), recoverable))
    return NativeResult::kThrown;
  return output_at(call, 3, *signature);
}

// beginVerify(byte[] sigAndRecDataBuff, short buffOffset, short sigLength): the recovered octets take the place of the
// signature.
NativeResult begin_verify(NativeCall& call) {
  const auto signature = input_at(call, 0);
  if (!signature) return NativeResult::kThrown;
  auto* work = ready_for(call, SignatureMode::kVerify);
  if (work == nullptr) return NativeResult::kThrown;
  const auto recovered = work->engine().begin_verify(signature->view());
  if (!recovered) return throw_crypto(call, CryptoReason::kIllegalUse);
  return output_at(call, 0, *recovered);
}

NativeResult verify_rest(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  auto* work = ready_for(call, SignatureMode::kVerify);
  if (work == nullptr) return NativeResult::kThrown;
  return answer(call, work->engine().verify_rest(*octets));
}

// JC API 3.1, Signature.sign and verify: ILLEGAL_USE for algorithms with message recovery.
NativeResult refuse(NativeCall& call) {
  return ready(call) == nullptr ? NativeResult::kThrown : throw_crypto(call, CryptoReason::kIllegalUse);
}

// ---- facts ----

// Where it depends on the key: after init() only.
NativeResult get_length(NativeCall& call) {
  if (call.transient<SignatureWork>(call.self()) != nullptr || last_init(call, call.self(), kInit)) {
    auto* work = ready(call);
    if (work == nullptr) return NativeResult::kThrown;
    return call.return_short(static_cast<std::int16_t>(work->engine().length()));
  }
  const auto row = row_of_self(call);
  switch (row.cipher) {
    case SignatureId::kDesMac4: return call.return_short(4);
    case SignatureId::kDesMac8: return call.return_short(8);
    case SignatureId::kAesMac128:
    case SignatureId::kAesCmac128:
    case SignatureId::kSeedMac:
    case SignatureId::kSm4Mac128: return call.return_short(16);
    case SignatureId::kHmac:
      return call.return_short(static_cast<std::int16_t>(crypto::digest_size(*digest_of_algorithm(row.digest))));
    default: return throw_crypto(call, CryptoReason::kInvalidInit);
  }
}

template <std::size_t kAt>
NativeResult get_state(NativeCall& call) {
  return call.return_short(static_cast<std::int8_t>(state_of_self(call)[kAt]));
}

// ---- instances ----

std::array<std::uint8_t, kRowOctets> state_of_row(const SignatureRow& row) {
  return {static_cast<std::uint8_t>(row.digest), static_cast<std::uint8_t>(row.cipher),
          static_cast<std::uint8_t>(row.padding), static_cast<std::uint8_t>(row.algorithm)};
}

bool is_offered(const std::optional<SignatureRow>& row) {
  if (row && row->cipher == SignatureId::kSeedMac) return crypto::is_offered(crypto::BlockCipherKind::kSeed);
  return row && (row->digest == 0 || MessageHash::create(*digest_of_algorithm(row->digest)).has_value());
}

NativeResult instance_of(NativeCall& call, const std::optional<SignatureRow>& row) {
  if (!is_offered(row)) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  const auto object = call.new_instance(*class_named(call, row->recovers() ? kRecovery : kHidden));
  if (object == kNull || !call.write_state(object, 0, state_of_row(*row))) return NativeResult::kThrown;
  return call.return_reference(object);
}

NativeResult get_instance(NativeCall& call) {
  return instance_of(call, signature_of_algorithm(call.number(0)));
}
NativeResult get_instance_of_parts(NativeCall& call) {
  return instance_of(call, signature_of_parts(call.number(0), call.number(1), call.number(2)));
}
NativeResult construct(NativeCall& call) {
  return call.return_void();
}

NativeResult open(NativeCall& call) {
  const auto row = signature_of_parts(call.number(0), call.number(1), call.number(2));
  if (!is_offered(row) || row->recovers()) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  return open_one_shot(call, kOneShot, state_of_row(*row));
}
// JC API 3.1, Signature.OneShot.update: "not supported".
NativeResult refuse_update(NativeCall& call) {
  return throw_crypto(call, CryptoReason::kIllegalUse);
}

constexpr MethodBinding kMethods[] = {
    {kSignature, "<init>()V", construct},
    {kSignature, "getInstance(BZ)Ljavacard/security/Signature;", get_instance},
    {kSignature, "getInstance(BBBZ)Ljavacard/security/Signature;", get_instance_of_parts},
    {kHidden, "init(Ljavacard/security/Key;B)V", init},
    {kHidden, "init(Ljavacard/security/Key;B[BSS)V", init_with_parameters},
    {kHidden, "update([BSS)V", update},
    {kHidden, "sign([BSS[BS)S", sensitive<sign>},
    {kHidden, "verify([BSS[BSS)Z", sensitive<verify>},
    {kHidden, "setInitialDigest([BSS[BSS)V", set_initial_digest},
    {kHidden, "signPreComputedHash([BSS[BS)S", sensitive<sign_hash>},
    {kHidden, "verifyPreComputedHash([BSS[BSS)Z", sensitive<verify_hash>},
    {kHidden, "getLength()S", get_length},
    {kHidden, "getMessageDigestAlgorithm()B", get_state<0>},
    {kHidden, "getCipherAlgorithm()B", get_state<1>},
    {kHidden, "getPaddingAlgorithm()B", get_state<2>},
    {kHidden, "getAlgorithm()B", get_state<3>},
    {kRecovery, "sign([BSS[BS)S", refuse},
    {kRecovery, "verify([BSS[BSS)Z", refuse},
    {kRecovery, "sign([BSS[BS[SS)S", sensitive<sign_recoverable>},
    {kRecovery, "beginVerify([BSS)S", sensitive<begin_verify>},
    {kRecovery, "verify([BSS)Z", sensitive<verify_rest>},
    {kOneShot, "open(BBB)Ljavacard/security/Signature$OneShot;", open},
    {kOneShot, "close()V", close_one_shot},
    {kOneShot, "init(Ljavacard/security/Key;B)V", when_open<init>},
    {kOneShot, "init(Ljavacard/security/Key;B[BSS)V", when_open<init_with_parameters>},
    {kOneShot, "update([BSS)V", when_open<refuse_update>},
    {kOneShot, "sign([BSS[BS)S", when_open<sensitive<sign>>},
    {kOneShot, "verify([BSS[BSS)Z", when_open<sensitive<verify>>},
    {kOneShot, "setInitialDigest([BSS[BSS)V", when_open<set_initial_digest>},
    {kOneShot, "signPreComputedHash([BSS[BS)S", when_open<sensitive<sign_hash>>},
    {kOneShot, "verifyPreComputedHash([BSS[BSS)Z", when_open<sensitive<verify_hash>>},
    {kOneShot, "getLength()S", when_open<get_length>},
    {kOneShot, "getMessageDigestAlgorithm()B", when_open<get_state<0>>},
    {kOneShot, "getCipherAlgorithm()B", when_open<get_state<1>>},
    {kOneShot, "getPaddingAlgorithm()B", when_open<get_state<2>>},
    {kOneShot, "getAlgorithm()B", when_open<get_state<3>>},
};
constexpr std::string_view kRecoveryInterfaces[] = {"javacard/security/SignatureMessageRecovery"};
constexpr HiddenClass kHiddenClasses[] = {{kHidden, kSignature, {}}, {kRecovery, kHidden, kRecoveryInterfaces}};
constexpr StateBinding kStates[] = {{kHidden, kStateOctets, 1}, {kOneShot, kOneShotOctets, 0}};

}  // namespace

Bindings signature_bindings() {
  return {kMethods, kStates, kHiddenClasses};
}

}  // namespace cose::jcapi
