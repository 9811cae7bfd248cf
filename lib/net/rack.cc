// SPDX-License-Identifier: Apache-2.0
#include "net/detail/rack.h"

#include <algorithm>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "grid/reply.h"
#include "net/http_session.h"

namespace cose::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kTick = std::chrono::seconds(1);
// When descriptors or memory run out, waiting is better than a busy loop of failing accepts.
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

std::string name_of(const tcp::socket& socket) {
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return "unknown";
  return Endpoint{peer.address().to_string(), peer.port()}.text();
}

bool is_loopback(const tcp::socket& socket) {
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error).address();
  if (error) return false;
  if (peer.is_v6() && peer.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, peer.to_v6()).is_loopback();
  return peer.is_loopback();
}

}  // namespace

Rack::Rack(RackOptions options, const Clock& clock, Log& log)
    : options_(std::move(options)), log_(log), context_{slots_, *this, clock, log, options_.session} {
  if (options_.rng != nullptr && options_.keep_patience > Nanoseconds(0))
    context_.keeps = &keeps_.emplace(*options_.rng, options_.keep_patience);
  context_.access = options_.access;
  context_.seids = &options_.seids;
  if (const auto& racs = options_.racs)
    racs_context_.emplace(
        grid::RacsContext{slots_, *this, racs->seids, clock, log, racs->settings, racs->access, context_.keeps});
  for (const auto& [slot, source] : options_.slots) {
    slots_.configure(slot);
    if (!source->may_block()) slots_.set_presence(slot, source->presence());
    runners_[slot.index()] = SlotRunner::make(source, [this, at = slot](grid::SessionId session, Result<Bytes> result) {
      asio::post(io_, [this, at, session, kept = std::move(result)] { finished(at, session, kept); });
    });
  }
  if (options_.http) open_front(clock);
}

void Rack::open_front(const Clock& clock) {
  const auto& http = *options_.http;
  front_.emplace(web::FrontContext{.slots = slots_,
                                   .service = *this,
                                   .seids = http.seids,
                                   .clock = clock,
                                   .log = log_,
                                   .rng = *options_.rng,
                                   .settings = http.settings,
                                   .access = http.access,
                                   .next_owner = [this] { return ++last_session_; },
                                   .measure = [this](metrics::Exposition& to) { measure(to); }});
  slots_.watch([this](grid::SlotNumber slot, grid::SlotChange change) { front_->slot_changed(slot, change); });
}

Rack::~Rack() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
  // Operations under way keep their connections alive, and those need the slots: end them here, while there are any.
  boost::system::error_code ignored;
  for (auto* listener : {&sim_array_, &racs_, &http_}) {
    listener->acceptor.close(ignored);
    listener->pause.cancel();
  }
  timer_.cancel();
  for (const auto& [id, connection] : connections_) connection->close();
  io_.restart();
  io_.poll();
  connections_.clear();
  slots_.watch({});
  front_.reset();
  grid::release_parked(context_, grid::Parked::kAll);
}

Result<Endpoint> Rack::listen() {
  return listen(sim_array_, options_.listen);
}

Result<std::optional<Endpoint>> Rack::listen_for_racs() {
  if (!options_.racs) return std::nullopt;
  COSE_TRY(auto endpoint, listen(racs_, options_.racs->listen));
  return std::optional(std::move(endpoint));
}

Result<std::optional<Endpoint>> Rack::listen_for_http() {
  if (!options_.http) return std::nullopt;
  COSE_TRY(auto endpoint, listen(http_, options_.http->listen));
  return std::optional(std::move(endpoint));
}

Result<Endpoint> Rack::listen(Listener& listener, const Endpoint& wanted) {
  boost::system::error_code error;
  tcp::resolver resolver(io_);
  const auto found = resolver.resolve(wanted.host, std::to_string(wanted.port), tcp::resolver::passive, error);
  const auto where = wanted.text();
  if (error) return fail(ErrorKind::kNotFound, "cannot listen on " + where + ": " + error.message());
  const tcp::endpoint endpoint = *found.begin();
  auto& acceptor = listener.acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return fail(ErrorKind::kIo, "cannot listen on " + where + ": " + error.message());
  return Endpoint{wanted.host, acceptor.local_endpoint().port()};
}

