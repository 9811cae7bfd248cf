// SPDX-License-Identifier: Apache-2.0
#include "net/detail/rack.h"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "grid/reply.h"

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

}  // namespace

Rack::Rack(RackOptions options, const Clock& clock, Log& log)
    : options_(std::move(options)), log_(log), context_{slots_, *this, clock, log, options_.session} {
  if (options_.rng != nullptr && options_.keep_patience > Nanoseconds(0))
    context_.keeps = &keeps_.emplace(*options_.rng, options_.keep_patience);
  if (const auto& racs = options_.racs)
    racs_context_.emplace(grid::RacsContext{slots_, *this, racs->seids, clock, log, racs->settings, racs->access});
  for (const auto& [slot, source] : options_.slots) {
    slots_.configure(slot);
    if (!source->may_block()) slots_.set_presence(slot, source->presence());
    runners_[slot.index()] = SlotRunner::make(source, [this](grid::SessionId session, Result<Bytes> result) {
      asio::post(io_, [this, session, kept = std::move(result)] { finished(session, kept); });
    });
  }
}

Rack::~Rack() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
  // Operations under way keep their connections alive, and those need the slots: end them here, while there are any.
  boost::system::error_code ignored;
  for (auto* listener : {&sim_array_, &racs_}) {
    listener->acceptor.close(ignored);
    listener->pause.cancel();
  }
  timer_.cancel();
  for (const auto& [id, connection] : connections_) connection->close();
  io_.restart();
  io_.poll();
  connections_.clear();
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
  if (connections_.size() >= options_.maximum_connections) return refuse(std::move(socket), protocol);
  auto peer = name_of(socket);
  const auto id = ++last_session_;
  std::unique_ptr<grid::Session> session;
  if (protocol == Protocol::kRacs)
    session = std::make_unique<grid::RacsSession>(*racs_context_, id, std::move(peer));
  else
    session = std::make_unique<grid::AsciiSession>(context_, id, std::move(peer));
  const auto& tls = protocol == Protocol::kRacs ? options_.racs->tls : options_.tls;
  const auto connection = std::make_shared<Connection>(*this, std::move(socket), std::move(session), tls);
  connections_.emplace(id, connection);
  connection->start();
}

// The line fits an empty socket buffer, so this does not wait. Before TLS there is nothing to say.
void Rack::refuse(tcp::socket socket, Protocol protocol) {
  log_.write(LogLevel::kWarning, "rack.full", {{"connections", std::to_string(connections_.size())}});
  if (protocol == Protocol::kRacs) return;
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
    tick();
  });
}

std::optional<grid::WorkResult> Rack::start(grid::SlotNumber slot, const grid::SlotWork& work, grid::SessionId owner) {
  return runners_[slot.index()]->start(work, owner);
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

void Rack::finished(grid::SessionId owner, const Result<Bytes>& result) {
  const auto view = result ? grid::WorkResult(ByteView(*result)) : std::unexpected(result.error());
  if (const auto connection = connection_of(owner)) return connection->finish(view);
  if (auto* use = keeps_ ? keeps_->find_owner(owner) : nullptr) grid::finish_parked(*use, view);
}

void Rack::set_presence(grid::SlotNumber slot, iso7816::Presence presence) {
  asio::post(io_, [this, slot, presence] { slots_.set_presence(slot, presence); });
}

void Rack::post(std::function<void()> work) {
  asio::post(io_, std::move(work));
}

void Rack::replace_tls(std::shared_ptr<const TlsContext> tls) {
  asio::post(io_, [this, tls = std::move(tls)] {
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
    // Draining ends idle connections at once, which posts their removal: the map does not change in this loop.
    for (const auto& [id, connection] : connections_) connection->drain();
    grid::release_parked(context_, grid::Parked::kAll);
    end_if_drained();
  });
  return drained_.get_future();
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
