// SPDX-License-Identifier: Apache-2.0
// What `cose serve` is told, by a TOML file, by flags, or by both: flags come on top of the file.
//
//   name = "lab"                        # how HELLO is answered; one word
//   drain_seconds = 10                  # how long a stop waits for running commands
//   [log]
//   level = "info"                      # trace shows APDUs, with the data of PIN and key commands hidden
//   format = "text"                     # or "json"
//   [tls]                               # needed unless every rack has secure = "off"
//   certificate = "grid.pem"
//   key = "grid.key"
//   client_ca = "clients.pem"           # optional: clients must have a certificate of this authority
//   client_crl = "revoked.pem"          # optional: of that authority; read again at SIGHUP, as the others here
//   client_psk = "clients.psk"          # optional: keys of clients without certificate (net/psk_file.h)
//   minimum = "1.3"                     # or "1.2"
//   [audit]                             # optional: who did what to which card when (host/audit_file.h)
//   file = "audit.log"
//   key = "audit.key"                   # optional: the chain is of HMACs (host/key_file.h)
//   maximum_mib = 64                    # then the file is renamed and another one goes on
//   required = false                    # true: nothing is done that cannot be written down
//   sync = false                        # true: each line is flushed to the disk
//   [state]                             # of the slots sim:NAME
//   directory = "cards"
//   key = "cards.key"                   # default: beside the directory; or a pkcs11: URI
//   older_keys = ["old.key"]            # while a rotation that was cut short needs them
//   durability = "durable"              # or "relaxed", "none"
//   memory_mib = 256                    # of cards that are awake
//   [[rack]]
//   listen = "127.0.0.1:2310"
//   secure = "off"                      # or "offer", "require"
//   idle_seconds = 600
//   maximum_connections = 20000
//   keep_seconds = 10                   # how long slots wait for a client whose connection broke (KEEP); 0: not at all
//   count = 416                         # fills so many of the first free slots with
//   cards = "sim:"                      # cards of this kind, each with a serial number and keys of its own
//   policy = "policy.toml"              # host/policy_file.h; without one each client of RACS may do everything
//   seid = "{cplc}"                     # names of the other slots, made of their cards (grid/seid_template.h)
//   [rack.seids]                        # names of slots; without any of both, their numbers
//   "device#45" = 101
//   [rack.racs]                         # RACS on the slots of this rack, for clients with a certificate of client_ca
//   listen = "127.0.0.1:7777"           # policy and seids may stand in this table as well
//   mode = "draft"                      # or "reference": as the author's server
//   [rack.http]                         # HTTP on the slots of this rack, for clients with a certificate of client_ca;
//   listen = "127.0.0.1:8080"           # without [tls] in clear, and then for this machine only unless plain says so
//   plain = false                       # in clear, whoever can reach the address
//   open_status = false                 # /metrics and /healthz for everybody, not only for this machine and clients
//   maximum_connections = 1024
//   [rack.agents]                       # host/agents_config.h: cards that dial in from elsewhere
//   [rack.slots]
//   101 = "pcsc:Virtual"
//   "201-232" = "echo:"                 # a range, in the order of boards and positions
//
// Relative file names are taken from the configuration file's folder. An unknown key is an error: a misspelt one must
// not silently mean its default. Errors: kNotFound, kInvalid with file and line.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/result.h"
#include "grid/ascii_session.h"
#include "grid/racs_session.h"
#include "grid/seid_template.h"
#include "host/agents_config.h"
#include "host/audit_file.h"
#include "host/log.h"
#include "host/stored_card_source.h"
#include "net/endpoint.h"
#include "net/tls.h"

namespace cose::host {

struct RacsConfig {
  net::Endpoint listen{.host = "127.0.0.1", .port = net::kRacsPort};
  grid::RacsMode mode = grid::RacsMode::kDraft;
};

struct HttpConfig {
  net::Endpoint listen{.host = "127.0.0.1", .port = net::kHttpPort};
  bool plain = false;
  bool open_status = false;
  std::size_t maximum_connections = 1024;
};

struct RackConfig {
  net::Endpoint listen{.host = "127.0.0.1", .port = net::kSimArrayPort};
  grid::SecureMode secure = grid::SecureMode::kOff;
  std::chrono::seconds idle{600};
  std::size_t maximum_connections = 20'000;
  std::chrono::seconds keep{10};
  std::map<grid::SlotNumber, std::string> slots;  // card URIs
  std::string policy;                             // file; empty: everything is allowed
  std::map<std::string, grid::SlotNumber> seids;  // none, and no template: the numbers of the slots
  std::string seid_template;
  std::optional<RacsConfig> racs;
  std::optional<HttpConfig> http;
  std::optional<AgentsConfig> agents;
};

struct ServeConfig {
  std::string name = "CoSE";
  std::chrono::seconds drain{10};
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kText;
  net::TlsServerFiles tls;
  std::optional<AuditOptions> audit;
  StateDefaults state;
  std::vector<RackConfig> racks;

  [[nodiscard]] static Result<ServeConfig> load(const std::string& file);
  // The same from a text; `origin` names it in errors, relative files are taken from `folder`.
  [[nodiscard]] static Result<ServeConfig> parse(std::string_view text, std::string_view origin,
                                                 const std::string& folder);
  // What only shows when file and flags are together: client authority without TLS, one reader in two slots.
  [[nodiscard]] Status check() const;
};

// Whether only this machine reaches it.
[[nodiscard]] bool is_loopback(const net::Endpoint& endpoint);

// Puts a card URI into one slot ("101") or each of a range ("101-132").
[[nodiscard]] Status assign_slots(RackConfig& rack, std::string_view slots, const std::string& uri);

// 1.2 or 1.3.
[[nodiscard]] Result<net::TlsVersion> parse_tls_version(std::string_view text);

// Adds a rule, and its slots to those of the rack. Error: kInvalid, a slot is assigned already.
[[nodiscard]] Status add_agent_rule(RackConfig& rack, grid::AgentRule rule);

// draft or reference.
[[nodiscard]] Result<grid::RacsMode> parse_racs_mode(std::string_view text);

}  // namespace cose::host
