// SPDX-License-Identifier: Apache-2.0
// cose admin URI list | info | apdu: what only looks.
#include <iostream>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "admin_subcommands.h"
#include "bytes/hex.h"
#include "gphost/card_data.h"
#include "gphost/names.h"
#include "iso7816/atr.h"
#include "iso7816/status_word.h"

namespace cose::app {

namespace {

using Json = nlohmann::ordered_json;

std::string version_of(const gphost::RegistryEntry& entry) {
  if (!entry.version || entry.version->size() < 2) return {};
  return fmt::format("{}.{}", entry.version->at(0), entry.version->at(1));
}

Json to_json(const gphost::RegistryEntry& entry) {
  Json json{{"kind", gphost::to_string(entry.kind)},
            {"aid", to_hex(entry.aid)},
            {"state", gphost::state_name(entry.kind, entry.state)},
            {"privileges", gphost::privilege_names(entry.privileges)}};
  if (entry.load_file) json["package"] = to_hex(*entry.load_file);
  if (entry.domain) json["domain"] = to_hex(*entry.domain);
  if (entry.version) json["version"] = version_of(entry);
  if (!entry.modules.empty()) {
    auto modules = Json::array();
    for (const auto& module : entry.modules) modules.push_back(to_hex(module));
    json["modules"] = std::move(modules);
  }
  return json;
}

void print(const gphost::RegistryEntry& entry) {
  const auto state = gphost::state_name(entry.kind, entry.state);
  const bool is_off = state == "LOCKED" || state == "CARD_LOCKED" || state == "TERMINATED";
  fmt::print("{:<12} {:<32} {}", gphost::to_string(entry.kind), to_hex(entry.aid),
             coloured(is_off ? Colour::kWarning : Colour::kGood, state));
  if (entry.version) fmt::print("  version {}", version_of(entry));
  for (const auto name : gphost::privilege_names(entry.privileges)) fmt::print(" {}", coloured(Colour::kDim, name));
  fmt::print("\n");
  for (const auto& module : entry.modules) fmt::print("{:<12}   {}\n", "", to_hex(module));
}

Status list(AdminDesk& desk, const AdminOptions& options) {
  COSE_TRY(const auto registry, gphost::read_registry(desk.session()));
  if (options.json) {
    auto json = Json::array();
    for (const auto& entry : registry.entries) json.push_back(to_json(entry));
    std::cout << json.dump(2) << "\n";
    return {};
  }
  for (const auto& entry : registry.entries) print(entry);
  return {};
}

// What the card tells anybody; what it has not is left out.
Json card_information(AdminDesk& desk) {
  auto& session = desk.session();
  Json json{{"atr", to_hex(desk.atr())}, {"domain", to_hex(session.selected_aid())}};
  if (const auto data = gphost::read_data(session, 0x0066))
    if (const auto recognition = gphost::CardRecognition::parse(*data)) {
      json["globalplatform"] = recognition->version;
      auto protocols = Json::array();
      for (const auto& protocol : recognition->protocols) protocols.push_back(scp::to_string(protocol));
      json["protocols"] = std::move(protocols);
    }
  if (const auto data = gphost::read_data(session, 0x00E0))
    if (const auto keys = gphost::KeyInformation::parse(*data)) json["keys"] = gphost::describe(*keys);
  for (const auto& [name, tag] : {std::pair{"iin", 0x42}, {"cin", 0x45}, {"diversification", 0xCF}, {"counter", 0xC1}})
    if (const auto data = gphost::read_data(session, static_cast<std::uint16_t>(tag))) json[name] = to_hex(*data);
  if (const auto data = gphost::read_data(session, 0xFF21))
    if (const auto resources = gphost::CardResources::parse(*data))
      json["resources"] = {{"applications", resources->applications},
                           {"free non-volatile", resources->free_non_volatile},
                           {"free volatile", resources->free_volatile}};
  if (const auto data = gphost::read_data(session, 0x9F7F))
    if (const auto fields = gphost::parse_cplc(*data)) {
      Json cplc;
      for (const auto& field : *fields) cplc[std::string(field.name)] = field.to_string();
      json["cplc"] = std::move(cplc);
    }
  return json;
}

void print_value(const std::string& name, const Json& value, int depth) {
  if (value.is_object()) {
    fmt::print("{:{}}{}:\n", "", depth, name);
    for (const auto& [inner, each] : value.items()) print_value(inner, each, depth + 2);
  } else if (value.is_array()) {
    for (const auto& each : value) print_value(name, each, depth);
  } else {
    fmt::print("{:{}}{}: {}\n", "", depth, name, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

Status info(AdminDesk& desk, const AdminOptions& options) {
  const auto json = card_information(desk);
  if (options.json)
    std::cout << json.dump(2) << "\n";
  else
    for (const auto& [name, value] : json.items()) print_value(name, value, 0);
  return {};
}

Status exchange(AdminDesk& desk, const std::vector<std::string>& commands, const AdminOptions& options) {
  for (const auto& text : commands) {
    COSE_TRY(const auto octets, from_loose_hex(text));
    COSE_TRY(const auto command, iso7816::CommandApdu::parse(octets));
    COSE_TRY(const auto response, desk.session().send(command));
    if (options.json)
      std::cout << Json{{"command", to_hex(octets)},
                        {"data", to_hex(response.data)},
                        {"status", iso7816::to_string(response.status)},
                        {"meaning", iso7816::meaning(response.status)}}
                       .dump()
                << "\n";
    else
      fmt::print("> {}\n< {}{}{} {}\n", to_hex(octets), to_hex(response.data), response.data.empty() ? "" : " ",
                 iso7816::to_string(response.status), iso7816::meaning(response.status));
    if (!response.status.is_success() && !response.status.is_warning())
      return std::unexpected(gphost::refusal(command, response.status, {}));
  }
  return {};
}

}  // namespace

void add_reading_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* list_verb = add_verb(admin, "list", "what is on the card");
  verbs.push_back({list_verb, [options] {
                     return at_desk(*options, Access::kSecure, [&](AdminDesk& desk) { return list(desk, *options); });
                   }});
  auto* info_verb = add_verb(admin, "info", "what the card tells anybody: protocols, keys, memory, production data");
  verbs.push_back({info_verb, [options] {
                     return at_desk(*options, Access::kPlain, [&](AdminDesk& desk) { return info(desk, *options); });
                   }});
  auto* apdu_verb = add_verb(admin, "apdu", "sends commands through the secure channel");
  const auto commands = std::make_shared<std::vector<std::string>>();
  apdu_verb->add_option("HEX", *commands, "commands as they are before they are secured")->required();
  verbs.push_back({apdu_verb, [options, commands] {
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return exchange(desk, *commands, *options); });
                   }});
}

}  // namespace cose::app
