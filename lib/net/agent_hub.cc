// SPDX-License-Identifier: Apache-2.0
#include "net/agent_hub.h"

#include <algorithm>
#include <thread>
#include <unordered_map>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/detail/agent_places.h"
#include "net/detail/connection.h"

namespace cose::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using grid::AgentRequest;
using grid::SessionId;
using grid::SlotNumber;

namespace {

constexpr auto kTick = std::chrono::milliseconds(250);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

// A card somewhere else, as long as its link lasts.
class AgentCard final : public iso7816::Card {
 public:
  AgentCard(std::shared_ptr<AgentPlaces> places, SlotNumber slot, Nanoseconds timeout)
      : places_(std::move(places)), slot_(slot), timeout_(timeout) {}

  Result<Bytes> power_up(iso7816::ResetKind kind) override {
    // Whatever link there is: a reset is where a card that came back begins.
    link_ = 0;
    return places_->call(slot_, {.kind = AgentRequest::Kind::kReset, .reset = kind}, timeout_, link_);
  }
  Status transmit(ByteView command, Bytes& response) override {
    if (link_ == 0) return fail(ErrorKind::kClosed, "the card has no power");
    COSE_TRY(response, places_->call(slot_, {.kind = AgentRequest::Kind::kTransmit, .command = to_bytes(command)},
                                     timeout_, link_));
    if (response.size() < 2) return fail(ErrorKind::kUnresponsive, "the agent's answer has no status word");
    return {};
  }
  Status power_down() override {
    if (link_ == 0) return {};
    const auto down = places_->call(slot_, {.kind = AgentRequest::Kind::kPowerDown}, timeout_, link_);
    link_ = 0;
    // A lost link has taken the power with it.
    if (!down && down.error().kind == ErrorKind::kTimeout) return std::unexpected(down.error());
    return {};
  }

 private:
  std::shared_ptr<AgentPlaces> places_;
  SlotNumber slot_;
  Nanoseconds timeout_;
  SessionId link_ = 0;  // by which it got its power
};

class AgentSlotSource final : public iso7816::CardSource {
 public:
  AgentSlotSource(std::shared_ptr<AgentPlaces> places, SlotNumber slot, Nanoseconds timeout)
      : places_(std::move(places)), slot_(slot), timeout_(timeout) {}

  std::string uri() const override { return "agent:" + slot_.text(); }
  bool may_block() const override { return true; }
  iso7816::Presence presence() override {
    return places_->is_present(slot_) ? iso7816::Presence::kPresent : iso7816::Presence::kAbsent;
  }
  Result<std::unique_ptr<iso7816::Card>> open() override {
    return std::make_unique<AgentCard>(places_, slot_, timeout_);
  }

 private:
  std::shared_ptr<AgentPlaces> places_;
  SlotNumber slot_;
  Nanoseconds timeout_;
};

class Hub final : public AgentHub, public ConnectionHost, public grid::AgentDesk {
 public:
  Hub(AgentOptions options, const Clock& clock, Log& log)
      : options_(std::move(options)), clock_(clock), log_(log), roster_(options_.rules) {
    places_ = std::make_shared<AgentPlaces>(
        [this](SessionId link, AgentRequest request) {
          asio::post(io_, [this, link, request = std::move(request)] { ask(link, request); });
        },
        [this](SessionId link) { asio::post(io_, [this, link] { cut(link); }); });
  }
  ~Hub() override { Hub::stop(); }

  Status listen();
  void run();

  const Endpoint& endpoint() const override { return endpoint_; }
  std::vector<SlotNumber> slots() const override { return roster_.slots(); }
  std::shared_ptr<iso7816::CardSource> source(SlotNumber slot) override {
    return std::make_shared<AgentSlotSource>(places_, slot, options_.command_timeout);
  }
  void replace_tls(std::shared_ptr<const TlsContext> tls) override {
    asio::post(io_, [this, tls = std::move(tls)] { options_.tls = tls; });
  }
  void stop() override;

  // ---- ConnectionHost ----
  Log& log() override { return log_; }
  void remove(SessionId id) override;

  // ---- grid::AgentDesk ----
  Result<SlotNumber> offered(grid::AgentSession& session, const std::vector<grid::Identity>& peer,
                             const std::string& card) override;
  void answered(grid::AgentSession& session, Result<Bytes> outcome) override {
    if (session.slot()) places_->answer(*session.slot(), session.id(), std::move(outcome));
  }
  void present(grid::AgentSession& session, bool card) override {
    if (session.slot()) places_->set_present(*session.slot(), session.id(), card);
  }

 private:
  struct Link {
    std::shared_ptr<Connection> connection;
    grid::AgentSession* session = nullptr;  // the connection's
    std::optional<SlotNumber> slot;
  };

  void accept();
  void admit(tcp::socket socket);
  void tick();
  void ask(SessionId id, const AgentRequest& request);
  void cut(SessionId id);