void Rack::run() {
  accept(sim_array_);
  if (racs_.acceptor.is_open()) accept(racs_);
  if (http_.acceptor.is_open()) accept(http_);
  tick();
  thread_ = std::thread([this] { serve(); });
}

// What throws (memory, descriptors) ends one operation, not the rack.
void Rack::serve() {
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception& error) {
      log_.write(LogLevel::kError, "rack.exception", {{"detail", error.what()}});
    }
  }
}

void Rack::accept(Listener& listener) {
  listener.acceptor.async_accept([this, &listener](const boost::system::error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || draining_) return;
    if (error) {
      log_.write(LogLevel::kWarning, "rack.accept_failed", {{"detail", error.message()}});
      listener.pause.expires_after(kAcceptPause);
      return listener.pause.async_wait([this, &listener](const auto& stopped) {
        if (!stopped) accept(listener);
      });
    }
    admit(std::move(socket), listener.protocol);
    accept(listener);
  });
}

void Rack::admit(tcp::socket socket, Protocol protocol) {
  if (!has_room(protocol)) return refuse(std::move(socket), protocol);
  auto peer = name_of(socket);
  const auto id = ++last_session_;
  std::unique_ptr<grid::Session> session;
  if (protocol == Protocol::kHttp)
    session = http_session(id, socket);
  else if (protocol == Protocol::kRacs)
    session = std::make_unique<grid::RacsSession>(*racs_context_, id, std::move(peer));
  else
    session = std::make_unique<grid::AsciiSession>(context_, id, std::move(peer));
  auto tls = tls_for(protocol, socket);
  const auto connection = std::make_shared<Connection>(*this, std::move(socket), std::move(session), std::move(tls));
  connections_.emplace(id, connection);
  protocols_.emplace(id, protocol);
  connection->start();
}

std::unique_ptr<grid::Session> Rack::http_session(grid::SessionId id, const tcp::socket& socket) {
  web::Caller caller{.connection = id, .peer = name_of(socket), .loopback = is_loopback(socket), .identities = {}};
  return std::make_unique<HttpSession>(*front_, std::move(caller), [this, id] {
    asio::post(io_, [this, id] {
      if (const auto found = connections_.find(id); found != connections_.end()) found->second->flush_session();
    });
  });
}

std::shared_ptr<const TlsContext> Rack::tls_for(Protocol protocol, const tcp::socket& socket) const {
  if (protocol == Protocol::kSimArray) return options_.tls;
  if (protocol == Protocol::kRacs) return options_.racs->tls;
  const bool open = is_loopback(socket) || options_.http->settings.open_status;
  return open ? options_.http->open_tls : options_.http->tls;
}

bool Rack::has_room(Protocol protocol) const {
  if (connections_.size() >= options_.maximum_connections) return false;
  const auto is_http = [](const auto& each) { return each.second == Protocol::kHttp; };
  return protocol != Protocol::kHttp ||
         static_cast<std::size_t>(std::ranges::count_if(protocols_, is_http)) < options_.http->maximum_connections;
}

// The line fits an empty socket buffer, so this does not wait. Before TLS there is nothing to say.
void Rack::refuse(tcp::socket socket, Protocol protocol) {
  log_.write(LogLevel::kWarning, "rack.full", {{"connections", std::to_string(connections_.size())}});
  if (protocol != Protocol::kSimArray) return;
  std::string line;
  grid::append_reply(line, grid::ReplyCode::kTooManyConnections);
  line += '\n';
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(line), ignored);
}

void Rack::remove(grid::SessionId id) {
  // A connection removes itself in the middle of its own work: it may go when that has ended.
  asio::post(io_, [this, id] {
    connections_.erase(id);
    protocols_.erase(id);
    end_if_drained();
  });
}

void Rack::tick() {
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    const auto now = context_.clock.monotonic();
    for (const auto& [id, connection] : connections_) connection->check_limits(now);
    grid::release_parked(context_, grid::Parked::kExpired);
    if (front_) front_->tick();
    tick();
  });
}

