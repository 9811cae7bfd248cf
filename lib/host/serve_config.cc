// SPDX-License-Identifier: Apache-2.0
#include "host/serve_config.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <toml++/toml.h>

#include "host/card_opener.h"
#include "host/card_uri.h"
#include "host/detail/agents_table.h"
#include "host/detail/table_reader.h"
#include "host/files.h"
#include "token/token_key.h"

namespace cose::host {

namespace {

using detail::TableReader;

// Far more than thirteen racks of slots take.
constexpr std::size_t kMaximumConfig = 4U << 20;

std::string resolve(const std::string& folder, const std::string& file) {
  return file.empty() ? file : (std::filesystem::path(folder) / file).string();
}

Status read_log(const toml::table& table, std::string_view origin, ServeConfig& config) {
  TableReader reader(table, origin);
  COSE_CHECK(reader.parsed("level", config.log_level, parse_log_level));
  COSE_CHECK(reader.parsed("format", config.log_format, parse_log_format));
  return reader.expect_no_more();
}

Status read_tls(const toml::table& table, std::string_view origin, const std::string& folder, ServeConfig& config) {
  TableReader reader(table, origin);
  COSE_CHECK(reader.text("certificate", config.tls.certificate));
  COSE_CHECK(reader.text("key", config.tls.key));
  COSE_CHECK(reader.text("client_ca", config.tls.client_ca));
  COSE_CHECK(reader.text("client_crl", config.tls.client_crl));
  COSE_CHECK(reader.text("client_psk", config.tls.client_psk));
  COSE_CHECK(reader.parsed("minimum", config.tls.minimum, parse_tls_version));
  for (auto* file : {&config.tls.certificate, &config.tls.key, &config.tls.client_ca, &config.tls.client_crl,
                     &config.tls.client_psk})
    *file = resolve(folder, *file);
  return reader.expect_no_more();
}

Status read_audit(const toml::table& table, std::string_view origin, const std::string& folder, ServeConfig& config) {
  auto& audit = config.audit.emplace();
  TableReader reader(table, origin);
  constexpr std::int64_t kMost = 1 << 20;
  auto size = static_cast<std::int64_t>(audit.maximum_size >> 20);
  bool required = false;
  bool sync = false;
  COSE_CHECK(reader.text("file", audit.file));
  COSE_CHECK(reader.text("key", audit.key_file));
  COSE_CHECK(reader.number("maximum_mib", 1, kMost, size));
  COSE_CHECK(reader.flag("required", required));
  COSE_CHECK(reader.flag("sync", sync));
  audit.maximum_size = static_cast<std::size_t>(size) << 20;
  if (required) audit.need = AuditOptions::Need::kRequired;
  if (sync) audit.sync = AuditOptions::Sync::kEachLine;
  if (audit.file.empty()) return fail(ErrorKind::kInvalid, std::string(origin) + ": [audit] needs file = \"...\"");
  for (auto* file : {&audit.file, &audit.key_file}) *file = resolve(folder, *file);
  return reader.expect_no_more();
}

Status read_state(const toml::table& table, std::string_view origin, const std::string& folder, ServeConfig& config) {
  TableReader reader(table, origin);
  auto memory = static_cast<std::int64_t>(config.state.memory >> 20);
  constexpr std::int64_t kMost = 1 << 20;
  COSE_CHECK(reader.text("directory", config.state.directory));
  COSE_CHECK(reader.text("key", config.state.key_file));
  COSE_CHECK(reader.texts("older_keys", config.state.older_key_files));
  COSE_CHECK(reader.parsed("durability", config.state.durability, parse_durability));
  COSE_CHECK(reader.number("memory_mib", 1, kMost, memory));
  config.state.memory = static_cast<std::size_t>(memory) << 20;
  config.state.directory = resolve(folder, config.state.directory);
  const auto resolve_key = [&](std::string& key) {
    if (!token::is_token_uri(key)) key = resolve(folder, key);
  };
  resolve_key(config.state.key_file);
  for (auto& key : config.state.older_key_files) resolve_key(key);
  return reader.expect_no_more();
}

Status read_slots(const toml::table& table, const TableReader& reader, const std::string& folder, RackConfig& rack) {
  for (const auto& [key, node] : table) {
    const auto uri = node.value<std::string>();
    if (!uri)
      return fail(ErrorKind::kInvalid,
                  reader.where(node) + ": slot " + std::string(key.str()) + ": expected a card URI in quotes");
    if (auto assigned = assign_slots(rack, key.str(), relocate_files(*uri, folder)); !assigned)
      return std::unexpected(assigned.error().within(reader.where(node)));
  }
  return {};
}

// `count` and `cards`: as many of the first free slots as it says, all with cards of one kind.
Status fill_slots(TableReader& reader, const std::string& folder, RackConfig& rack) {
  std::int64_t count = 0;
  std::string cards = "sim:";
  COSE_CHECK(reader.number("count", 0, grid::kSlots, count));
  COSE_CHECK(reader.text("cards", cards));
  const auto uri = relocate_files(cards, folder);
  for (std::size_t index = 0; count > 0 && index < grid::kSlots; ++index)
    if (rack.slots.emplace(grid::SlotNumber::from_index(index), uri).second) --count;
  if (count == 0) return {};
  return fail(ErrorKind::kInvalid, "count: the rack has no room for " + std::to_string(count) + " of its cards");
}

// Both front ends that know users go by them.
Status read_names_and_policy(TableReader& reader, const std::string& folder, RackConfig& rack) {
  std::string policy;
  COSE_CHECK(reader.text("policy", policy));
  if (!policy.empty()) rack.policy = resolve(folder, policy);
  COSE_TRY(const auto* table, reader.table("seids"));
  if (table == nullptr) return {};
  for (const auto& [key, node] : *table) {
    const auto number = node.value<std::int64_t>().value_or(0);
    const auto slot = grid::SlotNumber::from_value(static_cast<unsigned>(std::clamp<std::int64_t>(number, 0, 10'000)));
    if (!slot || !grid::is_seid(key.str()))
      return fail(ErrorKind::kInvalid,
                  reader.where(node) + ": SEID " + std::string(key.str()) + ": expected the number of a slot");
    if (!rack.seids.emplace(key.str(), *slot).second)
      return fail(ErrorKind::kInvalid, reader.where(node) + ": SEID " + std::string(key.str()) + " stands here twice");
  }
  return {};
}

Status read_racs(const toml::table& table, std::string_view origin, const std::string& folder, RackConfig& rack) {
  auto& racs = rack.racs.emplace();
  TableReader reader(table, origin);
  COSE_CHECK(reader.parsed("listen", racs.listen,
                           [](const std::string& text) { return net::Endpoint::parse(text, net::kRacsPort); }));
  COSE_CHECK(reader.parsed("mode", racs.mode, parse_racs_mode));
  COSE_CHECK(read_names_and_policy(reader, folder, rack));
  return reader.expect_no_more();
}

Status read_http(const toml::table& table, std::string_view origin, HttpConfig& http) {
  TableReader reader(table, origin);
  COSE_CHECK(reader.parsed("listen", http.listen,
                           [](const std::string& text) { return net::Endpoint::parse(text, net::kHttpPort); }));
  COSE_CHECK(reader.flag("plain", http.plain));
  COSE_CHECK(reader.flag("open_status", http.open_status));
  auto connections = static_cast<std::int64_t>(http.maximum_connections);
  COSE_CHECK(reader.number("maximum_connections", 1, 100'000, connections));
  http.maximum_connections = static_cast<std::size_t>(connections);
  return reader.expect_no_more();
}

// A client certificate must be asked for, or it must be meant that none is.
Status check_http(const HttpConfig& http, const net::TlsServerFiles& tls) {
  if (http.plain) return {};
  if (tls.certificate.empty() && !is_loopback(http.listen))
    return fail(ErrorKind::kInvalid, "HTTP on " + http.listen.text() +
                                         " would be in clear for whoever reaches it; give the grid a certificate "
                                         "([tls] or --tls-certificate), or say plain = true (--http-plain)");
  if (!tls.certificate.empty() && tls.client_ca.empty())
    return fail(ErrorKind::kInvalid,
                "HTTP over TLS needs the authority of its clients (--tls-client-ca or [tls] client_ca)");
  return {};
}

Result<RackConfig> read_rack(const toml::table& table, std::string_view origin, const std::string& folder) {
  RackConfig rack;
  TableReader reader(table, origin);
  COSE_CHECK(reader.parsed("listen", rack.listen,
                           [](const std::string& text) { return net::Endpoint::parse(text, net::kSimArrayPort); }));
  COSE_CHECK(reader.parsed("secure", rack.secure, parse_secure_mode));
  std::int64_t idle = rack.idle.count();
  COSE_CHECK(reader.number("idle_seconds", 1, 86'400, idle));
  rack.idle = std::chrono::seconds(idle);
  std::int64_t keep = rack.keep.count();
  COSE_CHECK(reader.number("keep_seconds", 0, 3600, keep));
  rack.keep = std::chrono::seconds(keep);
  auto connections = static_cast<std::int64_t>(rack.maximum_connections);
  COSE_CHECK(reader.number("maximum_connections", 1, 1'000'000, connections));
  rack.maximum_connections = static_cast<std::size_t>(connections);
  COSE_TRY(const auto* slots, reader.table("slots"));
  if (slots != nullptr) COSE_CHECK(read_slots(*slots, reader, folder, rack));
  COSE_CHECK(fill_slots(reader, folder, rack));
  COSE_CHECK(read_names_and_policy(reader, folder, rack));
  COSE_CHECK(reader.parsed("seid", rack.seid_template, [](const std::string& text) -> Result<std::string> {
    if (auto parsed = grid::SeidTemplate::parse(text); !parsed) return std::unexpected(parsed.error());
    return text;
  }));
  COSE_TRY(const auto* racs, reader.table("racs"));
  if (racs != nullptr) COSE_CHECK(read_racs(*racs, origin, folder, rack));
  COSE_TRY(const auto* http, reader.table("http"));
  if (http != nullptr) COSE_CHECK(read_http(*http, origin, rack.http.emplace()));
  COSE_TRY(const auto* agents, reader.table("agents"));
  if (agents != nullptr) {
    COSE_TRY(auto config, detail::read_agents(*agents, origin));
    rack.agents.emplace().listen = config.listen;
    for (auto& rule : config.rules) COSE_CHECK(add_agent_rule(rack, std::move(rule)));
  }
  COSE_CHECK(reader.expect_no_more());
  return rack;
}

Result<ServeConfig> read_config(const toml::table& table, std::string_view origin, const std::string& folder) {
  ServeConfig config;
  TableReader reader(table, origin);
  COSE_CHECK(reader.text("name", config.name));
  std::int64_t drain = config.drain.count();
  COSE_CHECK(reader.number("drain_seconds", 0, 3600, drain));
  config.drain = std::chrono::seconds(drain);
  COSE_TRY(const auto* log, reader.table("log"));
  if (log != nullptr) COSE_CHECK(read_log(*log, origin, config));
  COSE_TRY(const auto* tls, reader.table("tls"));
  if (tls != nullptr) COSE_CHECK(read_tls(*tls, origin, folder, config));
  COSE_TRY(const auto* audit, reader.table("audit"));
  if (audit != nullptr) COSE_CHECK(read_audit(*audit, origin, folder, config));
  COSE_TRY(const auto* state, reader.table("state"));
  if (state != nullptr) COSE_CHECK(read_state(*state, origin, folder, config));
  COSE_TRY(const auto* racks, reader.tables("rack"));
  if (racks != nullptr)
    for (const auto& node : *racks) {
      COSE_TRY(auto rack, read_rack(*node.as_table(), origin, folder));
      config.racks.push_back(std::move(rack));
    }
  COSE_CHECK(reader.expect_no_more());
  return config;
}

// A number that no rack has is a mistake in the configuration, not a slot that is missing.
Result<grid::SlotNumber> configured_slot(std::string_view text) {
  const auto slot = grid::SlotNumber::parse(text);
  if (!slot) return fail(ErrorKind::kInvalid, slot.error().message);
  return *slot;
}

}  // namespace

bool is_loopback(const net::Endpoint& endpoint) {
  return endpoint.host == "localhost" || endpoint.host == "::1" || endpoint.host.starts_with("127.");
}

Status assign_slots(RackConfig& rack, std::string_view slots, const std::string& uri) {
  const auto dash = slots.find('-');
  COSE_TRY(const auto first, configured_slot(slots.substr(0, dash)));
  auto last = first;
  if (dash != std::string_view::npos) {
    COSE_TRY(last, configured_slot(slots.substr(dash + 1)));
  }
  if (last < first) return fail(ErrorKind::kInvalid, "the range " + std::string(slots) + " goes backwards");
  for (auto index = first.index(); index <= last.index(); ++index) {
    const auto slot = grid::SlotNumber::from_index(index);
    if (!rack.slots.emplace(slot, uri).second)
      return fail(ErrorKind::kInvalid, "slot " + slot.text() + " is assigned twice");
  }
  return {};
}

Result<net::TlsVersion> parse_tls_version(std::string_view text) {
  if (text == "1.2") return net::TlsVersion::k12;
  if (text == "1.3") return net::TlsVersion::k13;
  return fail(ErrorKind::kInvalid, "expected version 1.2 or 1.3 of TLS, found \"" + std::string(text) + "\"");
}

Status add_agent_rule(RackConfig& rack, grid::AgentRule rule) {
  for (const auto slot : rule.slots)
    if (!rack.slots.emplace(slot, kAgentSlot).second)
      return fail(ErrorKind::kInvalid, "slot " + slot.text() + " is assigned twice");
  rack.agents->rules.push_back(std::move(rule));
  return {};
}

Result<grid::RacsMode> parse_racs_mode(std::string_view text) {
  if (text == "draft") return grid::RacsMode::kDraft;
  if (text == "reference") return grid::RacsMode::kReference;
  return fail(ErrorKind::kInvalid, "mode: expected draft or reference, found \"" + std::string(text) + "\"");
}

Status ServeConfig::check() const {
  if (!tls.client_ca.empty() && tls.certificate.empty())
    return fail(ErrorKind::kInvalid, "a client authority needs the grid's own certificate and key as well");
  if (!tls.client_psk.empty() && tls.certificate.empty())
    return fail(ErrorKind::kInvalid, "keys of clients need the grid's own certificate and key as well");
  if (!tls.client_crl.empty() && tls.client_ca.empty())
    return fail(ErrorKind::kInvalid, "a list of revoked certificates needs the authority of the clients as well");
  for (const auto& rack : racks)
    if (rack.racs && (tls.certificate.empty() || (tls.client_ca.empty() && tls.client_psk.empty())))
      return fail(ErrorKind::kInvalid,
                  "RACS needs the grid's certificate and key and the authority of its clients (--tls-certificate, "
                  "--tls-key and --tls-client-ca, or [tls]), or their keys (--tls-client-psk)");
  for (const auto& rack : racks)
    if (rack.agents && (tls.certificate.empty() || tls.client_ca.empty()))
      return fail(ErrorKind::kInvalid,
                  "agents need the grid's certificate and key and the authority of its clients (--tls-certificate, "
                  "--tls-key and --tls-client-ca, or [tls])");
  for (const auto& rack : racks)
    if (rack.http) COSE_CHECK(check_http(*rack.http, tls));
  const bool offers_tls = std::ranges::any_of(racks, [](const auto& rack) {
    return rack.secure != grid::SecureMode::kOff || rack.racs || rack.agents || (rack.http && !rack.http->plain);
  });
  if (!tls.client_ca.empty() && !offers_tls)
    return fail(ErrorKind::kInvalid, "a client authority has no effect with secure = \"off\"; say offer or require");
  std::map<std::string, grid::SlotNumber> readers;
  for (const auto& rack : racks)
    for (const auto& [slot, uri] : rack.slots) {
      if (!uri.starts_with("pcsc:")) continue;
      const auto [other, is_new] = readers.emplace(uri.substr(0, uri.find('?')), slot);
      if (!is_new)
        return fail(ErrorKind::kInvalid, "slots " + other->second.text() + " and " + slot.text() +
                                             " are the same reader, " + uri + "; a card has one slot");
    }
  return {};
}

Result<ServeConfig> ServeConfig::parse(std::string_view text, std::string_view origin, const std::string& folder) {
  try {
    return read_config(toml::parse(text, origin), origin, folder);
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::kInvalid, std::string(origin) + ":" + std::to_string(error.source().begin.line) + ": " +
                                         std::string(error.description()));
  }
}

Result<ServeConfig> ServeConfig::load(const std::string& file) {
  COSE_TRY(const auto text, read_file(file, kMaximumConfig));
  return parse(text, file, std::filesystem::path(file).parent_path().string());
}

}  // namespace cose::host