  AgentOptions options_;
  const Clock& clock_;
  Log& log_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer timer_{io_};
  asio::steady_timer pause_{io_};
  grid::AgentRoster roster_;
  std::shared_ptr<AgentPlaces> places_;
  std::unordered_map<SessionId, Link> links_;
  SessionId last_ = 0;
  Endpoint endpoint_;
  std::thread thread_;
};

Status Hub::listen() {
  boost::system::error_code error;
  tcp::resolver resolver(io_);
  const auto& wanted = options_.listen;
  const auto found = resolver.resolve(wanted.host, std::to_string(wanted.port), tcp::resolver::passive, error);
  if (error) return fail(ErrorKind::kNotFound, "cannot listen for agents on " + wanted.text() + ": " + error.message());
  const tcp::endpoint where = *found.begin();
  acceptor_.open(where.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(where, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return fail(ErrorKind::kIo, "cannot listen for agents on " + wanted.text() + ": " + error.message());
  endpoint_ = {wanted.host, acceptor_.local_endpoint().port()};
  return {};
}

void Hub::run() {
  accept();
  tick();
  thread_ = std::thread([this] {
    for (;;) {
      try {
        io_.run();
        return;
      } catch (const std::exception& error) {
        log_.write(LogLevel::kError, "agents.exception", {{"detail", error.what()}});
      }
    }
  });
}

void Hub::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (error) {
      log_.write(LogLevel::kWarning, "agents.accept_failed", {{"detail", error.message()}});
      pause_.expires_after(kAcceptPause);
      return pause_.async_wait([this](const auto& stopped) {
        if (!stopped) accept();
      });
    }
    admit(std::move(socket));
    accept();
  });
}

void Hub::admit(tcp::socket socket) {
  if (links_.size() >= options_.maximum_links) {
    log_.write(LogLevel::kWarning, "agents.full", {{"links", std::to_string(links_.size())}});
    return;
  }
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  const auto name = error ? std::string("unknown") : Endpoint{peer.address().to_string(), peer.port()}.text();
  const auto id = ++last_;
  auto session = std::make_unique<grid::AgentSession>(id, *this, clock_, log_, name, options_.limits);
  auto& link = links_[id];
  link.session = session.get();
  link.connection = std::make_shared<Connection>(*this, std::move(socket), std::move(session), options_.tls);
  link.connection->start();
}

void Hub::tick() {
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    const auto now = clock_.monotonic();
    for (auto& [id, link] : links_) {
      link.session->beat(now);
      link.connection->flush_session();
      link.connection->check_limits(now);
    }
    tick();
  });
}

void Hub::ask(SessionId id, const AgentRequest& request) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  found->second.session->ask(request);
  found->second.connection->flush_session();
}

void Hub::cut(SessionId id) {
  if (const auto found = links_.find(id); found != links_.end()) found->second.connection->close();
}

Result<SlotNumber> Hub::offered(grid::AgentSession& session, const std::vector<grid::Identity>& peer,
                                const std::string& card) {
  COSE_TRY(const auto slot,
           roster_.slot_for(peer, card, [this](SlotNumber each) { return places_->link_of(each) == 0; }));
  // The grid may not have noticed yet that the link before is dead.
  if (const auto before = links_.find(places_->link_of(slot)); before != links_.end()) {
    before->second.session->dismiss("another link has come with this card");
    asio::post(io_, [connection = before->second.connection] { connection->flush_session(); });
  }
  links_[session.id()].slot = slot;
  places_->attach(slot, session.id());
  return slot;
}

// A connection removes itself in the middle of its own work: it may go when that has ended.
void Hub::remove(SessionId id) {
  const auto found = links_.find(id);
  if (found != links_.end() && found->second.slot) {
    places_->detach(*found->second.slot, id);
    log_.write(LogLevel::kInfo, "agent.lost", {{"slot", found->second.slot->text()}, {"session", std::to_string(id)}});
  }
  asio::post(io_, [this, id] { links_.erase(id); });
}

void Hub::stop() {
  places_->stop();
  io_.stop();
  if (thread_.joinable()) thread_.join();
  // Operations under way keep their connections alive, and those need this object.
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  timer_.cancel();
  pause_.cancel();
  for (const auto& [id, link] : links_) link.connection->close();
  io_.restart();
  io_.poll();
  links_.clear();
}

}  // namespace

Result<std::unique_ptr<AgentHub>> AgentHub::start(AgentOptions options, const Clock& clock, Log& log) {
  if (!options.tls)
    return fail(ErrorKind::kInvalid,
                "agents need the grid's certificate, its key and the authority of the agents ([tls])");
  auto hub = std::make_unique<Hub>(std::move(options), clock, log);
  COSE_CHECK(hub->listen());
  hub->run();
  return hub;
}

}  // namespace cose::net
