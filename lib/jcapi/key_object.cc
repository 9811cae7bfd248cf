// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/key_object.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace cose::jcapi::detail {

namespace {

using jcvm::kClearOnDeselect;
using jcvm::kClearOnReset;

// ---- capacities in octets ----

constexpr std::uint16_t octets(std::uint16_t bits) {
  return static_cast<std::uint16_t>((bits + 7) / 8);
}
constexpr std::uint16_t half(std::uint16_t bits) {
  return static_cast<std::uint16_t>((bits / 2 + 7) / 8);
}
// The order of a curve may have a bit more than its field (Hasse).
constexpr std::uint16_t scalar(std::uint16_t bits) {
  return static_cast<std::uint16_t>(octets(bits) + 1);
}
constexpr std::uint16_t point(std::uint16_t bits) {
  return static_cast<std::uint16_t>(2 * octets(bits) + 1);
}
// A reduction polynomial has one bit more than its degree.
constexpr std::uint16_t polynomial(std::uint16_t bits) {
  return static_cast<std::uint16_t>(bits / 8 + 1);
}
constexpr std::uint16_t short_number(std::uint16_t) {
  return 2;
}
// LENGTH_HMAC_... of the API are block sizes in octets, while others take lengths for bits: either finds room.
constexpr std::uint16_t hmac_key(std::uint16_t length) {
  return std::max<std::uint16_t>(length, 64);
}

// ---- components of each kind ----

constexpr bool kOptional = false;
constexpr bool kRequired = true;
constexpr bool kDomain = true;

constexpr Slot kSecretSlots[] = {{Part::kValue, octets}};
constexpr Slot kHmacSlots[] = {{Part::kValue, hmac_key}};
constexpr Slot kRsaSlots[] = {{Part::kModulus, octets}, {Part::kExponent, octets}};
constexpr Slot kRsaCrtSlots[] = {
    {Part::kP, half}, {Part::kQ, half}, {Part::kDp, half}, {Part::kDq, half}, {Part::kQInverse, half}};
#define COSE_EC_DOMAIN(field)                                                                \
  {Part::kField, field, kRequired, kDomain}, {Part::kA, octets, kRequired, kDomain},         \
      {Part::kB, octets, kRequired, kDomain}, {Part::kGenerator, point, kRequired, kDomain}, \
      {Part::kOrder, scalar, kRequired, kDomain}, {                                          \
    Part::kCofactor, short_number, kOptional, kDomain                                        \
  }
constexpr Slot kEcFpDomain[] = {COSE_EC_DOMAIN(octets)};
constexpr Slot kEcFpPublicSlots[] = {COSE_EC_DOMAIN(octets), {Part::kPublic, point}};
constexpr Slot kEcFpPrivateSlots[] = {COSE_EC_DOMAIN(octets), {Part::kSecret, scalar}};
constexpr Slot kEcF2mDomain[] = {COSE_EC_DOMAIN(polynomial)};
constexpr Slot kEcF2mPublicSlots[] = {COSE_EC_DOMAIN(polynomial), {Part::kPublic, point}};
constexpr Slot kEcF2mPrivateSlots[] = {COSE_EC_DOMAIN(polynomial), {Part::kSecret, scalar}};
#undef COSE_EC_DOMAIN
constexpr Slot kDhDomain[] = {{Part::kP, octets, kRequired, kDomain},
                              {Part::kQ, octets, kOptional, kDomain},
                              {Part::kGenerator, octets, kRequired, kDomain}};
constexpr Slot kDhPublicSlots[] = {kDhDomain[0], kDhDomain[1], kDhDomain[2], {Part::kPublic, octets}};
constexpr Slot kDhPrivateSlots[] = {kDhDomain[0], kDhDomain[1], kDhDomain[2], {Part::kSecret, octets}};
constexpr Slot kDsaDomain[] = {{Part::kP, octets, kRequired, kDomain},
                               {Part::kQ, octets, kRequired, kDomain},
                               {Part::kGenerator, octets, kRequired, kDomain}};
constexpr Slot kDsaPublicSlots[] = {kDsaDomain[0], kDsaDomain[1], kDsaDomain[2], {Part::kPublic, octets}};
constexpr Slot kDsaPrivateSlots[] = {kDsaDomain[0], kDsaDomain[1], kDsaDomain[2], {Part::kSecret, octets}};
// Of the widest encoding: a point, or 57 octets of Ed448.
constexpr Slot kXecPublicSlots[] = {{Part::kPublic, point}};
constexpr Slot kXecPrivateSlots[] = {{Part::kSecret, scalar}};

// In the order of KeyKind.
constexpr std::array kRows{
    KeyRow{KeyKind::kDes, "javacardx/crypto/DESKeyImpl", kSecretSlots, 1},
    KeyRow{KeyKind::kAes, "javacardx/crypto/AESKeyImpl", kSecretSlots, 2},
    KeyRow{KeyKind::kSm4, "javacardx/crypto/SM4KeyImpl", kSecretSlots, 21},
    KeyRow{KeyKind::kHmac, "javacardx/crypto/HMACKeyImpl", kHmacSlots, 9},
    KeyRow{KeyKind::kGeneric, "javacardx/crypto/GenericSecretKeyImpl", kSecretSlots, 20},
    KeyRow{KeyKind::kRsaPublic, "javacardx/crypto/RSAPublicKeyImpl", kRsaSlots, 11},
    KeyRow{KeyKind::kRsaPrivate, "javacardx/crypto/RSAPrivateKeyImpl", kRsaSlots, 12},
    KeyRow{KeyKind::kRsaCrt, "javacardx/crypto/RSAPrivateCrtKeyImpl", kRsaCrtSlots, 13},
    KeyRow{KeyKind::kEcFpPublic, "javacardx/crypto/ECPublicKeyImpl", kEcFpPublicSlots, 7},
    KeyRow{KeyKind::kEcFpPrivate, "javacardx/crypto/ECPrivateKeyImpl", kEcFpPrivateSlots, 8},
    KeyRow{KeyKind::kEcFpParameters, "javacardx/crypto/ECParametersImpl", kEcFpDomain, 17},
    KeyRow{KeyKind::kEcF2mPublic, "javacardx/crypto/ECPublicKeyImpl", kEcF2mPublicSlots, 5},
    KeyRow{KeyKind::kEcF2mPrivate, "javacardx/crypto/ECPrivateKeyImpl", kEcF2mPrivateSlots, 6},
    KeyRow{KeyKind::kEcF2mParameters, "javacardx/crypto/ECParametersImpl", kEcF2mDomain, 16},
    KeyRow{KeyKind::kDhPublic, "javacardx/crypto/DHPublicKeyImpl", kDhPublicSlots, 14},
    KeyRow{KeyKind::kDhPrivate, "javacardx/crypto/DHPrivateKeyImpl", kDhPrivateSlots, 15},
    KeyRow{KeyKind::kDhParameters, "javacardx/crypto/DHParametersImpl", kDhDomain, 19},
    KeyRow{KeyKind::kDsaPublic, "javacardx/crypto/DSAPublicKeyImpl", kDsaPublicSlots, 3},
    KeyRow{KeyKind::kDsaPrivate, "javacardx/crypto/DSAPrivateKeyImpl", kDsaPrivateSlots, 4},
    KeyRow{KeyKind::kDsaParameters, "javacardx/crypto/DSAParametersImpl", kDsaDomain, 18},
    KeyRow{KeyKind::kXecPublic, "javacardx/crypto/XECPublicKeyImpl", kXecPublicSlots, 0},
    KeyRow{KeyKind::kXecPrivate, "javacardx/crypto/XECPrivateKeyImpl", kXecPrivateSlots, 0},
    KeyRow{KeyKind::kSeed, "javacardx/crypto/KoreanSEEDKeyImpl", kSecretSlots, 10},
};

constexpr bool in_order() {
  for (std::size_t at = 0; at < kRows.size(); ++at)
    if (static_cast<std::size_t>(kRows[at].kind) != at + 1) return false;
  return true;
}
static_assert(in_order());

// Where things are in the state octets, and the cells.
enum Offset : std::size_t { kKind = 0, kMemory = 1, kBits = 2, kType = 4, kShared = 5, kParameters = 6 };
enum Cell : std::size_t { kTransientSlots = 0, kSharedDomain = 1, kKeyCipher = 2 };
constexpr std::uint32_t kLengthOctets = 2;

std::uint16_t number_at(ByteView octets, std::size_t at) {
  return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}

std::uint32_t octets_of_slots(const KeyRow& row, std::uint16_t bits, bool shared) {
  std::uint32_t sum = 0;
  for (const auto& slot : row.slots)
    if (!shared || !slot.domain) sum += kLengthOctets + slot.capacity(bits);
  return sum;
}

const jcvm::Class& key_class(NativeCall& call) {
  return *class_named(call, kKeyClass);
}

jcvm::ObjectFlags flags_of(MemoryType memory) {
  if (memory == MemoryType::kPersistent) return 0;
  return memory == MemoryType::kReset ? kClearOnReset : kClearOnDeselect;
}

}  // namespace

