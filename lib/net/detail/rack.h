// SPDX-License-Identifier: Apache-2.0
// One rack: a listener, the sessions on it, its slot table and the runners of its slots, all on one thread.
#pragma once

#include <array>
#include <future>
#include <memory>
#include <thread>
#include <unordered_map>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "grid/work_meter.h"
#include "metrics/exposition.h"
#include "net/detail/connection.h"
#include "net/detail/slot_runner.h"
#include "net/grid_server.h"
#include "web/front.h"

namespace cose::net {

class Rack final : public grid::SlotService, public ConnectionHost {
 public:
  Rack(RackOptions options, const Clock& clock, Log& log);
  ~Rack() override;

  // Binds and listens; then run() starts the thread.
  [[nodiscard]] Result<Endpoint> listen();
  [[nodiscard]] Result<std::optional<Endpoint>> listen_for_racs();
  [[nodiscard]] Result<std::optional<Endpoint>> listen_for_http();
  void run();

  // From any thread.
  void set_presence(grid::SlotNumber slot, iso7816::Presence presence);
  void post(std::function<void()> work);
  void replace_tls(std::shared_ptr<const TlsContext> tls, std::shared_ptr<const TlsContext> open_tls);
  // Begins to drain; the future is ready when no connection is left.
  [[nodiscard]] std::future<void> drain();
  [[nodiscard]] bool wait_until_idle(std::chrono::steady_clock::time_point deadline);

  // For connections, on the rack's thread.
  [[nodiscard]] Log& log() override { return log_; }
  void remove(grid::SessionId id) override;

  [[nodiscard]] std::optional<grid::WorkResult> start(grid::SlotNumber slot, const grid::SlotWork& work,
                                                      grid::SessionId owner) override;
  void release(grid::SlotNumber slot, grid::SessionId owner) override;
  void seize(grid::SlotNumber slot) override;

 private:
  enum class Protocol : std::uint8_t { kSimArray, kRacs, kHttp };
  struct Listener {
    Listener(boost::asio::io_context& io, Protocol which) : protocol(which), acceptor(io), pause(io) {}
    Protocol protocol;
    boost::asio::ip::tcp::acceptor acceptor;
    boost::asio::steady_timer pause;
  };

  [[nodiscard]] Result<Endpoint> listen(Listener& listener, const Endpoint& where);
  void serve();
  void accept(Listener& listener);
  void admit(boost::asio::ip::tcp::socket socket, Protocol protocol);
  void refuse(boost::asio::ip::tcp::socket socket, Protocol protocol);
  void tick();
  void finished(grid::SlotNumber slot, grid::SessionId owner, const Result<Bytes>& result);
  void open_front(const Clock& clock);
  [[nodiscard]] std::unique_ptr<grid::Session> http_session(grid::SessionId id,
                                                            const boost::asio::ip::tcp::socket& socket);
  // What secures a new connection; null: nothing.
  [[nodiscard]] std::shared_ptr<const TlsContext> tls_for(Protocol protocol,
                                                          const boost::asio::ip::tcp::socket& socket) const;
  [[nodiscard]] bool has_room(Protocol protocol) const;
  void measure(metrics::Exposition& to) const;
  // Of the session that waits for the owner's work; null: none does.
  [[nodiscard]] std::shared_ptr<Connection> connection_of(grid::SessionId owner);
  void end_if_drained();

  RackOptions options_;
  Log& log_;
  boost::asio::io_context io_{1};
  Listener sim_array_{io_, Protocol::kSimArray};
  Listener racs_{io_, Protocol::kRacs};
  Listener http_{io_, Protocol::kHttp};
  boost::asio::steady_timer timer_{io_};
  grid::SlotTable slots_;
  std::optional<grid::KeepTable> keeps_;
  grid::SessionContext context_;
  std::optional<grid::RacsContext> racs_context_;
  std::array<std::unique_ptr<SlotRunner>, grid::kSlots> runners_;
  grid::WorkMeter meter_;
  std::optional<web::Front> front_;
  std::unordered_map<grid::SessionId, std::shared_ptr<Connection>> connections_;
  std::unordered_map<grid::SessionId, Protocol> protocols_;  // of connections
  grid::SessionId last_session_ = 0;
  bool draining_ = false;
  std::promise<void> drained_;
  bool drained_told_ = false;
  std::thread thread_;
};

}  // namespace cose::net
