// SPDX-License-Identifier: Apache-2.0
// cose serve: a grid.
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <memory>

#include <fmt/core.h>
#include <sys/resource.h>

#include "command.h"
#include "console.h"
#include "host/grid_service.h"
#include "host/serve_config.h"
#include "host/system_clock.h"

namespace cose::app {

namespace {

constexpr auto kDescription = "Serves racks of secure elements over the ASCII grid protocol of the SIM Array.";

constexpr auto kExamples = R"(Examples:
  cose serve --slot 101=pcsc:                        the first reader's card in slot 101, on 127.0.0.1:2310
  cose serve --slot 101=pcsc:Gemalto --slot 102=grid://10.0.0.7/725
  cose serve --simarray 127.0.0.1:2310 --slot 101-132=echo: \
             --simarray 127.0.0.1:2311 --slot 2/101=replay:card.apdu
  cose serve --slot 101=sim: --seid device#45=101 --racs 127.0.0.1:7777 --policy policy.toml \
             --tls-certificate grid.pem --tls-key grid.key --tls-client-ca clients.pem
  cose serve --slot 101=sim: --http 127.0.0.1:8080   a JSON API, /metrics and /healthz for this machine
  cose serve --state cards --slot 101=sim:anna       the card "anna" kept in the directory cards
  cose serve --agents 0.0.0.0:7778 --agent lab-7/visa*=301-310 ...   cards that dial in (cose agent)
  cose serve --slot 201-232=racs://10.0.0.7/pay*     the secure elements of another grid by their names
  cose serve --config grid.toml --log-level debug

A rack has 13 boards of 32 slots: 101 to 132, 201 to 232, ... 1301 to 1332. A slot may stay empty until its reader
or card appears. SIGTERM and SIGINT let running commands finish and power the cards down; a second one does not wait.
A slot's reader is in exclusive use while the slot is; pcsc:TEXT?shared lets programs of this machine use it as well.)";

struct ServeOptions {
  std::string config_file;
  std::vector<std::string> listeners;
  std::vector<std::string> slots;
  std::string racs;
  std::string http;
  bool http_plain = false;
  std::string policy;
  std::string agents;
  std::vector<std::string> agent_rules;
  std::vector<std::string> seids;
  std::string name;
  std::string secure;
  std::string log_level;
  std::string log_format;
  int idle = 0;
  int drain = -1;
  std::size_t connections = 0;
  net::TlsServerFiles tls;
  std::string tls_minimum;
  std::string audit;
  std::string state;
  std::string state_key;
  std::vector<std::string> older_keys;
  std::string durability;
  std::size_t memory = 0;
  bool trace = false;
};

// "[RACK/]SLOTS=URI", racks counted from 1.
Status add_slot(std::string_view text, host::ServeConfig& config) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos)
    return fail(ErrorKind::kInvalid, "--slot " + std::string(text) + ": expected [RACK/]SLOT=URI, such as 101=pcsc:");
  auto slots = text.substr(0, equals);
  std::size_t rack = 1;
  if (const auto slash = slots.find('/'); slash != std::string_view::npos) {
    const auto number = slots.substr(0, slash);
    const auto* end = number.data() + number.size();
    if (const auto parsed = std::from_chars(number.data(), end, rack); parsed.ptr != end || parsed.ec != std::errc{})
      rack = 0;
    slots.remove_prefix(slash + 1);
  }
  if (rack < 1 || rack > config.racks.size())
    return fail(ErrorKind::kInvalid, fmt::format("--slot {}: there is no rack {}, only {}", text,
                                                 text.substr(0, text.find('/')), config.racks.size()));
  auto assigned = host::assign_slots(config.racks[rack - 1], slots, std::string(text.substr(equals + 1)));
  if (!assigned) return std::unexpected(assigned.error().within("--slot " + std::string(text)));
  return {};
}

