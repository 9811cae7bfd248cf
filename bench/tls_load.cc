// SPDX-License-Identifier: Apache-2.0
#include "bench/tls_load.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace cose::bench {

namespace {

using std::chrono::steady_clock;

constexpr int kEventsAtOnce = 256;
constexpr std::string_view kEnd = "END\r\n";

}  // namespace

Result<TlsLoad> TlsLoad::make(std::shared_ptr<const net::TlsContext> tls, const net::Endpoint& server) {
  Descriptor events(::epoll_create1(EPOLL_CLOEXEC));
  if (!events.is_open()) return system_failure("cannot make an epoll set");
  COSE_TRY(const auto address, SocketAddress::resolve(server));
  return TlsLoad(std::move(tls), std::move(events), address, server.host);
}

Status TlsLoad::send_records(Connection& connection) {
  std::string records;
  connection.engine->output(records);
  return records.empty() ? Status() : connection.socket.send(records);
}

Status TlsLoad::begin_handshake() {
  COSE_TRY(auto socket, LineSocket::connect(address_, opened_));
  ++opened_;
  COSE_TRY(auto engine, net::TlsEngine::client(tls_, host_));
  epoll_event event{.events = EPOLLIN, .data = {.u64 = connections_.size()}};
  if (::epoll_ctl(events_.number(), EPOLL_CTL_ADD, socket.descriptor(), &event) != 0)
    return system_failure("cannot watch a connection");
  connections_.push_back(
      std::make_unique<Connection>(Connection{std::move(socket), std::move(engine), {}, {}, {}, false}));
  COSE_CHECK(connections_.back()->engine->feed({}));
  return send_records(*connections_.back());
}

Status TlsLoad::receive(Connection& connection) {
  std::array<std::uint8_t, 16384> buffer;
  const auto count = ::recv(connection.socket.descriptor(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (count < 0) return system_failure("cannot read an answer");
  if (count == 0) return fail(ErrorKind::kClosed, "the server closed a connection under load");
  COSE_CHECK(connection.engine->feed(ByteView(buffer).first(static_cast<std::size_t>(count))));
  COSE_CHECK(send_records(connection));
  if (!connection.engine->is_established()) return {};
  Bytes plain;
  const auto status = connection.engine->read(plain);
  connection.received += as_text(plain);
  return status;
}

template <typename Handle>
Status TlsLoad::wait(const Handle& handle) {
  constexpr auto kTimeout = std::chrono::duration_cast<std::chrono::milliseconds>(kReplyTimeout).count();
  std::array<epoll_event, kEventsAtOnce> ready;
  const int count = ::epoll_wait(events_.number(), ready.data(), kEventsAtOnce, static_cast<int>(kTimeout));
  if (count == 0) return fail(ErrorKind::kTimeout, "no answer in time");
  if (count < 0 && errno != EINTR) return system_failure("cannot wait for answers");
  for (int at = 0; at < count; ++at) {
    auto& connection = *connections_[ready[static_cast<std::size_t>(at)].data.u64];
    COSE_CHECK(receive(connection));
    COSE_CHECK(handle(connection));
  }
  return {};
}

Status TlsLoad::open(std::size_t connections) {
  const auto wanted = connections_.size() + connections;
  std::size_t under_way = 0;
  while (connections_.size() < wanted || under_way > 0) {
    while (connections_.size() < wanted && under_way < kAtOnce) {
      COSE_CHECK(begin_handshake());
      ++under_way;
    }
    COSE_CHECK(wait([&](Connection& connection) -> Status {
      if (connection.opened || !connection.engine->is_established()) return {};
      connection.opened = true;
      --under_way;
      return {};
    }));
  }
  return {};
}

void TlsLoad::close_from(std::size_t first) {
  connections_.resize(std::min(first, connections_.size()));
}

Status TlsLoad::say(Connection& connection, Instant now) {
  connection.sent_at = now;
  connection.received.clear();
  COSE_CHECK(connection.engine->write(as_bytes(connection.exchange.request)));
  return send_records(connection);
}

Result<bool> TlsLoad::is_answered(Connection& connection) const {
  if (!connection.received.ends_with(kEnd)) return false;
  if (connection.received == connection.exchange.reply) return true;
  return fail(ErrorKind::kInvalid, "expected the answer \"" + connection.exchange.reply + "\", found \"" +
                                       connection.received.substr(0, 200) + "\"");
}

Result<LoadFigures> TlsLoad::run(std::chrono::milliseconds duration) {
  LoadFigures figures;
  const auto began = steady_clock::now();
  const auto until = began + duration;
  std::size_t under_way = 0;
  for (const auto& connection : connections_) {
    if (connection->exchange.request.empty()) continue;
    COSE_CHECK(say(*connection, steady_clock::now()));
    ++under_way;
  }
  while (under_way > 0)
    COSE_CHECK(wait([&](Connection& connection) -> Status {
      if (connection.exchange.request.empty()) return {};
      COSE_TRY(const bool answered, is_answered(connection));
      if (!answered) return {};
      const auto now = steady_clock::now();
      if (now < until) figures.latencies.record(now - connection.sent_at);
      if (now < until) return say(connection, now);
      --under_way;
      connection.received.clear();
      return {};
    }));
  figures.elapsed = std::min(steady_clock::now(), until) - began;
  return figures;
}

}  // namespace cose::bench
