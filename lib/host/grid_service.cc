// SPDX-License-Identifier: Apache-2.0
#include "host/grid_service.h"

namespace cose::host {

namespace {

// Readers answer at once; a far grid that does not is waited for in the background.
constexpr auto kFirstRound = std::chrono::seconds(2);

Result<net::RackOptions> open_rack(const ServeConfig& config, const RackConfig& rack, CardOpener& opener,
                                   const std::shared_ptr<const net::TlsContext>& tls) {
  net::RackOptions options;
  options.listen = rack.listen;
  options.session.grid_name = config.name;
  options.session.secure = rack.secure;
  options.session.idle_limit = rack.idle;
  options.tls = tls;
  options.maximum_connections = rack.maximum_connections;
  for (const auto& [slot, uri] : rack.slots) {
    auto source = opener.source(uri);
    if (!source) return std::unexpected(source.error().within("slot " + slot.text()));
    options.slots.emplace(slot, *std::move(source));
  }
  return options;
}

}  // namespace

Result<std::unique_ptr<GridService>> GridService::start(const ServeConfig& config, const Clock& clock, Log& log) {
  std::shared_ptr<const net::TlsContext> tls;
  if (!config.tls.certificate.empty()) {
    COSE_TRY(tls, net::TlsContext::server(config.tls));
  }
  CardOpener opener(clock);
  std::vector<net::RackOptions> racks;
  for (const auto& rack : config.racks) {
    COSE_TRY(auto options, open_rack(config, rack, opener, tls));
    racks.push_back(std::move(options));
  }
  std::unique_ptr<GridService> service(new GridService());
  COSE_TRY(service->server_, net::GridServer::start(racks, clock, log));
  std::vector<PresenceWatcher::Place> places;
  for (std::size_t rack = 0; rack < racks.size(); ++rack) {
    service->listeners_.push_back({"simarray", service->server_->endpoints()[rack], racks[rack].slots.size()});
    for (const auto& [slot, source] : racks[rack].slots)
      places.push_back({source, [server = service->server_.get(), rack, number = slot](iso7816::Presence presence) {
                          server->set_presence(rack, number, presence);
                        }});
  }
  service->watcher_ = std::make_unique<PresenceWatcher>(std::move(places));
  service->watcher_->wait_for_first_round(kFirstRound);
  return service;
}

bool GridService::stop(Nanoseconds grace) {
  const bool in_time = server_->drain(grace);
  if (in_time) watcher_.reset();
  return in_time;
}

}  // namespace cose::host