// "SEID=SLOT" of the first rack.
Status add_seid(std::string_view text, host::RackConfig& rack) {
  const auto equals = text.rfind('=');
  if (equals == std::string_view::npos)
    return fail(ErrorKind::kInvalid, "--seid " + std::string(text) + ": expected SEID=SLOT, such as device#45=101");
  auto slot = grid::SlotNumber::parse(text.substr(equals + 1));
  if (!slot) return std::unexpected(slot.error().within("--seid " + std::string(text)));
  rack.seids.insert_or_assign(std::string(text.substr(0, equals)), *slot);
  return {};
}

Status apply_fronts(const ServeOptions& options, host::ServeConfig& config) {
  auto& rack = config.racks.front();
  if (!options.racs.empty()) {
    if (!rack.racs) rack.racs.emplace();
    COSE_TRY(rack.racs->listen, net::Endpoint::parse(options.racs, net::kRacsPort));
  }
  if (!options.http.empty()) {
    if (!rack.http) rack.http.emplace();
    COSE_TRY(rack.http->listen, net::Endpoint::parse(options.http, net::kHttpPort));
  }
  if (options.http_plain && !rack.http) return fail(ErrorKind::kInvalid, "--http-plain belongs to --http HOST:PORT");
  if (options.http_plain) rack.http->plain = true;
  if (!rack.racs && !rack.http && (!options.policy.empty() || !options.seids.empty()))
    return fail(ErrorKind::kInvalid,
                "--policy and --seid belong to RACS and HTTP; say --racs HOST:PORT or --http HOST:PORT as well");
  if (!options.policy.empty()) rack.policy = options.policy;
  for (const auto& seid : options.seids) COSE_CHECK(add_seid(seid, rack));
  return {};
}

Status apply_agents(const ServeOptions& options, host::ServeConfig& config) {
  auto& rack = config.racks.front();
  if (!options.agents.empty()) {
    if (!rack.agents) rack.agents.emplace();
    COSE_TRY(rack.agents->listen, net::Endpoint::parse(options.agents, net::kAgentPort));
  }
  if (!rack.agents && !options.agent_rules.empty())
    return fail(ErrorKind::kInvalid, "--agent says who may offer cards; say --agents HOST:PORT as well");
  for (const auto& text : options.agent_rules) {
    auto rule = host::parse_agent_rule(text);
    auto added = rule ? host::add_agent_rule(rack, *std::move(rule)) : std::unexpected(std::move(rule).error());
    if (!added) return std::unexpected(added.error().within("--agent " + text));
  }
  return {};
}

Status apply_racks(const ServeOptions& options, host::ServeConfig& config) {
  for (const auto& listener : options.listeners) {
    host::RackConfig rack;
    COSE_TRY(rack.listen, net::Endpoint::parse(listener, net::kSimArrayPort));
    config.racks.push_back(rack);
  }
  if (config.racks.empty()) config.racks.emplace_back();
  for (auto& rack : config.racks) {
    if (!options.secure.empty()) {
      COSE_TRY(rack.secure, host::parse_secure_mode(options.secure));
    }
    if (options.idle > 0) rack.idle = std::chrono::seconds(options.idle);
    if (options.connections > 0) rack.maximum_connections = options.connections;
  }
  for (const auto& slot : options.slots) COSE_CHECK(add_slot(slot, config));
  COSE_CHECK(apply_agents(options, config));
  return apply_fronts(options, config);
}

Status apply_state(const ServeOptions& options, host::StateDefaults& state) {
  if (!options.state.empty()) state.directory = options.state;
  if (!options.state_key.empty()) state.key_file = options.state_key;
  if (!options.older_keys.empty()) state.older_key_files = options.older_keys;
  if (options.memory > 0) state.memory = options.memory << 20;
  if (options.durability.empty()) return {};
  COSE_TRY(state.durability, host::parse_durability(options.durability));
  return {};
}

