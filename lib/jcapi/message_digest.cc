// SPDX-License-Identifier: Apache-2.0
// javacard.security.MessageDigest and InitializedMessageDigest.
//
// State octet of an instance: the algorithm, which lasts. The message so far is beside it until a reset, after which a
// digest begins anew: there is no init() whose absence could be an error.
#include <array>

#include "jcapi/detail/crypto_call.h"
#include "jcapi/detail/message_hash.h"
#include "jcapi/detail/one_shot.h"
#include "jcapi/detail/sensitive.h"

namespace cose::jcapi {

namespace {

using namespace detail;

constexpr std::string_view kDigest = "javacard/security/MessageDigest";
constexpr std::string_view kInitialized = "javacard/security/InitializedMessageDigest";
constexpr std::string_view kDigestHidden = "javacardx/crypto/MessageDigestImpl";
constexpr std::string_view kInitializedHidden = "javacardx/crypto/InitializedMessageDigestImpl";
constexpr std::string_view kDigestOneShot = "javacard/security/MessageDigest$OneShot";
constexpr std::string_view kInitializedOneShot = "javacard/security/InitializedMessageDigest$OneShot";
constexpr std::uint16_t kStateOctets = 2;

class DigestWork final : public jcvm::TransientState {
 public:
  explicit DigestWork(MessageHash hash) : hash_(std::move(hash)) {}
  [[nodiscard]] MessageHash& hash() { return hash_; }

