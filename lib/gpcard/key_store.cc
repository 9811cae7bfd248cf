// SPDX-License-Identifier: Apache-2.0
#include "gpcard/key_store.h"

#include <algorithm>
#include <array>

#include "bytes/writer.h"
#include "crypto/block_cipher.h"
#include "crypto/digest.h"
#include "crypto/hmac.h"

namespace cose::gpcard {

std::vector<Entry<Key>> keys_of(const Registry& registry, Slot domain) {
  auto keys = registry.all<Key>();
  std::erase_if(keys, [&](const Entry<Key>& each) { return each.value.domain != domain; });
  return keys;
}

std::optional<Entry<Key>> find_key(const Registry& registry, Slot domain, std::uint8_t version, std::uint8_t id) {
  for (auto& each : keys_of(registry, domain))
    if (each.value.version == version && each.value.id == id) return std::move(each);
  return std::nullopt;
}

std::optional<Entry<Key>> find_key(const Registry& registry, Slot domain, std::uint8_t version) {
  for (auto& each : keys_of(registry, domain))
    if (each.value.version == version) return std::move(each);
  return std::nullopt;
}

namespace {

std::optional<scp::KeyAlgorithm> channel_algorithm(const Key& key) {
  if (key.components.size() != 1 || !key.is_for_domains()) return std::nullopt;
  const auto type = key.components[0].type;
  if (type == kKeyTypeAes) return scp::KeyAlgorithm::kAes;
  if (is_des(type)) return scp::KeyAlgorithm::kDes;
  return std::nullopt;
}

const Entry<Key>* in(const std::vector<Entry<Key>>& keys, std::uint8_t version, std::uint8_t id) {
  const auto found = std::ranges::find_if(keys, [&](const Entry<Key>& each) {
    return each.value.version == version && each.value.id == id && channel_algorithm(each.value).has_value();
  });
  return found == keys.end() ? nullptr : &*found;
}

std::optional<ChannelKeys> set_of(const std::vector<Entry<Key>>& keys, std::uint8_t version) {
  const auto* encryption = in(keys, version, kEncryptionKey);
  const auto* mac = in(keys, version, kMacKey);
  const auto* data = in(keys, version, kDataEncryptionKey);
  if (encryption == nullptr || mac == nullptr || data == nullptr) return std::nullopt;
  const auto algorithm = *channel_algorithm(encryption->value);
  auto set = scp::KeySet::from_three(version, algorithm, encryption->value.components[0].value.view(),
                                     mac->value.components[0].value.view(), data->value.components[0].value.view());
  if (!set) return std::nullopt;
  return ChannelKeys{*std::move(set), encryption->slot, encryption->value.counter};
}

// Those keys have uses of their own: tokens, receipts, DAP, load files.
bool serves_channels(std::uint8_t version) {
  return version < kTokenKeyVersion || version == kInitialKeyVersion;
}

}  // namespace

std::optional<ChannelKeys> channel_keys(const Registry& registry, Slot domain, std::uint8_t version) {
  const auto keys = keys_of(registry, domain);
  if (version != 0) return serves_channels(version) ? set_of(keys, version) : std::nullopt;
  for (const auto& each : keys)
    if (serves_channels(each.value.version))
      if (auto set = set_of(keys, each.value.version)) return set;
  return std::nullopt;
}

Status set_counter(Registry& registry, Slot counter_slot, std::uint32_t counter) {
  auto key = registry.get<Key>(counter_slot);
  if (!key) return fail(ErrorKind::kNotFound, "the key of the secure channel has gone");
  key->counter = counter;
  return registry.replace(counter_slot, *std::move(key), jcvm::Atomicity::kNonAtomic);
}

Status insert_keys(Registry& registry, Slot domain, const scp::KeySet& keys) {
  const auto type = keys.algorithm == scp::KeyAlgorithm::kAes ? kKeyTypeAes : kKeyTypeDes;
  const std::array values = {&keys.encryption, &keys.mac, &keys.data_encryption};
  for (std::size_t at = 0; at < values.size(); ++at) {
    Key key;
    key.domain = domain;
    key.version = keys.version;
    key.id = static_cast<std::uint8_t>(kEncryptionKey + at);
    key.components.push_back({type, values[at]->clone()});
    COSE_TRY(const auto slot, registry.insert(std::move(key)));
    static_cast<void>(slot);
  }
  return {};
}

Result<Bytes> check_value(std::uint8_t type, ByteView value) {
  if (type == kKeyTypeAes) return scp::key_check_value(scp::KeyAlgorithm::kAes, value);
  if (is_des(type) && value.size() != 8) return scp::key_check_value(scp::KeyAlgorithm::kDes, value);
  if (is_des(type)) {
    const std::array<std::uint8_t, 8> zeros{};
    COSE_TRY(auto block, crypto::encrypt(crypto::BlockCipherKind::kDes, crypto::CipherMode::kEcb, value, {}, zeros));
    block.resize(scp::kKeyCheckValueSize);
    return block;
  }
  // GPC Amendment B §4.5.2: of a pre-shared key, the start of its SHA-1.
  if (type == kKeyTypePsk || type == kKeyTypeHmacSha1 || type == kKeyTypeHmacSha1Short) {
    COSE_TRY(auto hash, crypto::digest(crypto::DigestKind::kSha1, value));
    hash.resize(scp::kKeyCheckValueSize);
    return hash;
  }
  return Bytes{};
}

namespace {

// GPC 2.3.1 table 11-29: types and lengths in two octets, then use and access.
Bytes extended_information(const Key& key) {
  Writer value;
  value.u8(key.id).u8(key.version);
  for (const auto& component : key.components)
    value.u8(kKeyTypeExtended).u8(component.type).u16(static_cast<std::uint16_t>(component.value.size()));
  value.u8(static_cast<std::uint8_t>(key.usage.size())).octets(key.usage);
  return value.u8(1).u8(*key.access).take();
}

}  // namespace

Bytes key_information(const Registry& registry, Slot domain) {
  tlv::TlvBuilder information;
  for (const auto& [slot, key] : keys_of(registry, domain)) {
    if (key.access) {
      information.add(tlv::Tag(0xC0), extended_information(key));
      continue;
    }
    Bytes value{key.id, key.version};
    for (const auto& component : key.components) {
      value.push_back(component.type);
      // GPC 2.3.1 table 11-28: one octet; longer values wrap as on cards.
      value.push_back(static_cast<std::uint8_t>(component.value.size()));
    }
    information.add(tlv::Tag(0xC0), value);
  }
  return information.take();
}

}  // namespace cose::gpcard
