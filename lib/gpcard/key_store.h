// SPDX-License-Identifier: Apache-2.0
// Keys of security domains in the registry: finding them, describing them, their check values.
//
// Functions over a Registry; nothing is kept. Versions and identifiers are those of GPC 2.3.1 §7.5.2: a version names
// a set, an identifier a key in it. Version 0 asks for the domain's first set that can open a secure channel.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "bytes/secret.h"
#include "gpcard/answer.h"
#include "gpcard/registry.h"
#include "scp/key_set.h"
#include "tlv/tlv_builder.h"

namespace cose::gpcard {

// GPC 2.3.1 table 11-16.
inline constexpr std::uint8_t kKeyTypeDes = 0x80;
inline constexpr std::uint8_t kKeyTypeTripleDesCbc = 0x82;
inline constexpr std::uint8_t kKeyTypeLastDes = 0x84;
inline constexpr std::uint8_t kKeyTypePsk = 0x85;
inline constexpr std::uint8_t kKeyTypeAes = 0x88;
inline constexpr std::uint8_t kKeyTypeHmacSha1 = 0x90;
inline constexpr std::uint8_t kKeyTypeHmacSha1Short = 0x91;
inline constexpr std::uint8_t kKeyTypeRsaExponent = 0xA0;
inline constexpr std::uint8_t kKeyTypeRsaModulus = 0xA1;
inline constexpr std::uint8_t kKeyTypeLastRsa = 0xA8;
inline constexpr std::uint8_t kKeyTypeEccPublic = 0xB0;
inline constexpr std::uint8_t kKeyTypeEccPrivate = 0xB1;
inline constexpr std::uint8_t kKeyTypeEccParameterReference = 0xF0;
inline constexpr std::uint8_t kKeyTypeExtended = 0xFF;

// GPC card mapping of versions to uses (table in the UICC configuration §10): which keys of a domain do what.
inline constexpr std::uint8_t kTokenKeyVersion = 0x70;
inline constexpr std::uint8_t kReceiptKeyVersion = 0x71;
inline constexpr std::uint8_t kDapKeyVersion = 0x73;
inline constexpr std::uint8_t kFirstCipheredLoadKeyVersion = 0x75;
inline constexpr std::uint8_t kLastCipheredLoadKeyVersion = 0x76;
inline constexpr std::uint8_t kLastPutKeyVersion = 0x7F;
inline constexpr std::uint8_t kInitialKeyVersion = 0xFF;

// Identifiers inside a secure channel's set, GPC 2.3.1 §E.1.3.
inline constexpr std::uint8_t kEncryptionKey = 1;
inline constexpr std::uint8_t kMacKey = 2;
inline constexpr std::uint8_t kDataEncryptionKey = 3;

[[nodiscard]] constexpr bool is_des(std::uint8_t type) {
  return type >= kKeyTypeDes && type <= kKeyTypeLastDes;
}
// Values of these types travel encrypted.
[[nodiscard]] constexpr bool is_secret(std::uint8_t type) {
  return is_des(type) || type == kKeyTypePsk || type == kKeyTypeAes || type == kKeyTypeHmacSha1 ||
         type == kKeyTypeHmacSha1Short || (type > kKeyTypeRsaModulus && type <= kKeyTypeLastRsa) ||
         type == kKeyTypeEccPrivate;
}

[[nodiscard]] std::vector<Entry<Key>> keys_of(const Registry& registry, Slot domain);
[[nodiscard]] std::optional<Entry<Key>> find_key(const Registry& registry, Slot domain, std::uint8_t version,
                                                 std::uint8_t id);
// The first key of that version, whatever its identifier.
[[nodiscard]] std::optional<Entry<Key>> find_key(const Registry& registry, Slot domain, std::uint8_t version);

struct ChannelKeys {
  scp::KeySet keys;
  Slot counter_slot = kNoSlot;  // the key whose counter counts
  std::uint32_t counter = 0;
};
// Three keys of one algorithm: id, id + 1 and id + 2. Nothing: there is no such set.
[[nodiscard]] std::optional<ChannelKeys> channel_keys(const Registry& registry, Slot domain, std::uint8_t version);
[[nodiscard]] Status set_counter(Registry& registry, Slot counter_slot, std::uint32_t counter);

// A new set as keys 1, 2, 3 of its version.
[[nodiscard]] Status insert_keys(Registry& registry, Slot domain, const scp::KeySet& keys);

// GPC 2.3.1 §B.5, three octets; none for types that have no check value.
[[nodiscard]] Result<Bytes> check_value(std::uint8_t type, ByteView value);

// The value of E0, GPC 2.3.1 §11.3.3.1.
[[nodiscard]] Bytes key_information(const Registry& registry, Slot domain);

}  // namespace cose::gpcard
