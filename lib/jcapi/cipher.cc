// SPDX-License-Identifier: Apache-2.0
// javacardx.crypto.Cipher.
//
// State octets of an instance: cipher, padding and algorithm, and the mode of the last init(), whose key it holds. The
// work in between is a CipherWork beside it; one that a reset took away begins anew.
#include <array>

#include "crypto/sm2.h"
#include "jcapi/detail/cipher_engine.h"
#include "jcapi/detail/cipher_object.h"
#include "jcapi/detail/cipher_table.h"
#include "jcapi/detail/key_values.h"
#include "jcapi/detail/last_init.h"
#include "jcapi/detail/one_shot.h"
#include "jcapi/detail/sensitive.h"
#include "jcre/runtime.h"

namespace cose::jcapi {

namespace {

using namespace detail;
using crypto::CipherMode;
using crypto::Direction;

constexpr std::string_view kCipher = "javacardx/crypto/Cipher";
constexpr std::string_view kHidden = "javacardx/crypto/CipherImpl";
constexpr std::string_view kOneShot = "javacardx/crypto/Cipher$OneShot";
constexpr std::uint16_t kStateOctets = 4;
constexpr InitPlace kInit{kHidden, 3};

class CipherWork final : public jcvm::TransientState {
 public:
  CipherWork(std::unique_ptr<CipherEngine> engine, Reference key) : engine_(std::move(engine)), key_(key) {}
  [[nodiscard]] CipherEngine& engine() { return *engine_; }
  [[nodiscard]] Reference key() const { return key_; }

