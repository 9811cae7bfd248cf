// SPDX-License-Identifier: Apache-2.0
// cose admin URI personalize | store | data: data objects, to applications and to domains and back.
#include <iostream>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "admin_subcommands.h"
#include "bytes/hex.h"
#include "gphost/commands.h"

namespace cose::app {

namespace {

constexpr std::uint32_t kMaximumTag = 0xFFFF;

struct PersonalizeOptions {
  std::string aid;
  std::vector<std::string> blocks;
  std::string structure = "none";
};

Result<std::vector<Bytes>> octets_of(const std::vector<std::string>& texts) {
  std::vector<Bytes> blocks;
  for (const auto& text : texts) {
    COSE_TRY(auto octets, from_loose_hex(text));
    blocks.push_back(std::move(octets));
  }
  return blocks;
}

gphost::StoreDataForm form_of(const PersonalizeOptions& what) {
  using Structure = gphost::StoreDataForm::Structure;
  gphost::StoreDataForm form;
  form.structure = what.structure == "dgi"   ? Structure::kDgi
                   : what.structure == "tlv" ? Structure::kTlv
                                             : Structure::kNone;
  return form;
}

Status personalize(AdminDesk& desk, const PersonalizeOptions& what, const AdminOptions& options) {
  COSE_TRY(const auto aid, from_loose_hex(what.aid));
  COSE_TRY(const auto blocks, octets_of(what.blocks));
  COSE_CHECK(gphost::personalize(desk.session(), aid, blocks, form_of(what)));
  report(options, fmt::format("{} personalised with {} blocks", to_hex(aid), blocks.size()));
  return {};
}

Status store(AdminDesk& desk, const PersonalizeOptions& what, const AdminOptions& options) {
  COSE_TRY(const auto blocks, octets_of(what.blocks));
  COSE_TRY(const auto answer, gphost::store_data_blocks(desk.session(), blocks, form_of(what)));
  report(options,
         fmt::format("{} blocks stored in the domain{}{}", blocks.size(), answer.empty() ? "" : ": ", to_hex(answer)));
  return {};
}

Status read(AdminDesk& desk, const std::vector<std::string>& tags, const AdminOptions& options) {
  for (const auto& text : tags) {
    COSE_TRY(const auto octets, from_loose_hex(text));
    std::uint32_t tag = 0;
    for (const auto octet : octets) tag = tag << 8 | octet;
    if (octets.empty() || tag > kMaximumTag)
      return fail(ErrorKind::kInvalid, "data: expected a tag of one or two octets, such as 9F7F, found " + text);
    COSE_TRY(const auto data, gphost::read_data(desk.session(), static_cast<std::uint16_t>(tag)));
    if (options.json)
      std::cout << nlohmann::ordered_json{{"tag", to_hex(octets)}, {"data", to_hex(data)}}.dump() << "\n";
    else
      fmt::print("{} {}\n", to_hex(octets), to_hex(data));
  }
  return {};
}

void add_structure(CLI::App& verb, PersonalizeOptions& what) {
  verb.add_option("HEX", what.blocks, "blocks, one command each")->required();
  verb.add_option("--structure", what.structure, "none, dgi or tlv")
      ->check(CLI::IsMember({"none", "dgi", "tlv"}))
      ->capture_default_str();
}

}  // namespace

void add_data_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* personalize_verb = add_verb(admin, "personalize", "sends STORE DATA blocks to an application");
  const auto personal = std::make_shared<PersonalizeOptions>();
  personalize_verb->add_option("AID", personal->aid, "the application")->required();
  add_structure(*personalize_verb, *personal);
  verbs.push_back({personalize_verb, [options, personal] {
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return personalize(desk, *personal, *options); });
                   }});
  auto* store_verb = add_verb(admin, "store", "sends STORE DATA blocks to the domain: its numbers, its certificates");
  const auto stored = std::make_shared<PersonalizeOptions>();
  add_structure(*store_verb, *stored);
  verbs.push_back({store_verb, [options, stored] {
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return store(desk, *stored, *options); });
                   }});
  auto* data_verb = add_verb(admin, "data", "reads data objects of the domain: 42, 45, 66, 9F7F, ...");
  const auto tags = std::make_shared<std::vector<std::string>>();
  data_verb->add_option("TAG", *tags, "tags, hexadecimal")->required();
  verbs.push_back({data_verb, [options, tags] {
                     return at_desk(*options, Access::kPlain,
                                    [&](AdminDesk& desk) { return read(desk, *tags, *options); });
                   }});
}

}  // namespace cose::app
