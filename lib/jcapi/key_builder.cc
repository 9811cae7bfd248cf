// SPDX-License-Identifier: Apache-2.0
// javacard.security.KeyBuilder: which keys there are.
#include <algorithm>
#include <array>

#include "crypto/block_cipher.h"
#include "jcapi/detail/key_object.h"
#include "jcapi/detail/named_parameters.h"

namespace cose::jcapi {

namespace {

using namespace detail;

// KeyBuilder.TYPE_...: kinds by the memory that they use.
struct TypeRow {
  std::int8_t type;
  KeyKind kind;
  MemoryType memory;
};
constexpr auto kPersistent = MemoryType::kPersistent;
constexpr auto kReset = MemoryType::kReset;
constexpr auto kDeselect = MemoryType::kDeselect;
constexpr TypeRow kTypes[] = {
    {1, KeyKind::kDes, kReset},
    {2, KeyKind::kDes, kDeselect},
    {3, KeyKind::kDes, kPersistent},
    {4, KeyKind::kRsaPublic, kPersistent},
    {5, KeyKind::kRsaPrivate, kPersistent},
    {6, KeyKind::kRsaCrt, kPersistent},
    {7, KeyKind::kDsaPublic, kPersistent},
    {8, KeyKind::kDsaPrivate, kPersistent},
    {9, KeyKind::kEcF2mPublic, kPersistent},
    {10, KeyKind::kEcF2mPrivate, kPersistent},
    {11, KeyKind::kEcFpPublic, kPersistent},
    {12, KeyKind::kEcFpPrivate, kPersistent},
    {13, KeyKind::kAes, kReset},
    {14, KeyKind::kAes, kDeselect},
    {15, KeyKind::kAes, kPersistent},
    {16, KeyKind::kSeed, kReset},
    {17, KeyKind::kSeed, kDeselect},
    {18, KeyKind::kSeed, kPersistent},
    {19, KeyKind::kHmac, kReset},
    {20, KeyKind::kHmac, kDeselect},
    {21, KeyKind::kHmac, kPersistent},
    {22, KeyKind::kRsaPrivate, kReset},
    {23, KeyKind::kRsaPrivate, kDeselect},
    {24, KeyKind::kRsaCrt, kReset},
    {25, KeyKind::kRsaCrt, kDeselect},
    {26, KeyKind::kDsaPrivate, kReset},
    {27, KeyKind::kDsaPrivate, kDeselect},
    {28, KeyKind::kEcF2mPrivate, kReset},
    {29, KeyKind::kEcF2mPrivate, kDeselect},
    {30, KeyKind::kEcFpPrivate, kReset},
    {31, KeyKind::kEcFpPrivate, kDeselect},
    {32, KeyKind::kDhPublic, kPersistent},
    {33, KeyKind::kDhPublic, kDeselect},
    {34, KeyKind::kDhPublic, kReset},
    {35, KeyKind::kDhPrivate, kPersistent},
    {36, KeyKind::kDhPrivate, kDeselect},
    {37, KeyKind::kDhPrivate, kReset},
    {38, KeyKind::kDhParameters, kPersistent},
    {39, KeyKind::kDsaParameters, kPersistent},
    {40, KeyKind::kEcF2mParameters, kPersistent},
    {41, KeyKind::kEcFpParameters, kPersistent},
    {42, KeyKind::kGeneric, kPersistent},
    {43, KeyKind::kSm4, kPersistent},
};
constexpr std::int8_t kTypeXec = -1;
constexpr std::uint16_t kAttributePrivate = 0x8000;

// ---- which sizes a kind has, in bits ----

constexpr std::uint16_t kDesBits[] = {64, 128, 192};
// 512: two keys of XTS.
constexpr std::uint16_t kAesBits[] = {128, 192, 256, 512};
constexpr std::uint16_t kSm4Bits[] = {128};
constexpr std::uint16_t kSeedBits[] = {128};
constexpr std::uint16_t kEcFpBits[] = {112, 128, 160, 192, 224, 256, 320, 384, 512, 521};
constexpr std::uint16_t kEcF2mBits[] = {113, 131, 163, 193, 233, 239, 283, 409, 571};
constexpr std::uint16_t kMaximumSecretBits = 4096;

const TypeRow* find_type(KeyKind kind, MemoryType memory) {
  const auto found =
      std::ranges::find_if(kTypes, [&](const TypeRow& row) { return row.kind == kind && row.memory == memory; });
  return found == std::end(kTypes) ? nullptr : &*found;
}

std::optional<KeyKind> kind_of_algorithm(std::int16_t algorithm) {
  for (auto number = 1; number <= static_cast<int>(KeyKind::kSeed); ++number)
    if (const auto found = key_row(static_cast<KeyKind>(number)).algorithm; found != 0 && found == algorithm)
      return static_cast<KeyKind>(number);
  return std::nullopt;
}

std::optional<MemoryType> memory_of(std::int32_t number) {
  if (number < 0 || number > static_cast<int>(MemoryType::kDeselect)) return std::nullopt;
  return static_cast<MemoryType>(number);
}

// ---- natives ----

// buildKey(byte keyType, short keyLength, boolean keyEncryption)
NativeResult build_by_type(NativeCall& call) {
  const auto found = std::ranges::find(kTypes, call.number(0), &TypeRow::type);
  const auto bits = static_cast<std::uint16_t>(call.number(1));
  if (found == std::end(kTypes) || !is_key_size(found->kind, bits))
    return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  return made(call, KeyObject::make(call, {found->kind, bits, found->memory, found->type}));
}

// buildKey(byte algorithmicKeyType, byte keyMemoryType, short keyLength, boolean keyEncryption)
NativeResult build_by_algorithm(NativeCall& call) {
  const auto kind = kind_of_algorithm(call.number(0));
  const auto memory = memory_of(call.number(1));
  const auto bits = static_cast<std::uint16_t>(call.number(2));
  if (!kind || !memory || !is_key_size(*kind, bits)) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  return made(call, KeyObject::make(call, {*kind, bits, *memory, key_type(*kind, *memory)}));
}

// Whether keys of the one kind can use the domain of the other.
bool same_domain(KeyKind left, KeyKind right) {
  constexpr KeyKind kFamilies[] = {KeyKind::kEcFpPublic, KeyKind::kEcF2mPublic, KeyKind::kDhPublic,
                                   KeyKind::kDsaPublic};
  return std::ranges::any_of(kFamilies, [&](KeyKind first) {
    const auto inside = [&](KeyKind kind) {
      const auto distance = static_cast<int>(kind) - static_cast<int>(first);
      return distance >= 0 && distance < 3;
    };
    return inside(left) && inside(right);
  });
}

// buildKeyWithSharedDomain(byte algorithmicKeyType, byte keyMemoryType, Key domainParameterKey, boolean keyEncryption)
NativeResult build_with_shared_domain(NativeCall& call) {
  const auto kind = kind_of_algorithm(call.number(0));
  const auto memory = memory_of(call.number(1));
  if (!kind || !memory) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  const auto domain = KeyObject::argument(call, call.reference(2));
  if (!domain) return NativeResult::kThrown;
  const bool is_parameters = *kind == KeyKind::kEcFpParameters || *kind == KeyKind::kEcF2mParameters ||
                             *kind == KeyKind::kDhParameters || *kind == KeyKind::kDsaParameters;
  if (is_parameters || !same_domain(*kind, domain->kind())) return throw_crypto(call, CryptoReason::kIllegalValue);
  // A domain that is itself shared: the key that has it. So there are never chains.
  const auto owner = domain->shared_domain() == kNull ? domain->reference() : domain->shared_domain();
  return made(call, KeyObject::make(call, {*kind, domain->bits(), *memory, key_type(*kind, *memory), 0, owner}));
}

// buildXECKey(NamedParameterSpec params, short attributes, boolean keyEncryption)
NativeResult build_xec(NativeCall& call) {
  const auto parameters = call.reference(0);
  if (!call.check_access(parameters)) return NativeResult::kThrown;
  const auto state = call.state_of(parameters, *class_named(call, "javacard/security/NamedParameterSpec"));
  const auto attributes = static_cast<std::uint16_t>(call.number(1));
  const auto memory = memory_of(attributes & ~kAttributePrivate);
  if (!state || !memory) return throw_crypto(call, CryptoReason::kIllegalValue);
  const auto name = static_cast<std::int16_t>((*state)[0] << 8 | (*state)[1]);
  const auto* found = named_parameters(name);
  if (found == nullptr) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  const auto kind = (attributes & kAttributePrivate) != 0 ? KeyKind::kXecPrivate : KeyKind::kXecPublic;
  return made(call, KeyObject::make(call, {kind, found->bits, *memory, kTypeXec, static_cast<std::uint16_t>(name)}));
}

NativeResult get_memory_type(NativeCall& call) {
  const auto key = KeyObject::argument(call, call.reference(0));
  if (!key) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(key->memory()));
}

constexpr std::string_view kClass = "javacard/security/KeyBuilder";
constexpr MethodBinding kMethods[] = {
    {kClass, "buildKey(BSZ)Ljavacard/security/Key;", build_by_type},
    {kClass, "buildKey(BBSZ)Ljavacard/security/Key;", build_by_algorithm},
    {kClass, "buildKeyWithSharedDomain(BBLjavacard/security/Key;Z)Ljavacard/security/Key;", build_with_shared_domain},
    {kClass, "buildXECKey(Ljavacard/security/NamedParameterSpec;SZ)Ljavacard/security/Key;", build_xec},
    {kClass, "getMemoryType(Ljavacard/security/Key;)B", get_memory_type},
};

}  // namespace