const KeyRow& key_row(KeyKind kind) {
  return kRows[static_cast<std::size_t>(kind) - 1];
}

std::optional<KeyObject> KeyObject::of(NativeCall& call, Reference object) {
  const auto found = call.state_of(object, key_class(call));
  if (!found) return std::nullopt;
  const auto state = *found;
  KeyObject key(call, object);
  key.kind_ = static_cast<KeyKind>(state[kKind]);
  key.memory_ = static_cast<MemoryType>(state[kMemory]);
  key.bits_ = number_at(state, kBits);
  key.type_ = static_cast<std::int8_t>(state[kType]);
  key.shared_ = state[kShared] != 0;
  key.parameters_ = number_at(state, kParameters);
  return key;
}

std::optional<KeyObject> KeyObject::argument(NativeCall& call, Reference object) {
  if (!call.check_access(object)) return std::nullopt;
  auto key = of(call, object);
  // An applet may implement Key itself, but what would such a key hold?
  if (!key) static_cast<void>(throw_crypto(call, CryptoReason::kIllegalValue));
  return key;
}

Reference KeyObject::make(NativeCall& call, const NewKey& wanted) {
  const auto& row = key_row(wanted.kind);
  const bool shared = wanted.shared_domain != kNull;
  const auto size = octets_of_slots(row, wanted.bits, shared);
  const bool persistent = wanted.memory == MemoryType::kPersistent;
  auto slots = kNull;
  if (!persistent) {
    slots = call.new_array(jcvm::ObjectKind::kByteArray, static_cast<std::int32_t>(size), flags_of(wanted.memory));
    if (slots == kNull) return kNull;
  }
  const auto object = call.new_instance(*class_named(call, row.class_name), persistent ? size : 0);
  if (object == kNull) return kNull;
  const auto high = [](std::uint16_t value) { return static_cast<std::uint8_t>(value >> 8); };
  const auto low = [](std::uint16_t value) { return static_cast<std::uint8_t>(value); };
  const std::array<std::uint8_t, kKeyStateOctets> state{static_cast<std::uint8_t>(wanted.kind),
                                                        static_cast<std::uint8_t>(wanted.memory),
                                                        high(wanted.bits),
                                                        low(wanted.bits),
                                                        static_cast<std::uint8_t>(wanted.type),
                                                        static_cast<std::uint8_t>(shared),
                                                        high(wanted.parameters),
                                                        low(wanted.parameters)};
  const auto& type = key_class(call);
  if (!call.write_state(object, 0, state) || !call.hold(object, type, kTransientSlots, slots) ||
      !call.hold(object, type, kSharedDomain, wanted.shared_domain))
    return kNull;
  return object;
}