Result<host::ServeConfig> configure(const ServeOptions& options) {
  host::ServeConfig config;
  if (!options.config_file.empty()) {
    COSE_TRY(config, host::ServeConfig::load(options.config_file));
  }
  if (!options.name.empty()) config.name = options.name;
  if (options.drain >= 0) config.drain = std::chrono::seconds(options.drain);
  for (const auto field :
       {&net::TlsServerFiles::certificate, &net::TlsServerFiles::key, &net::TlsServerFiles::client_ca,
        &net::TlsServerFiles::client_crl, &net::TlsServerFiles::client_psk})
    if (!(options.tls.*field).empty()) config.tls.*field = options.tls.*field;
  if (!options.log_level.empty()) {
    COSE_TRY(config.log_level, host::parse_log_level(options.log_level));
  }
  if (!options.tls_minimum.empty()) {
    COSE_TRY(config.tls.minimum, host::parse_tls_version(options.tls_minimum));
  }
  if (!options.audit.empty()) {
    if (!config.audit) config.audit.emplace();
    config.audit->file = options.audit;
  }
  if (options.trace) config.log_level = LogLevel::kTrace;
  if (!options.log_format.empty()) {
    COSE_TRY(config.log_format, host::parse_log_format(options.log_format));
  }
  COSE_CHECK(apply_state(options, config.state));
  COSE_CHECK(apply_racks(options, config));
  COSE_CHECK(config.check());
  return config;
}

// Blocked before any thread starts, so that the signals wait for wait_for_stop() and interrupt nobody.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A peer that is gone is an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

// A grid holds a descriptor for each connection; the usual soft limit of 1024 is meant for programs that use select().
// What is left for connections is shared by the racks, so that cards and logs always find a descriptor.
void fit_descriptor_limit(host::ServeConfig& config) {
  constexpr rlim_t kReserved = 256;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const auto reserved = std::min(kReserved, limit.rlim_max / 2);
  const auto share = std::max<std::size_t>(1, (limit.rlim_max - reserved) / config.racks.size());
  for (auto& rack : config.racks) rack.maximum_connections = std::min(rack.maximum_connections, share);
}

// SIGHUP reads policies and certificates again; whatever is wrong with them, the grid goes on.
int wait_for_stop(const sigset_t& signals, host::GridService& service, Log& log) {
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) {
    const auto loaded = service.reload();
    log.write(loaded ? LogLevel::kInfo : LogLevel::kError, "grid.reload",
              {{"detail", loaded ? "done" : loaded.error().message}});
  }
  return signal;
}

int serve(const ServeOptions& options) {
  auto config = configure(options);
  if (!config) return complain_of_usage(config.error());
  fit_descriptor_limit(*config);
  const auto signals = block_stop_signals();
  const host::SystemClock clock;
  const auto log = host::make_log(config->log_level, config->log_format);
  auto service = host::GridService::start(*config, clock, *log);
  if (!service) return complain_of_usage(service.error());
  for (const auto& listener : (*service)->listeners())
    fmt::print("{} listening on {} ({} slots)\n", listener.protocol, listener.endpoint.text(), listener.slots);
  std::fflush(stdout);

  const int signal = wait_for_stop(signals, **service, *log);
  log->write(LogLevel::kInfo, "grid.drain", {{"signal", std::to_string(signal)}});
  // Whoever cannot wait sends a second one.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  if ((*service)->stop(config->drain)) {
    log->write(LogLevel::kInfo, "grid.stop", {});
    return kSuccess;
  }
  // Destroying the service would wait for the card that does not answer.
  log->write(LogLevel::kError, "grid.still_busy", {{"detail", "a card, or the way to one, did not answer in time"}});
  std::quick_exit(kStillBusy);
}

}  // namespace

