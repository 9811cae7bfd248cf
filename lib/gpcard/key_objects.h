// SPDX-License-Identifier: Apache-2.0
// Data objects that belong to one key of a domain rather than to the domain: the certificates of SCP11, who is allowed,
// whose authority it is (Amendment F 1.3 §7). STORE DATA names the key by A6 { 83 identifier version } in front of
// them.
//
// They stand in the registry as data objects whose tag has the key's reference in its lower half; no tag of the outside
// has more than two octets, so none can be taken for one.
#pragma once

#include <cstdint>

#include "gpcard/command.h"
#include "gpcard/record.h"

namespace cose::gpcard {

inline constexpr std::uint16_t kCertificateStore = 0xBF21;
inline constexpr std::uint16_t kAllowList = 0x0070;
inline constexpr std::uint16_t kAuthorityIdentifier = 0x0042;  // 00 or 01 (of hosts, of cards), then the value of 42

// Identifier, then version.
[[nodiscard]] constexpr std::uint16_t key_reference(const Key& key) {
  return static_cast<std::uint16_t>(key.id << 8 | key.version);
}
[[nodiscard]] constexpr std::uint32_t object_of_key(std::uint16_t tag, std::uint16_t reference) {
  return static_cast<std::uint32_t>(tag) << 16 | reference;
}

// What A6 says. 6A80: no key is named.
struct KeyObjects {
  std::uint16_t reference = 0;
  std::optional<Bytes> authority;  // to be stored as kAuthorityIdentifier
};
[[nodiscard]] Answer<KeyObjects> parse_key_objects(ByteView control_reference_template);

// They go with their key.
[[nodiscard]] Answer<void> erase_objects_of(CommandContext& context, const Key& key);

// Of the domain; 6A88: the key or the object is not there. BF21 without data is that of the first key that has one.
[[nodiscard]] Answer<Bytes> certificate_store(const CommandContext& context);
// FF33 (authorities of hosts) and FF34 (of cards): 42 identifier, 83 key, for each.
[[nodiscard]] Answer<Bytes> authorities_of_hosts(const CommandContext& context);
[[nodiscard]] Answer<Bytes> authorities_of_cards(const CommandContext& context);

}  // namespace cose::gpcard
