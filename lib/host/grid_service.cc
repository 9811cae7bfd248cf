// SPDX-License-Identifier: Apache-2.0
#include "host/grid_service.h"

#include <map>
#include <set>

#include "grid/policy_access.h"
#include "host/card_facts.h"
#include "host/policy_file.h"
#include "web/front.h"

namespace cose::host {

namespace {

// Readers answer at once; a far grid that does not is waited for in the background.
constexpr auto kFirstRound = std::chrono::seconds(2);

// The plain protocol knows no users. That may be meant, in a closed room, but not go unnoticed.
void warn_of_open_rack(const RackConfig& rack, Log& log) {
  if (!rack.policy.empty()) return;
  if (rack.secure == grid::SecureMode::kRequire || is_loopback(rack.listen)) return;
  log.write(LogLevel::kWarning, "rack.open",
            {{"listen", rack.listen.text()},
             {"detail", "whoever reaches this address may use every free slot; see secure = \"require\""}});
}

Result<net::RackOptions> open_rack(const ServeConfig& config, const RackConfig& rack, CardOpener& opener,
                                   const std::shared_ptr<const net::TlsContext>& tls, net::AgentHub* hub, Rng& rng) {
  net::RackOptions options;
  options.listen = rack.listen;
  options.session.grid_name = config.name;
  options.session.secure = rack.secure;
  options.session.idle_limit = rack.idle;
  options.tls = tls;
  options.maximum_connections = rack.maximum_connections;
  options.keep_patience = rack.keep;
  options.rng = &rng;
  for (const auto& [slot, uri] : rack.slots) {
    if (uri == kAgentSlot && hub != nullptr) {
      options.slots.emplace(slot, hub->source(slot));
      continue;
    }
    auto source = opener.source(uri);
    if (!source) return std::unexpected(source.error().within("slot " + slot.text()));
    options.slots.emplace(slot, *std::move(source));
  }
  return options;
}

// Null for a rack without agents.
Result<std::unique_ptr<net::AgentHub>> open_agents(const RackConfig& rack,
                                                   const std::shared_ptr<const net::TlsContext>& tls,
                                                   const Clock& clock, Log& log) {
  if (!rack.agents) return nullptr;
  net::AgentOptions options;
  options.listen = rack.agents->listen;
  options.tls = tls;
  options.rules = rack.agents->rules;
  return net::AgentHub::start(std::move(options), clock, log);
}

// Names from the configuration, then for slots without one what the template makes of their cards.
Result<grid::SeidTable> names_of(const RackConfig& rack, const net::RackOptions& options, Rng& rng, Log& log) {
  grid::SeidTable names;
  std::set<grid::SlotNumber> named;
  for (const auto& [seid, slot] : rack.seids) {
    COSE_CHECK(names.add(seid, slot));
    named.insert(slot);
  }
  if (rack.seid_template.empty() && !rack.seids.empty()) return names;
  COSE_TRY(const auto seid,
           grid::SeidTemplate::parse(rack.seid_template.empty() ? "{slot}" : std::string_view(rack.seid_template)));
  std::vector<grid::SlotName> made;
  for (const auto& [slot, source] : options.slots) {
    if (named.contains(slot)) continue;
    made.push_back({slot, seid.expand(read_card_facts(*source, slot, seid, rng))});
    if (!made.back().name)
      log.write(LogLevel::kWarning, "seid.none",
                {{"slot", slot.text()}, {"detail", "its card does not give what the names are made of"}});
  }
  COSE_TRY(const auto renamed, grid::add_names(names, made));
  for (const auto slot : renamed)
    log.write(LogLevel::kError, "seid.collision", {{"slot", slot.text()}, {"detail", names.name_of(slot)}});
  return names;
}

net::RacsOptions open_racs(const RackConfig& rack, const grid::SeidTable& names, grid::AccessMaker access,
                           std::shared_ptr<const net::TlsContext> tls) {
  net::RacsOptions options;
  options.listen = rack.racs->listen;
  options.tls = std::move(tls);
  options.settings.mode = rack.racs->mode;
  options.settings.idle_limit = rack.idle;
  options.seids = names;
  options.access = std::move(access);
  return options;
}

// What HTTP needs besides that of RACS: connections that show no certificate may look at the state of the grid.
struct HttpTls {
  std::shared_ptr<const net::TlsContext> needed;
  std::shared_ptr<const net::TlsContext> optional;
};

Result<HttpTls> http_tls(net::TlsServerFiles files) {
  HttpTls tls;
  COSE_TRY(tls.needed, net::TlsContext::server(files));
  files.client_optional = true;
  COSE_TRY(tls.optional, net::TlsContext::server(files));
  return tls;
}

Result<net::HttpOptions> open_http(const ServeConfig& config, const RackConfig& rack, const grid::SeidTable& names,
                                   grid::AccessMaker access) {
  net::HttpOptions options;
  options.listen = rack.http->listen;
  options.settings.grid_name = config.name;
  options.settings.open_status = rack.http->open_status;
  options.settings.loopback_only = is_loopback(rack.http->listen);
  options.maximum_connections = rack.http->maximum_connections;
  if (rack.http->plain || config.tls.certificate.empty()) {
    options.settings.channel = web::FrontSettings::Channel::kPlain;
  } else {
    COSE_TRY(auto tls, http_tls(config.tls));
    options.tls = std::move(tls.needed);
    options.open_tls = std::move(tls.optional);
  }
  options.seids = names;
  options.access = std::move(access);
  return options;
}

// What is asked by one thread: "grid://10.0.0.7:2310", "racs://...", or "" for what is here.
std::string neighbourhood(const std::string& uri) {
  return uri.starts_with("grid://") || uri.starts_with("racs://") ? uri.substr(0, uri.rfind('/')) : std::string{};
}

}  // namespace

// What a policy allows, with its quotas, written down.
Result<grid::AccessMaker> GridService::open_access(const RackConfig& rack, std::size_t number, const Clock& clock,
                                                   Log& log) {
  COSE_TRY(auto policy, open_policy(rack, number, log));
  return [policy = std::move(policy), &accounts = accounts_.emplace_back(), &audit = *audit_,
          &clock](const grid::Visitor& visitor) -> std::unique_ptr<grid::Access> {
    return std::make_unique<grid::AccountedAccess>(policy(visitor), accounts, audit, clock, visitor);
  };
}

Result<grid::AccessMaker> GridService::open_policy(const RackConfig& rack, std::size_t number, Log& log) {
  if (rack.policy.empty()) {
    log.write(LogLevel::kWarning, "rack.no_policy",
              {{"rack", std::to_string(number + 1)},
               {"detail", "whoever has a certificate of the clients' authority may do everything; see policy"}});
    return [](const auto&) { return std::make_unique<grid::OpenAccess>(); };
  }
  COSE_TRY(auto policy, load_policy(rack.policy));
  policies_.push_back({number, rack.policy, std::make_unique<grid::PolicyStore>(std::move(policy))});
  return [store = policies_.back().store.get()](const auto& visitor) {
    return std::make_unique<grid::PolicyAccess>(*store, visitor.identities);
  };
}

Status GridService::reload() {
  HttpTls tls;
  if (!tls_.certificate.empty()) {
    COSE_TRY(tls, http_tls(tls_));
  }
  std::vector<std::shared_ptr<const grid::Policy>> read;
  for (const auto& each : policies_) {
    COSE_TRY(auto policy, load_policy(each.file));
    read.push_back(std::move(policy));
  }
  for (std::size_t at = 0; at < policies_.size(); ++at)
    server_->post(policies_[at].rack,
                  [store = policies_[at].store.get(), policy = read[at]] { store->replace(policy); });
  if (tls.needed)
    for (std::size_t rack = 0; rack < server_->endpoints().size(); ++rack)
      server_->replace_tls(rack, tls.needed, tls.optional);
  for (const auto& hub : hubs_)
    if (hub && tls.needed) hub->replace_tls(tls.needed);
  return {};
}

Result<std::unique_ptr<GridService>> GridService::start(const ServeConfig& config, const Clock& clock, Log& log) {
  std::shared_ptr<const net::TlsContext> tls;
  if (!config.tls.certificate.empty()) {
    COSE_TRY(tls, net::TlsContext::server(config.tls));
  }
  std::unique_ptr<GridService> service(new GridService());
  service->tls_ = config.tls;
  if (config.audit) {
    COSE_TRY(service->audit_, AuditFile::open(*config.audit, clock, log));
  }
  // A slot belongs to its connection, so its reader is not shared with programs of this machine.
  CardOpener opener(clock, {.sharing = pcsc::Sharing::kExclusive, .tls = {}, .state = config.state});
  std::vector<net::RackOptions> racks;
  for (const auto& rack : config.racks) {
    COSE_TRY(auto hub, open_agents(rack, tls, clock, log));
    COSE_TRY(auto options, open_rack(config, rack, opener, tls, hub.get(), service->rng_));
    service->hubs_.push_back(std::move(hub));
    warn_of_open_rack(rack, log);
    const bool has_users = rack.racs || rack.http || !rack.policy.empty();
    if (has_users || config.audit) {
      COSE_TRY(const auto access, service->open_access(rack, racks.size(), clock, log));
      COSE_TRY(options.seids, names_of(rack, options, service->rng_, log));
      // The plain protocol asks only where there is something to ask: each answer of its costs.
      if (!rack.policy.empty() || config.audit) options.access = access;
      if (rack.racs) options.racs = open_racs(rack, options.seids, access, tls);
      if (rack.http) {
        COSE_TRY(options.http, open_http(config, rack, options.seids, access));
      }
    }
    racks.push_back(std::move(options));
  }
  COSE_TRY(service->server_, net::GridServer::start(racks, clock, log));
  // One watcher for the readers and one for each far grid, so that a silent grid holds up only its own slots.
  std::map<std::string, std::vector<PresenceWatcher::Place>> places;
  for (std::size_t rack = 0; rack < racks.size(); ++rack) {
    service->listeners_.push_back({"simarray", service->server_->endpoints()[rack], racks[rack].slots.size()});
    if (const auto& racs = service->server_->racs_endpoints()[rack])
      service->listeners_.push_back({"racs", *racs, racks[rack].racs->seids.names().size()});
    if (const auto& http = service->server_->http_endpoints()[rack])
      service->listeners_.push_back({"http", *http, racks[rack].http->seids.names().size()});
    if (const auto& hub = service->hubs_[rack])
      service->listeners_.push_back({"agents", hub->endpoint(), hub->slots().size()});
    for (const auto& [slot, source] : racks[rack].slots)
      places[neighbourhood(source->uri())].push_back(
          {source, [server = service->server_.get(), rack, number = slot](iso7816::Presence presence) {
             server->set_presence(rack, number, presence);
           }});
  }
  for (auto& [where, watched] : places)
    service->watchers_.push_back(std::make_unique<PresenceWatcher>(std::move(watched)));
  const auto deadline = std::chrono::steady_clock::now() + kFirstRound;
  for (const auto& watcher : service->watchers_)
    watcher->wait_for_first_round(deadline - std::chrono::steady_clock::now());
  return service;
}

// What waits for an agent would hold up the server's end.
GridService::~GridService() {
  for (const auto& hub : hubs_)
    if (hub) hub->stop();
}

bool GridService::stop(Nanoseconds grace) {
  const auto deadline = std::chrono::steady_clock::now() + grace;
  bool in_time = server_->drain(grace);
  for (const auto& watcher : watchers_) in_time = watcher->end(deadline) && in_time;
  return in_time;
}

}  // namespace cose::host
