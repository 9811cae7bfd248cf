// SPDX-License-Identifier: Apache-2.0
// Connections of RACS under load, from one thread: TLS handshakes, then on each connection the same request again and
// again, the next when the answer has come. Every answer is checked.
//
// Blocking. Errors: those of LineSocket; kInvalid (an answer that was not expected), kTimeout (no answer at all for
// kReplyTimeout), kRefused (TLS); after one the load is no good any more.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "bench/latency_histogram.h"
#include "bench/line_load.h"
#include "bench/line_socket.h"
#include "net/tls.h"

namespace cose::bench {

class TlsLoad {
 public:
  [[nodiscard]] static Result<TlsLoad> make(std::shared_ptr<const net::TlsContext> tls, const net::Endpoint& server);

  // So many more connections with handshakes done, at most kAtOnce of them under way at a time.
  static constexpr std::size_t kAtOnce = 64;
  [[nodiscard]] Status open(std::size_t connections);
  [[nodiscard]] std::size_t size() const { return connections_.size(); }
  // Ends the connections from that number on.
  void close_from(std::size_t first);

  // What connection `at` says from now on, whole requests; an empty one keeps it silent.
  void set(std::size_t at, Exchange exchange) { connections_[at]->exchange = std::move(exchange); }
  // Each connection that has something to say says it once, and then, until the time is over, again.
  [[nodiscard]] Result<LoadFigures> run(std::chrono::milliseconds duration);

 private:
  using Instant = std::chrono::steady_clock::time_point;

  struct Connection {
    LineSocket socket;
    std::unique_ptr<net::TlsEngine> engine;
    Exchange exchange;
    std::string received;
    Instant sent_at;
    bool opened = false;  // its handshake has been waited for
  };

  TlsLoad(std::shared_ptr<const net::TlsContext> tls, Descriptor events, SocketAddress address, std::string host)
      : tls_(std::move(tls)), events_(std::move(events)), address_(address), host_(std::move(host)) {}

  [[nodiscard]] Status begin_handshake();
  [[nodiscard]] Status send_records(Connection& connection);
  // Reads what has arrived, and sends what TLS has to say to it.
  [[nodiscard]] Status receive(Connection& connection);
  [[nodiscard]] Status say(Connection& connection, Instant now);
  // True when its answer is complete.
  [[nodiscard]] Result<bool> is_answered(Connection& connection) const;
  template <typename Handle>
  [[nodiscard]] Status wait(const Handle& handle);

  std::shared_ptr<const net::TlsContext> tls_;
  Descriptor events_;
  SocketAddress address_;
  std::string host_;
  std::size_t opened_ = 0;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace cose::bench