 private:
  std::unique_ptr<CipherEngine> engine_;
  Reference key_;
};

// Of an instance.
struct Parts {
  CipherId cipher;
  PaddingId padding;
};
Parts parts_of(NativeCall& call, Reference cipher) {
  const auto state = *call.state_of(cipher, *call.class_of(cipher));
  return {static_cast<CipherId>(static_cast<std::int8_t>(state[0])),
          static_cast<PaddingId>(static_cast<std::int8_t>(state[1]))};
}

// ---- which key fits which cipher ----

std::optional<crypto::BlockCipherKind> block_kind(CipherId cipher, const KeyObject& key) {
  const auto octets = key.capacity(Part::kValue);
  switch (cipher) {
    case CipherId::kDesCbc:
    case CipherId::kDesEcb:
      if (key.kind() != KeyKind::kDes) return std::nullopt;
      return *crypto::des_with_key_size(octets);
    case CipherId::kSm4Cbc:
    case CipherId::kSm4Ecb:
      if (key.kind() != KeyKind::kSm4) return std::nullopt;
      return crypto::BlockCipherKind::kSm4;
    case CipherId::kSeedCbc:
    case CipherId::kSeedEcb:
      if (key.kind() != KeyKind::kSeed) return std::nullopt;
      return crypto::BlockCipherKind::kSeed;
    default: {
      if (key.kind() != KeyKind::kAes) return std::nullopt;
      const auto kind = crypto::aes_with_key_size(octets);
      if (!kind) return std::nullopt;
      return *kind;
    }
  }
}

std::unexpected<Error> no_fit() {
  return fail(ErrorKind::kInvalid, "the key does not fit the cipher");
}

constexpr std::uint8_t kDecrypt = 1;  // Cipher.MODE_DECRYPT
constexpr std::uint8_t kEncrypt = 2;

Result<std::unique_ptr<CipherEngine>> make_engine(NativeCall& call, Reference self, const KeyObject& key,
                                                  std::uint8_t mode, ByteView initial) {
  const auto [cipher, padding] = parts_of(call, self);
  const auto direction = mode == kDecrypt ? Direction::kDecrypt : Direction::kEncrypt;
  if (cipher == CipherId::kRsa) {
    if (key.kind() != KeyKind::kRsaPublic && !is_rsa_private(key)) return no_fit();
    if (!initial.empty()) return fail(ErrorKind::kInvalid, "RSA takes no initial value");
    const auto digest = oaep_digest(padding);
    const auto kind = digest                         ? RsaPadding::kOaep
                      : padding == PaddingId::kPkcs1 ? RsaPadding::kPkcs1
                                                     : RsaPadding::kNone;
    return make_rsa_engine({kind, digest.value_or(crypto::DigestKind::kSha1), direction}, key,
                           jcre::runtime_of(call).rng());
  }
  if (cipher == CipherId::kSm2) return initial.empty() ? make_sm2_engine(call, direction, key) : no_fit();
  const Secret value(key.component(Part::kValue));
  if (cipher == CipherId::kAesXts)
    return key.kind() == KeyKind::kAes ? make_xts_engine(direction, value.view(), initial) : no_fit();
  const auto kind = block_kind(cipher, key);
  if (!kind) return no_fit();
  if (cipher == CipherId::kAesCtr || cipher == CipherId::kAesCfb)
    return make_stream_engine(cipher == CipherId::kAesCtr ? CipherMode::kCtr : CipherMode::kCfb, direction,
                              value.view(), initial);
  const bool ecb = cipher == CipherId::kDesEcb || cipher == CipherId::kAesEcb || cipher == CipherId::kSm4Ecb ||
                   cipher == CipherId::kSeedEcb;
  if (ecb && !initial.empty()) return fail(ErrorKind::kInvalid, "ECB takes no initial value");
  return make_block_engine({*kind, ecb ? CipherMode::kEcb : CipherMode::kCbc, direction, *block_padding(padding)},
                           value.view(), initial);
}

// ---- natives ----

NativeResult init_with(NativeCall& call, ByteView initial) {
  const auto key = KeyObject::argument(call, call.reference(0));
  if (!key) return NativeResult::kThrown;
  if (!key->initialized()) return throw_crypto(call, CryptoReason::kUninitializedKey);
  const auto mode = static_cast<std::uint8_t>(call.number(1));
  if (mode != kDecrypt && mode != kEncrypt) return throw_crypto(call, CryptoReason::kIllegalValue);
  auto engine = make_engine(call, call.self(), *key, mode, initial);
  if (!engine) return throw_crypto(call, CryptoReason::kIllegalValue);
  if (!keep_init(call, kInit, {key->reference(), mode})) return NativeResult::kThrown;
  make_transient<CipherWork>(call, call.self(), std::move(*engine), key->reference());
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

// After a reset. Null: an exception is pending.
CipherWork* begin_anew(NativeCall& call, Reference cipher) {
  const auto init = last_init(call, cipher, kInit);
  const auto key = kept_key(call, init);
  if (!key) return nullptr;
  auto engine = make_engine(call, cipher, *key, init->mode, {});
  if (!engine) return static_cast<void>(throw_crypto(call, CryptoReason::kInvalidInit)), nullptr;
  return &make_transient<CipherWork>(call, cipher, std::move(*engine), key->reference());
}

// What a running cipher needs: to be initialized, with a key that still has a value. Null: an exception is pending.
CipherWork* ready(NativeCall& call, Reference cipher) {
  auto* work = call.transient<CipherWork>(cipher);
  if (work == nullptr) return begin_anew(call, cipher);
  const auto key = KeyObject::of(call, work->key());
  if (key && !key->initialized())
    return static_cast<void>(throw_crypto(call, CryptoReason::kUninitializedKey)), nullptr;
  return work;
}

NativeResult do_final(NativeCall& call) {
  const auto input = input_at(call, 0);
  if (!input) return NativeResult::kThrown;
  auto* work = ready(call, call.self());
  if (work == nullptr) return NativeResult::kThrown;
  const auto output = work->engine().finish(input->view());
  if (!output) return throw_crypto(call, CryptoReason::kIllegalUse);
  return output_at(call, 3, output->view());
}

NativeResult update(NativeCall& call) {
  const auto input = input_at(call, 0);
  if (!input) return NativeResult::kThrown;
  auto* work = ready(call, call.self());
  if (work == nullptr) return NativeResult::kThrown;
  // Too small an output must not cost the message what it has come to.
  const auto size = static_cast<std::int32_t>(work->engine().update_size(input->size()));
  if (!call.writable(call.reference(3), call.number(4), size)) return NativeResult::kThrown;
  const auto output = work->engine().update(input->view());
  if (!output) return throw_crypto(call, CryptoReason::kIllegalUse);
  return output_at(call, 3, output->view());
}

NativeResult get_algorithm(NativeCall& call) {
  return call.return_short(static_cast<std::int8_t>(state_of_self(call)[2]));
}
NativeResult get_cipher_algorithm(NativeCall& call) {
  return call.return_short(static_cast<std::int8_t>(state_of_self(call)[0]));
}
NativeResult get_padding_algorithm(NativeCall& call) {
  return call.return_short(static_cast<std::int8_t>(state_of_self(call)[1]));
}

std::array<std::uint8_t, kStateOctets> state_of_row(const CipherRow& row) {
  return {static_cast<std::uint8_t>(row.cipher), static_cast<std::uint8_t>(row.padding),
          static_cast<std::uint8_t>(row.algorithm), 0};
}

NativeResult instance_of(NativeCall& call, const CipherRow* row) {
  if (row == nullptr || !is_offered(row->cipher)) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  const auto name = is_aead(row->cipher) ? kAeadCipherClass : kHidden;
  const auto object = call.new_instance(*class_named(call, name));
  if (object == kNull || !call.write_state(object, 0, state_of_row(*row))) return NativeResult::kThrown;
  return call.return_reference(object);
}

// externalAccess asks for what we always do: nothing of a cipher is in CLEAR_ON_DESELECT memory.
NativeResult get_instance(NativeCall& call) {
  return instance_of(call, cipher_of_algorithm(call.number(0)));
}
NativeResult get_instance_of_parts(NativeCall& call) {
  return instance_of(call, cipher_of_parts(call.number(0), call.number(1)));
}

NativeResult construct(NativeCall& call) {
  return call.return_void();
}

// ---- OneShot ----

NativeResult open(NativeCall& call) {
  const auto* row = cipher_of_parts(call.number(0), call.number(1));
  if (row == nullptr || is_aead(row->cipher) || !is_offered(row->cipher))
    return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  return open_one_shot(call, kOneShot, state_of_row(*row));
}
// JC API 3.1, Cipher.OneShot.update: "not supported".
NativeResult refuse(NativeCall& call) {
  if (!is_open(call)) return NativeResult::kThrown;
  return throw_crypto(call, CryptoReason::kIllegalUse);
}

constexpr MethodBinding kMethods[] = {
    {kCipher, "<init>()V", construct},
    {kCipher, "getInstance(BZ)Ljavacardx/crypto/Cipher;", get_instance},
    {kCipher, "getInstance(BBZ)Ljavacardx/crypto/Cipher;", get_instance_of_parts},
    {kHidden, "init(Ljavacard/security/Key;B)V", init},
    {kHidden, "init(Ljavacard/security/Key;B[BSS)V", init_with_parameters},
    {kHidden, "update([BSS[BS)S", sensitive<update>},
    {kHidden, "doFinal([BSS[BS)S", sensitive<do_final>},
    {kHidden, "getAlgorithm()B", get_algorithm},
    {kHidden, "getCipherAlgorithm()B", get_cipher_algorithm},
    {kHidden, "getPaddingAlgorithm()B", get_padding_algorithm},
    {kOneShot, "open(BB)Ljavacardx/crypto/Cipher$OneShot;", open},
    {kOneShot, "close()V", close_one_shot},
    {kOneShot, "init(Ljavacard/security/Key;B)V", when_open<init>},
    {kOneShot, "init(Ljavacard/security/Key;B[BSS)V", when_open<init_with_parameters>},
    {kOneShot, "update([BSS[BS)S", refuse},
    {kOneShot, "doFinal([BSS[BS)S", when_open<sensitive<do_final>>},
    {kOneShot, "getAlgorithm()B", when_open<get_algorithm>},
    {kOneShot, "getCipherAlgorithm()B", when_open<get_cipher_algorithm>},
    {kOneShot, "getPaddingAlgorithm()B", when_open<get_padding_algorithm>},
};
constexpr HiddenClass kHiddenClasses[] = {{kHidden, kCipher, {}}};
constexpr StateBinding kStates[] = {{kHidden, kStateOctets, 1}, {kOneShot, kOneShotOctets, 0}};

}  // namespace

bool detail::is_cipher(NativeCall& call, Reference object) {
  return call.is_instance(object, *class_named(call, kHidden));
}

std::optional<Secret> detail::do_final(NativeCall& call, Reference cipher, ByteView input) {
  auto* work = ready(call, cipher);
  if (work == nullptr) return std::nullopt;
  auto output = work->engine().finish(input);
  if (!output) return static_cast<void>(throw_crypto(call, CryptoReason::kIllegalUse)), std::nullopt;
  return std::move(*output);
}

std::size_t detail::encrypted_size(NativeCall& call, Reference cipher, std::size_t plain) {
  const auto parts = parts_of(call, cipher);
  const auto id = parts.cipher;
  const auto padding = block_padding(parts.padding);
  if (id == CipherId::kRsa) {
    const auto init = last_init(call, cipher, kInit);
    const auto key = init ? KeyObject::of(call, init->key) : std::nullopt;
    if (!key) return 0;
    return (std::size_t{key->bits()} + 7) / 8;
  }
  if (id == CipherId::kSm2) return plain + crypto::kSm2Overhead;
  if (id == CipherId::kAesCtr || id == CipherId::kAesCfb || id == CipherId::kAesXts) return plain;
  const std::size_t block = id == CipherId::kDesCbc || id == CipherId::kDesEcb ? 8 : 16;
  const bool grows = padding == crypto::Padding::kIso9797Method2 || padding == crypto::Padding::kPkcs7;
  return (plain + (grows ? 1 : 0) + block - 1) / block * block;
}

Bindings cipher_bindings() {
  return {kMethods, kStates, kHiddenClasses};
}

}  // namespace cose::jcapi
