// SPDX-License-Identifier: Apache-2.0
// cose admin URI keys list | put | use | delete.
#include <algorithm>
#include <array>
#include <iostream>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "admin_subcommands.h"
#include "bytes/hex.h"
#include "crypto/pem.h"
#include "gphost/card_data.h"
#include "gphost/key_management.h"

namespace cose::app {

namespace {

constexpr std::string_view kAes = "aes:";
constexpr std::string_view kDes = "des:";

// Which half of a pair of keys the card gets.
enum class Half { kPublic, kPrivate };

// Keys of another use than SCP01 to SCP03: GPC 2.3.1 table 11-69, Amendment F 1.3 §5.
struct KeyUse {
  std::string_view name;
  std::uint8_t version;
  std::uint8_t identifier;
  Half half;
};
constexpr std::array kUses = {
    KeyUse{"token", 0x70, 0x01, Half::kPublic},       KeyUse{"receipt", 0x71, 0x01, Half::kPrivate},
    KeyUse{"dap", 0x73, 0x01, Half::kPublic},         KeyUse{"load", 0x75, 0x01, Half::kPrivate},
    KeyUse{"scp11-hosts", 0x01, 0x10, Half::kPublic}, KeyUse{"scp11a", 0x01, 0x11, Half::kPrivate},
    KeyUse{"scp11b", 0x01, 0x13, Half::kPrivate},     KeyUse{"scp11c", 0x01, 0x15, Half::kPrivate}};

struct UseOptions {
  std::string use;
  std::string key;
  unsigned version = 0;  // 0: the usual one
  unsigned replaced = 0;
};

struct PutOptions {
  unsigned version = 0;
  unsigned replaced = 0;
  std::string key;
  std::string encryption;
  std::string mac;
  std::string data_encryption;
  std::string derivation = "none";
};

Status list_keys(AdminDesk& desk, const AdminOptions& options) {
  COSE_TRY(const auto data, gphost::read_data(desk.session(), 0x00E0));
  COSE_TRY(const auto keys, gphost::KeyInformation::parse(data));
  const auto lines = gphost::describe(keys);
  if (options.json)
    std::cout << nlohmann::ordered_json(lines).dump(2) << "\n";
  else
    for (const auto& line : lines) fmt::print("{}\n", line);
  return {};
}

Result<gphost::KeyMaterial> new_keys(const PutOptions& what) {
  COSE_TRY(auto scheme, scp::Diversification::parse(what.derivation));
  COSE_TRY(const auto one, from_loose_hex(what.key));
  auto keys = gphost::KeyMaterial::one(one, std::move(scheme));
  for (const auto& [text, secret] : {std::pair{&what.encryption, &keys.encryption},
                                     {&what.mac, &keys.mac},
                                     {&what.data_encryption, &keys.data_encryption}}) {
    if (text->empty()) continue;
    COSE_TRY(const auto octets, from_loose_hex(*text));
    *secret = Secret(octets);
  }
  if (keys.encryption.empty() || keys.mac.empty() || keys.data_encryption.empty())
    return fail(ErrorKind::kInvalid, "which keys? --new-key for all three, or --new-enc, --new-mac and --new-dek");
  return keys;
}

Status put(AdminDesk& desk, const PutOptions& what, const AdminOptions& options) {
  auto& session = desk.session();
  COSE_TRY(const auto material, new_keys(what));
  const auto version = static_cast<std::uint8_t>(what.version);
  COSE_TRY(const auto keys, material.keys(version, *session.protocol(), session.last_answer()->key_diversification));
  COSE_CHECK(gphost::put_keys(session, keys, static_cast<std::uint8_t>(what.replaced)));
  report(options, fmt::format("keys of version {:02X} put", version));
  return {};
}

Result<scp::SymmetricKey> secret_key(const std::string& name) {
  COSE_TRY(const auto octets, from_loose_hex(std::string_view(name).substr(kAes.size())));
  return scp::SymmetricKey{name.starts_with(kAes) ? scp::KeyAlgorithm::kAes : scp::KeyAlgorithm::kDes, Secret(octets)};
}

// A secret is named aes:HEX or des:HEX, everything else is a file.
Status put_use(AdminDesk& desk, const UseOptions& what, const AdminOptions& options) {
  auto& session = desk.session();
  const auto& use = *std::ranges::find(kUses, what.use, &KeyUse::name);
  const gphost::KeyPlace place{.version = what.version == 0 ? use.version : static_cast<std::uint8_t>(what.version),
                               .identifier = use.identifier,
                               .replaced_version = static_cast<std::uint8_t>(what.replaced)};
  if (what.key.starts_with(kAes) || what.key.starts_with(kDes)) {
    COSE_TRY(const auto key, secret_key(what.key));
    COSE_CHECK(gphost::put_secret_key(session, place, key));
  } else {
    COSE_TRY(const auto file, admin::read_file(what.key, crypto::kMaximumPem));
    if (use.half == Half::kPrivate) {
      auto key = crypto::read_private_key(as_text(file));
      if (!key) return std::unexpected(key.error().within(what.key));
      COSE_CHECK(gphost::put_private_key(session, place, *key));
    } else {
      auto key = crypto::read_public_key(as_text(file));
      if (!key) return std::unexpected(key.error().within(what.key));
      COSE_CHECK(gphost::put_public_key(session, place, *key));
    }
  }
  report(options, fmt::format("{} key of version {:02X} put", what.use, place.version));
  return {};
}

void add_use_verb(CLI::App& keys, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* verb =
      add_verb(keys, "use", "puts the key that checks tokens or DAP, makes receipts, opens load files, or is of SCP11");
  const auto what = std::make_shared<UseOptions>();
  std::vector<std::string> names;
  for (const auto& use : kUses) names.emplace_back(use.name);
  verb->add_option("USE", what->use, "what the key is for")->required()->check(CLI::IsMember(names));
  verb->add_option("KEY", what->key, "a PEM file, aes:HEX or des:HEX")->required();
  verb->add_option("--new-version", what->version, "its version; default: the one that GlobalPlatform has for the use")
      ->check(CLI::Range(1, 127));
  verb->add_option("--replace", what->replaced, "version that it replaces; 0: none")->check(CLI::Range(0, 127));
  verbs.push_back({verb, [options, what] {
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return put_use(desk, *what, *options); });
                   }});
}

}  // namespace

