// SPDX-License-Identifier: Apache-2.0
// cose admin URI keys list | put | delete.
#include <iostream>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "admin_subcommands.h"
#include "bytes/hex.h"
#include "gphost/card_data.h"

namespace cose::app {

namespace {

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

}  // namespace

void add_key_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* keys = add_verb(admin, "keys", "keys of the secure channel");
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