 private:
  MessageHash hash_;
};

std::int8_t algorithm_of(NativeCall& call) {
  return static_cast<std::int8_t>(state_of_self(call)[0]);
}

MessageHash& hash_of(NativeCall& call) {
  if (auto* work = call.transient<DigestWork>(call.self())) return work->hash();
  auto hash = MessageHash::create(*digest_of_algorithm(algorithm_of(call)));
  COSE_ASSERT(hash.has_value());  // getInstance() has made one before
  return make_transient<DigestWork>(call, call.self(), std::move(*hash)).hash();
}

NativeResult update(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  if (!hash_of(call).update(*octets)) return throw_crypto(call, CryptoReason::kIllegalUse);
  return call.return_void();
}

NativeResult do_final(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  auto& hash = hash_of(call);
  if (!hash.update(*octets)) return throw_crypto(call, CryptoReason::kIllegalUse);
  const auto value = hash.finish();
  if (!value) return throw_crypto(call, CryptoReason::kIllegalUse);
  return output_at(call, 3, *value);
}

NativeResult reset(NativeCall& call) {
  return done(call, hash_of(call).restart().has_value());
}
NativeResult get_algorithm(NativeCall& call) {
  return call.return_short(algorithm_of(call));
}
NativeResult get_length(NativeCall& call) {
  return call.return_short(static_cast<std::int16_t>(crypto::digest_size(*digest_of_algorithm(algorithm_of(call)))));
}

// doIntermediateMessageDigest(byte[] outBuff, short outOffset): between blocks only, and the message goes on.
NativeResult intermediate(NativeCall& call) {
  const auto value = hash_of(call).chaining_value();
  if (!value) return throw_crypto(call, CryptoReason::kIllegalUse);
  return output_at(call, 0, *value);
}

// setInitialDigest(byte[] initialDigestBuf, short off, short length, byte[] digestedMsgLenBuf, short off, short length)
NativeResult set_initial_digest(NativeCall& call) {
  const auto value = input_at(call, 0);
  if (!value) return NativeResult::kThrown;
  const auto length = input_at(call, 3);
  if (!length) return NativeResult::kThrown;
  if (!hash_of(call).resume(value->view(), length->view())) return throw_crypto(call, CryptoReason::kIllegalValue);
  return call.return_void();
}

bool is_offered(std::int16_t algorithm) {
  const auto kind = digest_of_algorithm(algorithm);
  return kind && MessageHash::create(*kind).has_value();
}
bool is_resumable(std::int16_t algorithm) {
  const auto kind = digest_of_algorithm(algorithm);
  return kind && crypto::is_resumable(*kind) && is_offered(algorithm);
}

NativeResult instance_of(NativeCall& call, std::string_view class_name) {
  const auto algorithm = static_cast<std::uint8_t>(call.number(0));
  const auto object = call.new_instance(*class_named(call, class_name));
  if (object == kNull || !call.write_state(object, 0, {&algorithm, 1})) return NativeResult::kThrown;
  return call.return_reference(object);
}

NativeResult get_instance(NativeCall& call) {
  if (!is_offered(call.number(0))) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  return instance_of(call, kDigestHidden);
}
NativeResult get_initialized_instance(NativeCall& call) {
  if (!is_resumable(call.number(0))) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  return instance_of(call, kInitializedHidden);
}
NativeResult intermediate_supported(NativeCall& call) {
  return call.return_boolean(is_resumable(call.number(0)));
}

NativeResult construct(NativeCall& call) {
  return call.return_void();
}

// ---- OneShot ----

NativeResult open_digest(NativeCall& call) {
  if (!is_offered(call.number(0))) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  return open_one_shot(call, kDigestOneShot, std::array{static_cast<std::uint8_t>(call.number(0))});
}
NativeResult open_initialized(NativeCall& call) {
  if (!is_resumable(call.number(0))) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  return open_one_shot(call, kInitializedOneShot, std::array{static_cast<std::uint8_t>(call.number(0))});
}
// JC API 3.1, MessageDigest.OneShot: update() and what goes with it is not for one shot.
NativeResult refuse(NativeCall& call) {
  return throw_crypto(call, CryptoReason::kIllegalUse);
}

constexpr MethodBinding kMethods[] = {
    {kDigest, "<init>()V", construct},
    {kDigest, "getInstance(BZ)Ljavacard/security/MessageDigest;", get_instance},
    {kDigest, "getInitializedMessageDigestInstance(BZ)Ljavacard/security/InitializedMessageDigest;",
     get_initialized_instance},
    {kDigest, "isIntermediateMessageDigestSupported(B)Z", intermediate_supported},
    {kInitialized, "<init>()V", construct},
    {kDigestHidden, "update([BSS)V", update},
    {kDigestHidden, "doFinal([BSS[BS)S", sensitive<do_final>},
    {kDigestHidden, "reset()V", reset},
    {kDigestHidden, "getAlgorithm()B", get_algorithm},
    {kDigestHidden, "getLength()B", get_length},
    {kDigestHidden, "doIntermediateMessageDigest([BS)S", intermediate},
    {kInitializedHidden, "update([BSS)V", update},
    {kInitializedHidden, "doFinal([BSS[BS)S", sensitive<do_final>},
    {kInitializedHidden, "reset()V", reset},
    {kInitializedHidden, "getAlgorithm()B", get_algorithm},
    {kInitializedHidden, "getLength()B", get_length},
    {kInitializedHidden, "setInitialDigest([BSS[BSS)V", set_initial_digest},
    {kInitializedHidden, "doIntermediateMessageDigest([BS)S", intermediate},
    {kDigestOneShot, "open(B)Ljavacard/security/MessageDigest$OneShot;", open_digest},
    {kDigestOneShot, "close()V", close_one_shot},
    {kDigestOneShot, "update([BSS)V", when_open<refuse>},
    {kDigestOneShot, "doFinal([BSS[BS)S", when_open<sensitive<do_final>>},
    {kDigestOneShot, "reset()V", when_open<reset>},
    {kDigestOneShot, "getAlgorithm()B", when_open<get_algorithm>},
    {kDigestOneShot, "getLength()B", when_open<get_length>},
    {kDigestOneShot, "doIntermediateMessageDigest([BS)S", when_open<refuse>},
    {kInitializedOneShot, "open(B)Ljavacard/security/InitializedMessageDigest$OneShot;", open_initialized},
    {kInitializedOneShot, "close()V", close_one_shot},
    {kInitializedOneShot, "update([BSS)V", when_open<refuse>},
    {kInitializedOneShot, "doFinal([BSS[BS)S", when_open<sensitive<do_final>>},
    {kInitializedOneShot, "reset()V", when_open<reset>},
    {kInitializedOneShot, "getAlgorithm()B", when_open<get_algorithm>},
    {kInitializedOneShot, "getLength()B", when_open<get_length>},
    {kInitializedOneShot, "setInitialDigest([BSS[BSS)V", when_open<set_initial_digest>},
    {kInitializedOneShot, "doIntermediateMessageDigest([BS)S", when_open<refuse>},
};
constexpr HiddenClass kHiddenClasses[] = {{kDigestHidden, kDigest, {}}, {kInitializedHidden, kInitialized, {}}};
constexpr StateBinding kStates[] = {{kDigestHidden, kStateOctets, 0},
                                    {kInitializedHidden, kStateOctets, 0},
                                    {kDigestOneShot, kOneShotOctets, 0},
                                    {kInitializedOneShot, kOneShotOctets, 0}};

}  // namespace

Bindings message_digest_bindings() {
  return {kMethods, kStates, kHiddenClasses};
}

}  // namespace cose::jcapi