void add_key_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* keys = add_verb(admin, "keys", "keys of the domain");
  keys->require_subcommand(1);
  auto* list = add_verb(*keys, "list", "versions, kinds and sizes");
  verbs.push_back({list, [options] {
                     return at_desk(*options, Access::kPlain,
                                    [&](AdminDesk& desk) { return list_keys(desk, *options); });
                   }});
  auto* put_verb = add_verb(*keys, "put", "adds or replaces the three keys of a version");
  const auto what = std::make_shared<PutOptions>();
  put_verb->add_option("--new-version", what->version, "version of the new keys")
      ->required()
      ->check(CLI::Range(1, 127));
  put_verb->add_option("--replace", what->replaced, "version that they replace; 0: none")->check(CLI::Range(0, 127));
  put_verb->add_option("--new-key", what->key, "one value for all three");
  put_verb->add_option("--new-enc", what->encryption, "encryption key");
  put_verb->add_option("--new-mac", what->mac, "MAC key");
  put_verb->add_option("--new-dek", what->data_encryption, "data encryption key");
  put_verb->add_option("--new-derivation", what->derivation, "these are masters, and the card gets its own");
  verbs.push_back({put_verb, [options, what] {
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return put(desk, *what, *options); });
                   }});
  add_use_verb(*keys, options, verbs);
  auto* delete_verb = add_verb(*keys, "delete", "deletes the keys of a version");
  const auto version = std::make_shared<unsigned>(0);
  delete_verb->add_option("VERSION", *version, "which")->required()->check(CLI::Range(1, 255));
  verbs.push_back({delete_verb, [options, version] {
                     return at_desk(*options, Access::kSecure, [&](AdminDesk& desk) -> Status {
                       COSE_CHECK(gphost::remove_keys(desk.session(), static_cast<std::uint8_t>(*version), 0));
                       report(*options, fmt::format("keys of version {:02X} deleted", *version));
                       return {};
                     });
                   }});
}

}  // namespace cose::app