std::optional<grid::WorkResult> Rack::start(grid::SlotNumber slot, const grid::SlotWork& work, grid::SessionId owner) {
  meter_.begin(slot, work.kind, context_.clock.monotonic());
  auto result = runners_[slot.index()]->start(work, owner);
  if (result) meter_.end(slot, *result, context_.clock.monotonic());
  return result;
}

void Rack::release(grid::SlotNumber slot, grid::SessionId owner) {
  runners_[slot.index()]->release(owner);
}

void Rack::seize(grid::SlotNumber slot) {
  runners_[slot.index()]->power_down();
}

std::shared_ptr<Connection> Rack::connection_of(grid::SessionId owner) {
  auto* use = keeps_ ? keeps_->find_owner(owner) : nullptr;
  if (use != nullptr && use->attached == nullptr) return nullptr;
  const auto found = connections_.find(use == nullptr ? owner : use->attached->id());
  return found == connections_.end() ? nullptr : found->second;
}

void Rack::finished(grid::SlotNumber slot, grid::SessionId owner, const Result<Bytes>& result) {
  const auto view = result ? grid::WorkResult(ByteView(*result)) : std::unexpected(result.error());
  meter_.end(slot, view, context_.clock.monotonic());
  if (front_ && front_->finish(owner, view)) return;
  if (const auto connection = connection_of(owner)) return connection->finish(view);
  if (auto* use = keeps_ ? keeps_->find_owner(owner) : nullptr) grid::finish_parked(*use, view);
}

void Rack::set_presence(grid::SlotNumber slot, iso7816::Presence presence) {
  asio::post(io_, [this, slot, presence] { slots_.set_presence(slot, presence); });
}

void Rack::post(std::function<void()> work) {
  asio::post(io_, std::move(work));
}

void Rack::replace_tls(std::shared_ptr<const TlsContext> tls, std::shared_ptr<const TlsContext> open_tls) {
  asio::post(io_, [this, tls = std::move(tls), open_tls = std::move(open_tls)] {
    if (options_.http && options_.http->tls) options_.http->tls = tls;
    if (options_.http && options_.http->open_tls && open_tls) options_.http->open_tls = open_tls;
    if (options_.tls) options_.tls = tls;
    if (options_.racs && options_.racs->tls) options_.racs->tls = tls;
  });
}

std::future<void> Rack::drain() {
  asio::post(io_, [this] {
    draining_ = true;
    boost::system::error_code ignored;
    sim_array_.acceptor.close(ignored);
    racs_.acceptor.close(ignored);
    http_.acceptor.close(ignored);
    if (front_) front_->drain();
    // Draining ends idle connections at once, which posts their removal: the map does not change in this loop.
    for (const auto& [id, connection] : connections_) connection->drain();
    grid::release_parked(context_, grid::Parked::kAll);
    end_if_drained();
  });
  return drained_.get_future();
}

void Rack::measure(metrics::Exposition& to) const {
  std::array<std::uint64_t, 3> open{};
  for (const auto& [id, protocol] : protocols_) ++open[static_cast<std::size_t>(protocol)];
  to.gauge("cose_connections", "Open connections by protocol.");
  to.sample({{"protocol", "simarray"}}, open[static_cast<std::size_t>(Protocol::kSimArray)]);
  to.sample({{"protocol", "racs"}}, open[static_cast<std::size_t>(Protocol::kRacs)]);
  to.sample({{"protocol", "http"}}, open[static_cast<std::size_t>(Protocol::kHttp)]);
  to.counter("cose_connections_opened_total", "Connections and uses of cards since the start.");
  to.sample(last_session_);
  meter_.write(to);
}

void Rack::end_if_drained() {
  if (!draining_ || drained_told_ || !connections_.empty()) return;
  drained_told_ = true;
  drained_.set_value();
}

bool Rack::wait_until_idle(std::chrono::steady_clock::time_point deadline) {
  for (const auto& runner : runners_)
    if (runner && !runner->wait_until_idle(deadline)) return false;
  return true;
}

}  // namespace cose::net