Command make_serve(CLI::App& parent) {
  auto* app = parent.add_subcommand("serve", kDescription);
  const auto options = std::make_shared<ServeOptions>();
  app->footer(kExamples);
  app->add_option("--config", options->config_file, "configuration file (TOML); flags come on top of it")
      ->check(CLI::ExistingFile);
  app->add_option("--simarray", options->listeners, "HOST[:PORT] of a rack; may be given several times")
      ->type_name("HOST:PORT");
  app->add_option("--slot", options->slots, "[RACK/]SLOT=URI, or a range FIRST-LAST=URI")->type_name("SLOT=URI");
  app->add_option("--racs", options->racs, "HOST[:PORT] of RACS on the first rack; needs --tls-client-ca")
      ->type_name("HOST:PORT");
  app->add_option("--http", options->http, "HOST[:PORT] of HTTP on the first rack: API, /metrics, /healthz")
      ->type_name("HOST:PORT");
  app->add_flag("--http-plain", options->http_plain, "HTTP in clear, whoever can reach its address");
  app->add_option("--seid", options->seids, "a name of a slot for RACS and HTTP: SEID=SLOT (without: the numbers)")
      ->type_name("SEID=SLOT");
  app->add_option("--policy", options->policy, "who may do what over RACS and HTTP (TOML); read again at SIGHUP")
      ->check(CLI::ExistingFile);
  app->add_option("--agents", options->agents, "HOST[:PORT] where agents dial in with cards (cose agent)")
      ->type_name("HOST:PORT");
  app->add_option("--agent", options->agent_rules, "whose cards may go to which slots, as IDENTITY[/CARDS]=SLOTS")
      ->type_name("WHO=SLOTS");
  app->add_option("--state", options->state, "state directory of the slots sim:NAME")->type_name("DIR");
  app->add_option("--state-key", options->state_key, "its master key, or a pkcs11: URI; default: DIR.key")
      ->type_name("KEY");
  app->add_option("--older-key", options->older_keys, "a master key that a rotation left behind")->type_name("KEY");
  app->add_option("--durability", options->durability, "when an answer leaves: durable, relaxed or none")
      ->check(CLI::IsMember({"durable", "relaxed", "none"}));
  app->add_option("--memory", options->memory, "MiB for cards that are awake; default: 256")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 20));
  app->add_option("--name", options->name, "the grid's name, one word");
  app->add_option("--secure", options->secure, "TLS after HELLO: off, offer or require")
      ->check(CLI::IsMember({"off", "offer", "require"}));
  auto* certificate = app->add_option("--tls-certificate", options->tls.certificate, "server certificate (PEM)");
  auto* key = app->add_option("--tls-key", options->tls.key, "its private key (PEM)");
  certificate->needs(key);
  key->needs(certificate);
  app->add_option("--tls-client-ca", options->tls.client_ca, "clients need a certificate of this authority (PEM)");
  app->add_option("--tls-client-crl", options->tls.client_crl, "revoked certificates of that authority (PEM)");
  app->add_option("--tls-client-psk", options->tls.client_psk,
                  "keys of clients without certificate, IDENTITY:HEX a line");
  app->add_option("--tls-minimum", options->tls_minimum, "oldest version of TLS: 1.3, or 1.2")
      ->check(CLI::IsMember({"1.2", "1.3"}));
  app->add_option("--audit", options->audit, "who did what to which card, chained line by line (cose audit)")
      ->type_name("FILE");
  app->add_option("--idle", options->idle, "seconds after which an idle connection is closed (600)")
      ->check(CLI::Range(1, 86'400));
  app->add_option("--maximum-connections", options->connections, "connections of a rack (20000)")
      ->check(CLI::Range(1, 1'000'000));
  app->add_option("--drain", options->drain, "seconds that a stop waits for running commands (10)")
      ->check(CLI::Range(0, 3600));
  app->add_option("--log-level", options->log_level, "trace, debug, info, warning or error");
  app->add_option("--log-format", options->log_format, "text or json");
  app->add_flag("--trace", options->trace, "log APDUs, the data of PIN and key commands hidden");
  return {app, [options] { return serve(*options); }};
}

}  // namespace cose::app
