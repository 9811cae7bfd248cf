// SPDX-License-Identifier: Apache-2.0
// The commands of scripts that read and show what is on a card.
#include <fmt/format.h>

#include "admin/interpreter.h"
#include "bytes/hex.h"
#include "gphost/card_data.h"
#include "gphost/names.h"

namespace cose::admin {

namespace {

using gphost::EntryKind;
using gphost::RegistryEntry;
using gphost::StatusFormat;
using gphost::StatusScope;

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const auto word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

std::string version_of(const RegistryEntry& entry) {
  if (!entry.version || entry.version->size() < 2) return {};
  return fmt::format("{}.{}", entry.version->at(0), entry.version->at(1));
}

}  // namespace

void Interpreter::print_entries(const std::vector<RegistryEntry>& entries) {
  if (entries.empty()) return;
  const bool are_packages = entries.front().kind == EntryKind::kLoadFile;
  const auto row = [this](std::string line) {
    while (line.ends_with(' ') || line.ends_with('|')) line.pop_back();
    say(line);
  };
  if (are_packages)
    row(fmt::format("{:<32} | {:<12} | {:<7} | {:<32} | {}", "AID", "State", "Version", "Module AID",
                    "Linked Security Domain"));
  else
    row(fmt::format("{:<32} | {:<12} | {:<30} | {:<32} | {}", "AID", "State", "Privileges", "Load File AID",
                    "Linked Security Domain"));
  for (const auto& entry : entries) {
    const auto domain = entry.domain ? to_hex(*entry.domain) : std::string();
    const auto state = gphost::state_name(entry.kind, entry.state);
    if (!are_packages) {
      row(fmt::format("{:<32} | {:<12} | {:<30} | {:<32} | {}", to_hex(entry.aid), state,
                      joined(gphost::privilege_names(entry.privileges)),
                      entry.load_file ? to_hex(*entry.load_file) : std::string(), domain));
      continue;
    }
    row(fmt::format("{:<32} | {:<12} | {:<7} | {:<32} | {}", to_hex(entry.aid), state, version_of(entry),
                    entry.modules.empty() ? std::string() : to_hex(entry.modules.front()), domain));
    for (std::size_t at = 1; at < entry.modules.size(); ++at)
      row(fmt::format("{:<32} | {:<12} | {:<7} | {:<32} |", "", "", "", to_hex(entry.modules[at])));
  }
}

Status Interpreter::get_status(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto element, command.hex_number("element"));
  COSE_TRY(const auto format, command.number("format"));
  if (format && *format != 0 && *format != 2)
    return fail(ErrorKind::kInvalid, fmt::format("-format: expected 0 (older) or 2, found {}", *format));
  const bool is_tlv = format ? *format == 2 : is_mode_211_;
  // One bit for each kind; cards take one at a time (GPC 2.3.1 table 11-33), so e0 asks three times.
  const auto bits = element.value_or(0xE0);
  if ((bits & 0xF0) == 0 || (bits & ~0xF0U) != 0)
    return fail(ErrorKind::kInvalid,
                fmt::format("-element: expected 80, 40, 20, 10 or a sum of them, found {:02X}", bits));
  for (const auto scope : {StatusScope::kIssuerDomain, StatusScope::kApplications, StatusScope::kLoadFiles,
                           StatusScope::kLoadFilesAndModules}) {
    if ((bits & static_cast<unsigned>(scope)) == 0) continue;
    COSE_TRY(const auto entries, gphost::get_status(*used, scope, is_tlv ? StatusFormat::kTlv : StatusFormat::kLegacy));
    print_entries(entries);
  }
  return {};
}

void Interpreter::print_data(ByteView data) {
  say(to_hex(data));
}

Status Interpreter::get_data(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto tag, command.hex_number("identifier"));
  if (!tag || *tag > 0xFFFF) return fail(ErrorKind::kInvalid, "get_data: expected -identifier of one or two octets");
  COSE_TRY(const auto data, gphost::read_data(*used, static_cast<std::uint16_t>(*tag)));
  print_data(data);
  if (*tag == 0x9F7F)
    if (const auto fields = gphost::parse_cplc(data))
      for (const auto& field : *fields) say(fmt::format("{}: {}", field.name, field.to_string()));
  return {};
}

Status Interpreter::protocol_details(const ScriptCommand&) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto data, gphost::read_data(*used, 0x0066));
  COSE_TRY(const auto recognition, gphost::CardRecognition::parse(data));
  if (recognition.protocols.empty()) return fail(ErrorKind::kRefused, "the card names no secure channel protocol");
  const auto& protocol = recognition.protocols.front();
  say(fmt::format("SCP: 0x{:02x}", protocol.number));
  say(fmt::format("SCP Impl: 0x{:02x}", protocol.options));
  known_protocol_ = protocol.number;
  known_options_ = protocol.options;
  return {};
}

Status Interpreter::card_recognition_data(const ScriptCommand&) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto data, gphost::read_data(*used, 0x0066));
  COSE_TRY(const auto recognition, gphost::CardRecognition::parse(data));
  say("Version: " + recognition.version);
  for (const auto& protocol : recognition.protocols)
    say(fmt::format("SCP: {} SCP Impl: {:02x}", protocol.number, protocol.options));
  if (!recognition.configuration.empty()) say("Card Configuration Details: " + to_hex(recognition.configuration));
  if (!recognition.card_details.empty()) say("Card Chip Details: " + to_hex(recognition.card_details));
  return {};
}

Status Interpreter::key_information(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto index, command.octet("keytemplate", 0));
  COSE_TRY(const auto data, gphost::read_data(*used, static_cast<std::uint16_t>(index << 8 | 0xE0)));
  COSE_TRY(const auto keys, gphost::KeyInformation::parse(data));
  say(fmt::format("{:<3} | {:<7} | {:<6} | {:<6}", "ID", "Version", "Type", "Length"));
  for (const auto& key : keys)
    for (const auto& component : key.components)
      say(fmt::format("{:<3} | {:<7} | {:<6x} | {:<6}", key.identifier, key.version, component.type, component.length));
  return {};
}

Status Interpreter::card_resources(const ScriptCommand&) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto data, gphost::read_data(*used, 0xFF21));
  COSE_TRY(const auto resources, gphost::CardResources::parse(data));
  say(fmt::format("{:<16} | {:<21} | {:<17}", "Num Applications", "Free non volatile mem", "Free volatile mem"));
  say(fmt::format("{:<16} | {:<21} | {:<17}", resources.applications, resources.free_non_volatile,
                  resources.free_volatile));
  return {};
}

}  // namespace cose::admin