bool detail::is_key_size(KeyKind kind, std::uint16_t bits) {
  const auto among = [bits](std::span<const std::uint16_t> sizes) {
    return std::ranges::find(sizes, bits) != sizes.end();
  };
  switch (kind) {
    case KeyKind::kDes: return among(kDesBits);
    case KeyKind::kAes: return among(kAesBits);
    case KeyKind::kSm4: return among(kSm4Bits);
    case KeyKind::kSeed: return among(kSeedBits) && crypto::is_offered(crypto::BlockCipherKind::kSeed);
    case KeyKind::kHmac:
    case KeyKind::kGeneric: return bits >= 8 && bits <= kMaximumSecretBits && bits % 8 == 0;
    case KeyKind::kRsaPublic:
    case KeyKind::kRsaPrivate:
    case KeyKind::kRsaCrt: return bits >= 512 && bits <= 4096 && bits % 32 == 0;
    case KeyKind::kEcFpPublic:
    case KeyKind::kEcFpPrivate:
    case KeyKind::kEcFpParameters: return among(kEcFpBits);
    case KeyKind::kEcF2mPublic:
    case KeyKind::kEcF2mPrivate:
    case KeyKind::kEcF2mParameters: return among(kEcF2mBits);
    case KeyKind::kDhPublic:
    case KeyKind::kDhPrivate:
    case KeyKind::kDhParameters: return bits >= 512 && bits <= 4096 && bits % 64 == 0;
    case KeyKind::kDsaPublic:
    case KeyKind::kDsaPrivate:
    case KeyKind::kDsaParameters: return bits >= 512 && bits <= 3072 && bits % 64 == 0;
    case KeyKind::kXecPublic:
    case KeyKind::kXecPrivate: return false;
  }
  return false;
}

std::int8_t detail::key_type(KeyKind kind, MemoryType memory) {
  const auto* row = find_type(kind, memory);
  if (row == nullptr) row = find_type(kind, kPersistent);
  return row->type;
}

Bindings key_builder_bindings() {
  return {kMethods, {}, {}};
}

}  // namespace cose::jcapi
