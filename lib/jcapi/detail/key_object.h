// SPDX-License-Identifier: Apache-2.0
// Key objects: what KeyBuilder makes, whatever its class.
//
// A key is its instance's state octets (kind, memory, size) and a row of slots, one per component: two octets of length
// and as many as the component may have. A length of zero is a component not set. Persistent keys have their slots in
// the instance's extra octets, transient ones in a transient array that the instance holds, so that the runtime clears
// them (JC API 3.1, KeyBuilder). Every set is one write and so atomic, inside and outside of transactions.
//
// A KeyObject is a view of the key for the length of a native call; the octets that component() gives are good until
// the next write or allocation. Numbers are big-endian, as they were set.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "jcapi/detail/crypto_call.h"

namespace cose::jcapi::detail {

enum class KeyKind : std::uint8_t {
  kDes = 1,
  kAes,
  kSm4,
  kHmac,
  kGeneric,
  kRsaPublic,
  kRsaPrivate,
  kRsaCrt,
  kEcFpPublic,
  kEcFpPrivate,
  kEcFpParameters,
  kEcF2mPublic,
  kEcF2mPrivate,
  kEcF2mParameters,
  kDhPublic,
  kDhPrivate,
  kDhParameters,
  kDsaPublic,
  kDsaPrivate,
  kDsaParameters,
  kXecPublic,
  kXecPrivate,
  kSeed,
};

enum class Part : std::uint8_t {
  kValue,     // of a secret key
  kModulus,   // RSA
  kExponent,  // RSA, public or private
  kP,         // RSA CRT; the primes of DH and DSA
  kQ,
  kDp,
  kDq,
  kQInverse,
  kField,  // EC: p, or the reduction polynomial
  kA,
  kB,
  kGenerator,  // EC: a point; DH, DSA: a number
  kOrder,
  kCofactor,
  kSecret,  // S, X, or what an XEC key encodes
  kPublic,  // W, Y, or what an XEC key encodes
};

struct Slot {
  Part part;
  std::uint16_t (*capacity)(std::uint16_t bits);
  bool required = true;
  bool domain = false;  // of the domain that keys may share
};

// The facts of a kind.
struct KeyRow {
  KeyKind kind;
  std::string_view class_name;
  std::span<const Slot> slots;
  std::int8_t algorithm;  // KeyBuilder.ALG_TYPE_...; 0: none
};

[[nodiscard]] const KeyRow& key_row(KeyKind kind);
// Whether KeyBuilder makes keys of so many bits.
[[nodiscard]] bool is_key_size(KeyKind kind, std::uint16_t bits);

inline constexpr std::string_view kKeyClass = "javacardx/crypto/KeyImpl";
inline constexpr std::uint16_t kKeyStateOctets = 8;
inline constexpr std::uint8_t kKeyCells = 3;

// JCSystem.MEMORY_TYPE_...
enum class MemoryType : std::uint8_t { kPersistent = 0, kReset = 1, kDeselect = 2 };

// KeyBuilder.TYPE_...; of a kind without a type of its own for this memory: the persistent one's.
[[nodiscard]] std::int8_t key_type(KeyKind kind, MemoryType memory);

struct NewKey {
  KeyKind kind;
  std::uint16_t bits;
  MemoryType memory = MemoryType::kPersistent;
  std::int8_t type = 0;          // what getType() gives
  std::uint16_t parameters = 0;  // NamedParameterSpec of an XEC key
  Reference shared_domain = kNull;
};

class KeyObject {
 public:
  // Nothing: no key of this library (no exception is pending).
  [[nodiscard]] static std::optional<KeyObject> of(NativeCall& call, Reference object);
  // Of `this`, which is one.
  [[nodiscard]] static KeyObject self(NativeCall& call) { return *of(call, call.self()); }
  // An argument: null, of another context or no key of ours is an exception.
  [[nodiscard]] static std::optional<KeyObject> argument(NativeCall& call, Reference object);
  // kNull: an exception is pending.
  [[nodiscard]] static Reference make(NativeCall& call, const NewKey& wanted);

  [[nodiscard]] Reference reference() const { return object_; }
  [[nodiscard]] KeyKind kind() const { return kind_; }
  [[nodiscard]] const KeyRow& row() const { return key_row(kind_); }
  [[nodiscard]] std::uint16_t bits() const { return bits_; }
  [[nodiscard]] MemoryType memory() const { return memory_; }
  [[nodiscard]] std::int8_t type() const { return type_; }
  [[nodiscard]] std::uint16_t parameters() const { return parameters_; }

  [[nodiscard]] bool has(Part part) const;
  [[nodiscard]] std::uint16_t capacity(Part part) const;
  // Empty: not set. Parts of a shared domain are the other key's.
  [[nodiscard]] ByteView component(Part part) const;
  // False: an exception is pending. ILLEGAL_VALUE beyond the capacity; zeros in front are taken off where that helps.
  [[nodiscard]] bool set(Part part, ByteView octets);
  [[nodiscard]] bool initialized() const;
  [[nodiscard]] bool domain_initialized() const;
  // Zeros in all slots of its own, as one write.
  [[nodiscard]] bool clear();

  [[nodiscard]] Reference cipher() const;
  [[nodiscard]] bool set_cipher(Reference cipher);
  // The key that was given to buildKeyWithSharedDomain(); null: a domain of its own.
  [[nodiscard]] Reference shared_domain() const;

 private:
  KeyObject(NativeCall& call, Reference object) : call_(&call), object_(object) {}

  struct Place {
    std::uint32_t offset;
    std::uint16_t capacity;
  };
  [[nodiscard]] std::optional<Place> place(Part part) const;
  [[nodiscard]] std::uint32_t size() const;
  [[nodiscard]] ByteView slots() const;
  [[nodiscard]] bool write(std::uint32_t offset, ByteView octets);
  [[nodiscard]] bool all_set(bool domain_only) const;

  NativeCall* call_;
  Reference object_;
  KeyKind kind_{};
  MemoryType memory_{};
  std::int8_t type_ = 0;
  std::uint16_t bits_ = 0;
  std::uint16_t parameters_ = 0;
  bool shared_ = false;
};

}  // namespace cose::jcapi::detail
