// SPDX-License-Identifier: Apache-2.0
// PUT KEY (GPC 2.3.1 §11.8): new keys, and keys in place of others.
#include <algorithm>

#include "bytes/reader.h"
#include "gpcard/card_manager.h"
#include "gpcard/key_objects.h"
#include "gpcard/key_store.h"

namespace cose::gpcard {

namespace {

constexpr std::uint8_t kSeveral = 0x80;
constexpr std::uint8_t kNumber = 0x7F;
constexpr std::size_t kMaximumKeys = 16;  // in one command
constexpr std::size_t kMaximumComponents = 8;

// §11.1.5: one octet up to 7F; 80 stands for 128, as cards have long taken it; 81 and 82 as in BER.
Answer<std::size_t> key_length(Reader& reader) {
  COSE_TRY(const auto first, well_formed(reader.u8()));
  if (first == 0x81) return well_formed(reader.u8());
  if (first == 0x82) return well_formed(reader.u16());
  return first;
}

std::size_t block_size(const scp::CardChannel& channel) {
  return channel.protocol().number >= 0x03 ? 16 : 8;
}

// §11.8.2.3.1: the value alone, or the length of the clear value and the value. Both are in use, for AES most of all;
// what is not whole blocks begins with a length.
Answer<Secret> decrypted(CommandContext& context, ByteView value) {
  std::size_t size = value.size();
  if (value.size() % block_size(*context.session.channel) != 0) {
    size = value[0];
    value = value.subspan(1);
  }
  if (value.empty() || size > value.size()) return refuse(StatusWord::kWrongData);
  COSE_TRY(const auto plain, context.session.channel->decrypt_sensitive(value));
  return Secret(plain.view().first(size));
}

Answer<void> check_size(std::uint8_t type, std::size_t size) {
  if (is_des(type) && size != 8 && size != 16 && size != 24) return refuse(StatusWord::kWrongData);
  if (type == kKeyTypeAes && size != 16 && size != 24 && size != 32) return refuse(StatusWord::kWrongData);
  return {};
}

Answer<KeyComponent> parse_component(CommandContext& context, Reader& reader, bool is_extended) {
  KeyComponent component;
  COSE_TRY(component.type, well_formed(reader.u8()));
  if (is_extended) {
    if (component.type != kKeyTypeExtended) return refuse(StatusWord::kWrongData);
    COSE_TRY(component.type, well_formed(reader.u8()));
  }
  COSE_TRY(const auto length, key_length(reader));
  COSE_TRY(const auto value, well_formed(reader.take(length)));
  if (value.empty()) return refuse(StatusWord::kWrongData);
  if (is_secret(component.type)) {
    COSE_TRY(component.value, decrypted(context, value));
  } else if (component.type == kKeyTypeRsaExponent || component.type == kKeyTypeRsaModulus ||
             component.type == kKeyTypeEccPublic || component.type == kKeyTypeEccParameterReference) {
    component.value = Secret(value);
  } else {
    return refuse(StatusWord::kAlgorithmNotSupported);
  }
  COSE_CHECK(check_size(component.type, component.value.size()));
  return component;
}

// §11.8.2.3.2: behind the components of the extended format, usage qualifier (table 11-17) and access (table 11-18).
Answer<void> parse_use(Reader& reader, Key& key) {
  constexpr std::size_t kMaximumUsage = 2;
  constexpr std::uint8_t kLastAccess = 0x02;
  COSE_TRY(const auto usage, well_formed(reader.take_with_length8()));
  COSE_TRY(const auto access, well_formed(reader.take_with_length8()));
  if (usage.size() > kMaximumUsage || access.size() > 1) return refuse(StatusWord::kWrongData);
  if (!access.empty() && access[0] > kLastAccess) return refuse(StatusWord::kWrongData);
  key.usage = to_bytes(usage);
  key.access = access.empty() ? std::uint8_t{0} : access[0];
  return {};
}

// P1 has seven bits for the version to be replaced; FF is what clients send for the initial keys.
std::uint8_t old_version(const CommandContext& context) {
  const auto p1 = context.command.p1;
  return p1 == kInitialKeyVersion ? p1 : static_cast<std::uint8_t>(p1 & kNumber);
}

bool goes_on(std::uint8_t type, bool is_extended) {
  if (is_extended) return type == kKeyTypeExtended;
  return type >= kKeyTypeRsaExponent && type <= kKeyTypeEccParameterReference;
}

struct ParsedKey {
  Key key;
  Bytes check_value;
};

// Components follow each other until the length of the check value, which is 0 or 3 (table 11-68).
Answer<ParsedKey> parse_key(CommandContext& context, Reader& reader, std::uint8_t version, std::uint8_t id) {
  ParsedKey parsed;
  parsed.key.domain = context.domain;
  parsed.key.version = version;
  parsed.key.id = id;
  const bool is_extended = reader.remaining() > 0 && *reader.peek() == kKeyTypeExtended;
  do {
    if (parsed.key.components.size() == kMaximumComponents) return refuse(StatusWord::kWrongData);
    COSE_TRY(auto component, parse_component(context, reader, is_extended));
    parsed.key.components.push_back(std::move(component));
  } while (reader.remaining() > 0 && goes_on(*reader.peek(), is_extended));
  if (is_extended) COSE_CHECK(parse_use(reader, parsed.key));
  const auto& first = parsed.key.components[0];
  COSE_TRY(parsed.check_value, well_formed(check_value(first.type, first.value.view())));
  COSE_TRY(const auto claimed, well_formed(reader.take_with_length8()));
  if (!claimed.empty() && !parsed.check_value.empty() && !equal(claimed, parsed.check_value))
    return refuse(StatusWord::kInvalidKeyCheckValue);
  return parsed;
}

Answer<std::vector<ParsedKey>> parse_keys(CommandContext& context) {
  const auto& command = context.command;
  Reader reader(command.data);
  COSE_TRY(const auto version, well_formed(reader.u8()));
  if (version == 0 || version > kLastPutKeyVersion) return refuse(StatusWord::kWrongData);
  auto id = static_cast<std::uint8_t>(command.p2 & kNumber);
  std::vector<ParsedKey> keys;
  do {
    if (keys.size() == kMaximumKeys || id > kNumber) return refuse(StatusWord::kWrongData);
    COSE_TRY(auto key, parse_key(context, reader, version, id++));
    keys.push_back(std::move(key));
  } while (!reader.at_end());
  if ((command.p2 & kSeveral) == 0 && keys.size() != 1) return refuse(StatusWord::kWrongData);
  return keys;
}

// §11.8.2.1: what is replaced must be there, each of them; what is new must not.
Answer<void> check_versions(const CommandContext& context, const std::vector<ParsedKey>& keys) {
  const auto replaced = old_version(context);
  for (const auto& [key, check] : keys) {
    if (replaced != 0 && !find_key(context.registry, context.domain, replaced, key.id))
      return refuse(StatusWord::kReferencedDataNotFound);
    if (key.version != replaced && find_key(context.registry, context.domain, key.version, key.id))
      return refuse(StatusWord::kWrongData);
  }
  return {};
}

std::size_t versions_of(const CommandContext& context) {
  std::vector<std::uint8_t> versions;
  for (const auto& [slot, key] : keys_of(context.registry, context.domain)) versions.push_back(key.version);
  std::ranges::sort(versions);
  const auto rest = std::ranges::unique(versions);
  return versions.size() - rest.size();
}

// The initial keys end with the first that the issuer brings (GPC 2.3.1 §7.5.2, version FF).
Answer<void> drop_initial_keys(CommandContext& context) {
  if (!channel_keys(context.registry, context.domain, 0)) return {};
  for (const auto& [slot, key] : keys_of(context.registry, context.domain))
    if (key.version == kInitialKeyVersion) COSE_CHECK(answered(context.registry.erase(slot)));
  return {};
}

bool can_open_channels(const std::vector<ParsedKey>& keys) {
  return keys.size() >= 3 && keys[0].key.version < kTokenKeyVersion && keys[0].key.id == kEncryptionKey;
}

Answer<void> store(CommandContext& context, std::vector<ParsedKey>& keys) {
  const auto replaced = old_version(context);
  const bool replaces_initial = replaced == 0 && can_open_channels(keys);
  for (auto& [key, check] : keys) {
    const auto old = replaced == 0 ? std::nullopt : find_key(context.registry, context.domain, replaced, key.id);
    if (old) {
      COSE_CHECK(erase_objects_of(context, old->value));
      COSE_CHECK(answered(context.registry.replace(old->slot, std::move(key))));
    } else {
      COSE_TRY(const auto slot, answered(context.registry.insert(std::move(key))));
      static_cast<void>(slot);
    }
  }
  if (versions_of(context) > context.profile.limits.key_sets) return refuse(StatusWord::kNotEnoughMemory);
  return replaces_initial ? drop_initial_keys(context) : Answer<void>{};
}

}  // namespace

Answer<void> put_key(CommandContext& context) {
  // Without keys of its own a domain has no DEK under which to receive some, but its own session has one.
  COSE_TRY(auto keys, parse_keys(context));
  COSE_CHECK(check_versions(context, keys));
  Bytes answer{keys[0].key.version};
  for (const auto& [key, check] : keys) append(answer, check);
  COSE_CHECK(context.change([&] { return store(context, keys); }));
  append(context.answer, answer);
  return {};
}

}  // namespace cose::gpcard
