// SPDX-License-Identifier: Apache-2.0
// javacardx.crypto.AEADCipher: GCM and CCM.
//
// update() hands plaintext out before its tag is checked, as the interface has it: who uses it must call verifyTag().
// After doFinal() only the tag can be had; the next message needs an init(), because a nonce must not serve twice. (JC
// API 3.1 says of AES in general that the initial value becomes zero, which GCM and CCM do not survive.)
#include <algorithm>
#include <array>

#include "crypto/aead_stream.h"
#include "jcapi/detail/cipher_object.h"
#include "jcapi/detail/cipher_table.h"
#include "jcapi/detail/key_object.h"
#include "jcapi/detail/sensitive.h"

namespace cose::jcapi {

namespace {

using namespace detail;
using crypto::AeadMode;
using crypto::Direction;

constexpr std::string_view kAead = "javacardx/crypto/AEADCipher";
constexpr std::uint16_t kStateOctets = 4;
// init() without sizes: of a tag in full, with a nonce of zeros (JC API 3.1, AEADCipher.init: 12 octets for GCM).
constexpr std::size_t kDefaultNonce = 12;
constexpr std::size_t kFullTag = 16;

enum class Stage { kAssociated, kMessage, kDone };

struct AeadWork final : jcvm::TransientState {
  std::unique_ptr<crypto::AeadStream> stream;
  AeadMode mode = AeadMode::kGcm;
  Direction direction = Direction::kEncrypt;
  Stage stage = Stage::kAssociated;
  Reference key = kNull;
  std::size_t tag_size = kFullTag;
  Bytes tag;
};

AeadMode mode_of(NativeCall& call) {
  const auto cipher = static_cast<CipherId>(static_cast<std::int8_t>(state_of_self(call)[0]));
  return cipher == CipherId::kAesGcm ? AeadMode::kGcm : AeadMode::kCcm;
}

NativeResult start(NativeCall& call, ByteView nonce, const crypto::AeadSizes& sizes) {
  const auto key = KeyObject::argument(call, call.reference(0));
  if (!key) return NativeResult::kThrown;
  if (!key->initialized()) return throw_crypto(call, CryptoReason::kUninitializedKey);
  const auto mode = call.number(1);  // MODE_DECRYPT 1, MODE_ENCRYPT 2
  if ((mode != 1 && mode != 2) || key->kind() != KeyKind::kAes) return throw_crypto(call, CryptoReason::kIllegalValue);
  auto work = std::make_unique<AeadWork>();
  work->mode = mode_of(call);
  work->direction = mode == 1 ? Direction::kDecrypt : Direction::kEncrypt;
  work->key = key->reference();
  work->tag_size = sizes.tag;
  auto stream = crypto::AeadStream::create(work->mode, work->direction, Secret(key->component(Part::kValue)).view());
  if (!stream || !(*stream)->start(nonce, sizes)) return throw_crypto(call, CryptoReason::kIllegalValue);
  work->stream = std::move(*stream);
  call.set_transient(call.self(), std::move(work));
  return call.return_void();
}

// init(Key, byte): CCM must know its sizes, so this is for GCM alone.
NativeResult init(NativeCall& call) {
  if (mode_of(call) == AeadMode::kCcm) return throw_crypto(call, CryptoReason::kIllegalValue);
  return start(call, Bytes(kDefaultNonce), {});
}

// init(Key, byte, byte[], short, short): the nonce.
NativeResult init_with_nonce(NativeCall& call) {
  const auto nonce = input_at(call, 2);
  if (!nonce) return NativeResult::kThrown;
  if (mode_of(call) == AeadMode::kCcm) return throw_crypto(call, CryptoReason::kIllegalValue);
  return start(call, nonce->view(), {});
}

// init(Key, byte, byte[] nonceBuf, short nonceOff, short nonceLen, short adataLen, short messageLen, short tagSize)
NativeResult init_with_sizes(NativeCall& call) {
  const auto nonce = input_at(call, 2);
  if (!nonce) return NativeResult::kThrown;
  const auto associated = call.number(5);
  const auto message = call.number(6);
  const auto tag = call.number(7);
  if (associated < 0 || message < 0 || tag < 0) return throw_crypto(call, CryptoReason::kIllegalValue);
  return start(
      call, nonce->view(),
      {static_cast<std::size_t>(associated), static_cast<std::size_t>(message), static_cast<std::size_t>(tag)});
}

// Null: an exception is pending.
AeadWork* ready(NativeCall& call) {
  auto* work = call.transient<AeadWork>(call.self());
  if (work == nullptr || work->stage == Stage::kDone)
    return static_cast<void>(throw_crypto(call, CryptoReason::kInvalidInit)), nullptr;
  const auto key = KeyObject::of(call, work->key);
  if (key && !key->initialized())
    return static_cast<void>(throw_crypto(call, CryptoReason::kUninitializedKey)), nullptr;
  return work;
}

NativeResult update_aad(NativeCall& call) {
  const auto octets = input_at(call, 0);
  if (!octets) return NativeResult::kThrown;
  auto* work = ready(call);
  if (work == nullptr) return NativeResult::kThrown;
  if (work->stage != Stage::kAssociated || !work->stream->associate(octets->view()))
    return throw_crypto(call, CryptoReason::kIllegalUse);
  return call.return_void();
}

// Works on the octets in place. False: an exception is pending.
bool run(NativeCall& call, AeadWork& work, Secret& octets) {
  if (!call.writable(call.reference(3), call.number(4), static_cast<std::int32_t>(octets.size()))) return false;
  work.stage = Stage::kMessage;
  if (work.stream->update(octets.view(), octets.writable())) return true;
  return static_cast<void>(throw_crypto(call, CryptoReason::kIllegalUse)), false;
}

NativeResult update(NativeCall& call) {
  auto octets = input_at(call, 0);
  if (!octets) return NativeResult::kThrown;
  auto* work = ready(call);
  if (work == nullptr || !run(call, *work, *octets)) return NativeResult::kThrown;
  return output_at(call, 3, octets->view());
}

NativeResult do_final(NativeCall& call) {
  auto octets = input_at(call, 0);
  if (!octets) return NativeResult::kThrown;
  auto* work = ready(call);
  if (work == nullptr || !run(call, *work, *octets)) return NativeResult::kThrown;
  auto tag = work->stream->finish();
  if (!tag) return throw_crypto(call, CryptoReason::kIllegalUse);
  work->tag = std::move(*tag);
  work->stage = Stage::kDone;
  return output_at(call, 3, octets->view());
}

// The tag of a message that doFinal() has ended. Null: an exception is pending.
const Bytes* tag_for(NativeCall& call, Direction direction) {
  const auto* work = call.transient<AeadWork>(call.self());
  if (work == nullptr) return static_cast<void>(throw_crypto(call, CryptoReason::kInvalidInit)), nullptr;
  if (work->direction != direction || work->stage != Stage::kDone)
    return static_cast<void>(throw_crypto(call, CryptoReason::kIllegalUse)), nullptr;
  return &work->tag;
}

// GCM cuts its tag to the size wanted; CCM's depends on the size (SP 800-38C §6.1).
bool is_tag_size(NativeCall& call, std::int16_t size) {
  const auto* work = call.transient<AeadWork>(call.self());
  if (work->mode == AeadMode::kCcm) return size >= 0 && static_cast<std::size_t>(size) == work->tag_size;
  return size == 4 || size == 8 || (size >= 12 && size <= 16);
}

// retrieveTag(byte[] tagBuf, short tagOff, short tagLen)
NativeResult retrieve_tag(NativeCall& call) {
  const auto* tag = tag_for(call, Direction::kEncrypt);
  if (tag == nullptr) return NativeResult::kThrown;
  if (!is_tag_size(call, call.number(2))) return throw_crypto(call, CryptoReason::kIllegalValue);
  return output_at(call, 0, ByteView(*tag).first(static_cast<std::size_t>(call.number(2))));
}

// verifyTag(byte[] receivedTagBuf, short receivedTagOff, short receivedTagLen, short requiredTagLen)
NativeResult verify_tag(NativeCall& call) {
  const auto received = input_at(call, 0);
  if (!received) return NativeResult::kThrown;
  const auto* tag = tag_for(call, Direction::kDecrypt);
  if (tag == nullptr) return NativeResult::kThrown;
  const auto required = call.number(3);
  if (!is_tag_size(call, required) || received->size() < static_cast<std::size_t>(required))
    return throw_crypto(call, CryptoReason::kIllegalValue);
  const auto size = static_cast<std::size_t>(required);
  return call.return_boolean(constant_time_equal(ByteView(*tag).first(size), received->view().first(size)));
}

template <std::size_t kAt>
NativeResult get_state(NativeCall& call) {
  return call.return_short(static_cast<std::int8_t>(state_of_self(call)[kAt]));
}

NativeResult construct(NativeCall& call) {
  return call.return_void();
}

constexpr MethodBinding kMethods[] = {
    {kAead, "<init>()V", construct},
    {kAeadCipherClass, "init(Ljavacard/security/Key;B)V", init},
    {kAeadCipherClass, "init(Ljavacard/security/Key;B[BSS)V", init_with_nonce},
    {kAeadCipherClass, "init(Ljavacard/security/Key;B[BSSSSS)V", init_with_sizes},
    {kAeadCipherClass, "updateAAD([BSS)V", update_aad},
    {kAeadCipherClass, "update([BSS[BS)S", sensitive<update>},
    {kAeadCipherClass, "doFinal([BSS[BS)S", sensitive<do_final>},
    {kAeadCipherClass, "retrieveTag([BSS)S", sensitive<retrieve_tag>},
    {kAeadCipherClass, "verifyTag([BSSS)Z", sensitive<verify_tag>},
    {kAeadCipherClass, "getAlgorithm()B", get_state<2>},
    {kAeadCipherClass, "getCipherAlgorithm()B", get_state<0>},
    {kAeadCipherClass, "getPaddingAlgorithm()B", get_state<1>},
};
constexpr HiddenClass kHiddenClasses[] = {{kAeadCipherClass, kAead, {}}};
constexpr StateBinding kStates[] = {{kAeadCipherClass, kStateOctets, 0}};

}  // namespace

Bindings aead_cipher_bindings() {
  return {kMethods, kStates, kHiddenClasses};
}

}  // namespace cose::jcapi