std::optional<KeyObject::Place> KeyObject::place(Part part) const {
  std::uint32_t offset = 0;
  for (const auto& slot : row().slots) {
    if (shared_ && slot.domain) continue;
    const auto capacity = slot.capacity(bits_);
    if (slot.part == part) return Place{offset, capacity};
    offset += kLengthOctets + capacity;
  }
  return std::nullopt;
}

std::uint32_t KeyObject::size() const {
  return octets_of_slots(row(), bits_, shared_);
}

ByteView KeyObject::slots() const {
  if (memory_ == MemoryType::kPersistent) return call_->extra(object_);
  const auto array = call_->held(object_, key_class(*call_), kTransientSlots);
  const auto* header = call_->heap().find(array);
  if (header == nullptr) return {};
  return {call_->heap().contents(*header), header->length};
}

bool KeyObject::write(std::uint32_t offset, ByteView octets) {
  if (memory_ == MemoryType::kPersistent) return call_->write_extra(object_, offset, octets);
  const auto array = call_->held(object_, key_class(*call_), kTransientSlots);
  const auto* header = call_->heap().find(array);
  return header != nullptr &&
         call_->heap().write(*header, offset, octets.data(), static_cast<std::uint32_t>(octets.size()));
}

bool KeyObject::has(Part part) const {
  return std::ranges::find(row().slots, part, &Slot::part) != row().slots.end();
}

