// SPDX-License-Identifier: Apache-2.0
#include "net/grid_server.h"

#include "net/detail/rack.h"

namespace cose::net {

namespace {

Status check(const RackOptions& options) {
  const auto& session = options.session;
  if (session.grid_name.empty() || session.grid_name.find_first_of(" \t\r\n") != std::string::npos)
    return fail(ErrorKind::kInvalid, "a grid's name is one word, found \"" + session.grid_name + "\"");
  if (session.secure != grid::SecureMode::kOff && !options.tls)
    return fail(ErrorKind::kInvalid,
                "a secure channel needs a certificate and its key (--tls-certificate and --tls-key, or [tls])");
  if (const auto& racs = options.racs) {
    if (!racs->access) return fail(ErrorKind::kInvalid, "RACS needs to know who may do what");
    if (racs->settings.channel == grid::RacsSettings::Channel::kSecure && !racs->tls)
      return fail(ErrorKind::kInvalid, "RACS needs a certificate, its key and the authority of its clients ([tls])");
  }
  if (const auto& http = options.http) {
    if (!http->access || options.rng == nullptr) return fail(ErrorKind::kInvalid, "HTTP needs to know who may do what");
    if (http->settings.channel == web::FrontSettings::Channel::kSecure && (!http->tls || !http->open_tls))
      return fail(ErrorKind::kInvalid, "HTTP needs a certificate, its key and the authority of its clients ([tls])");
  }
  return {};
}

}  // namespace

GridServer::GridServer() = default;
GridServer::~GridServer() = default;

Result<std::unique_ptr<GridServer>> GridServer::start(std::vector<RackOptions> racks, const Clock& clock, Log& log) {
  std::unique_ptr<GridServer> server(new GridServer());
  for (auto& options : racks) {
    COSE_CHECK(check(options));
    auto rack = std::make_unique<Rack>(std::move(options), clock, log);
    COSE_TRY(const auto endpoint, rack->listen());
    server->endpoints_.push_back(endpoint);
    COSE_TRY(auto racs_endpoint, rack->listen_for_racs());
    server->racs_endpoints_.push_back(std::move(racs_endpoint));
    COSE_TRY(auto http_endpoint, rack->listen_for_http());
    server->http_endpoints_.push_back(std::move(http_endpoint));
    server->racks_.push_back(std::move(rack));
  }
  // All listen before any serves: a bad address stops the start, not a running grid.
  for (const auto& rack : server->racks_) rack->run();
  return server;
}

void GridServer::set_presence(std::size_t rack, grid::SlotNumber slot, iso7816::Presence presence) {
  racks_[rack]->set_presence(slot, presence);
}

void GridServer::post(std::size_t rack, std::function<void()> work) {
  racks_[rack]->post(std::move(work));
}

void GridServer::replace_tls(std::size_t rack, std::shared_ptr<const TlsContext> tls,
                             std::shared_ptr<const TlsContext> open_tls) {
  racks_[rack]->replace_tls(std::move(tls), std::move(open_tls));
}

bool GridServer::drain(Nanoseconds grace) {
  const auto deadline = std::chrono::steady_clock::now() + grace;
  std::vector<std::future<void>> drained;
  drained.reserve(racks_.size());
  for (const auto& rack : racks_) drained.push_back(rack->drain());
  bool in_time = true;
  for (const auto& rack : drained) in_time = rack.wait_until(deadline) == std::future_status::ready && in_time;
  for (const auto& rack : racks_) in_time = rack->wait_until_idle(deadline) && in_time;
  return in_time;
}

}  // namespace cose::net