std::uint16_t KeyObject::capacity(Part part) const {
  const auto found = std::ranges::find(row().slots, part, &Slot::part);
  return found == row().slots.end() ? std::uint16_t{0} : found->capacity(bits_);
}

ByteView KeyObject::component(Part part) const {
  const auto found = place(part);
  if (!found) {
    const auto domain = of(*call_, shared_domain());
    return shared_ && domain && has(part) ? domain->component(part) : ByteView{};
  }
  const auto octets = slots();
  if (octets.size() < found->offset + kLengthOctets + found->capacity) return {};
  const auto length = std::min(number_at(octets, found->offset), found->capacity);
  return octets.subspan(found->offset + kLengthOctets, length);
}

bool KeyObject::set(Part part, ByteView octets) {
  const auto found = place(part);
  if (!found) {
    auto domain = of(*call_, shared_domain());
    COSE_ASSERT(shared_ && domain && has(part));
    return domain->set(part, octets);
  }
  while (octets.size() > found->capacity && octets.front() == 0) octets = octets.subspan(1);
  if (octets.empty() || octets.size() > found->capacity)
    return static_cast<void>(throw_crypto(*call_, CryptoReason::kIllegalValue)), false;
  Secret slot(kLengthOctets + octets.size());
  const auto to = slot.writable();
  to[0] = static_cast<std::uint8_t>(octets.size() >> 8);
  to[1] = static_cast<std::uint8_t>(octets.size());
  std::ranges::copy(octets, to.begin() + kLengthOctets);
  return write(found->offset, slot.view());
}

bool KeyObject::all_set(bool domain_only) const {
  return std::ranges::all_of(row().slots, [&](const Slot& slot) {
    return !slot.required || (domain_only && !slot.domain) || !component(slot.part).empty();
  });
}

bool KeyObject::initialized() const {
  return all_set(false);
}

bool KeyObject::domain_initialized() const {
  return all_set(true);
}

bool KeyObject::clear() {
  const Bytes zeros(size());
  return write(0, zeros);
}

Reference KeyObject::cipher() const {
  return call_->held(object_, key_class(*call_), kKeyCipher);
}

bool KeyObject::set_cipher(Reference cipher) {
  return call_->hold(object_, key_class(*call_), kKeyCipher, cipher);
}

Reference KeyObject::shared_domain() const {
  return shared_ ? call_->held(object_, key_class(*call_), kSharedDomain) : kNull;
}

}  // namespace cose::jcapi::detail
