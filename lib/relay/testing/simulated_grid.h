// SPDX-License-Identifier: Apache-2.0
// A far grid, the network before it and a card in its slot 101, all in simulated time: real sessions of grid/, with
// whatever faults a test asks for between them and a real client. The same over both protocols. One thread.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "grid/ascii_session.h"
#include "grid/racs_session.h"
#include "remote/grid_card.h"
#include "remote/racs_card.h"

namespace cose::relay::testing {

// What happens to one exchange between client and grid.
enum class Protocol { kSimArray, kRacs };

enum class Fault {
  kNone,
  kLostBefore,    // the connection breaks before the request arrives, and the grid notices
  kLostAfter,     // the request is carried out, the reply is lost, and the grid notices
  kSilentBefore,  // the request gets lost, and nobody notices: both sides wait
  kSilentAfter,   // the request is carried out, and the reply gets lost likewise
  kRestart,       // the grid is restarted: it forgets all it kept
};

class SimulatedGrid final : public grid::SlotService {
 public:
  using CardProgram = std::function<Bytes(ByteView)>;

  explicit SimulatedGrid(CardProgram program, Protocol protocol = Protocol::kSimArray)
      : program_(std::move(program)), protocol_(protocol) {
    const auto slot = grid::SlotNumber::parse("101").value();
    COSE_ASSERT(seids_.add("s", slot).has_value());
    racs_.settings.channel = grid::RacsSettings::Channel::kPlain;
    slots_.configure(slot);
    slots_.set_presence(slot, iso7816::Presence::kPresent);
  }

  [[nodiscard]] cose::testing::ManualClock& clock() { return clock_; }

  // ---- what a test asks for ----
  Nanoseconds round_trip{0};
  Nanoseconds card_time{0};     // of the next command
  std::deque<Fault> faults;     // for the exchanges to come; none is left: no fault
  int refused_connections = 0;  // how many connects fail from now on
  bool keeps = true;
  bool lasts = false;  // the card knows its last named request over a restart

  // ---- what a test looks at ----
  std::vector<Bytes> executed;
  int resets = 0;
  int connections = 0;
  int round_trips = 0;

  // ---- grid::SlotService ----
  std::optional<grid::WorkResult> start(grid::SlotNumber, const grid::SlotWork& work, grid::SessionId) override {
    using Kind = grid::SlotWork::Kind;
    if (work.kind == Kind::kPowerUp || work.kind == Kind::kReset) {
      if (work.kind == Kind::kReset || !powered_) ++resets;
      powered_ = true;
      return ByteView(kAtr);
    }
    if (work.kind == Kind::kPowerDown) {
      powered_ = false;
      return ByteView();
    }
    if (work.kind == Kind::kRecall) {
      if (!lasts) return fail(ErrorKind::kUnsupported, "this card does not remember its answers");
      if (!equal(last_request_, work.request)) return fail(ErrorKind::kNotFound, "not the last");
      return ByteView(answer_);
    }
    executed.emplace_back(work.command.begin(), work.command.end());
    last_request_ = to_bytes(work.request);
    answer_ = program_(work.command);
    return ByteView(answer_);
  }
  void release(grid::SlotNumber, grid::SessionId) override { powered_ = false; }

  // The slot, or the secure element, as a client of this grid has it.
  [[nodiscard]] std::unique_ptr<iso7816::Card> card(remote::Keeping keeping, Nanoseconds patience) {
    auto connector = std::make_shared<Connector>(*this);
    if (protocol_ == Protocol::kRacs)
      return std::make_unique<remote::RacsCard>(std::move(connector), "s",
                                                remote::RacsCardOptions{keeping, &clock_, patience});
    return std::make_unique<remote::GridCard>(std::move(connector), grid::SlotNumber::parse("101").value(),
                                              remote::GridCardOptions{keeping, &clock_, patience});
  }

 private:
  static constexpr std::array<std::uint8_t, 5> kAtr{0x3B, 0x80, 0x80, 0x01, 0x01};

  // As the grid has it; null: over.
  struct Session {
    std::unique_ptr<grid::Session> served;
    bool silent = false;  // the way is dead and the grid does not know
  };

  class Channel final : public remote::LineChannel {
   public:
    Channel(SimulatedGrid& grid, std::shared_ptr<Session> session) : grid_(grid), session_(std::move(session)) {}
    ~Channel() override {
      if (!session_->silent) session_->served.reset();
    }

    Status exchange(std::string_view line, std::string& reply, Nanoseconds timeout) override {
      return grid_.exchange(session_, line, reply, timeout);
    }
    Status next(std::string& reply, Nanoseconds) override {
      if (!session_->served) return fail(ErrorKind::kClosed, "the grid closed the connection");
      return take_reply(*session_->served, reply);
    }
    bool offers_keep() const override { return grid_.keeps; }

   private:
    SimulatedGrid& grid_;
    std::shared_ptr<Session> session_;
  };

  class Connector final : public remote::LineConnector {
   public:
    explicit Connector(SimulatedGrid& grid) : grid_(grid) {}
    Result<std::unique_ptr<remote::LineChannel>> connect(Nanoseconds patience) override {
      return grid_.connect(patience);
    }
    void pause(Nanoseconds time) override { grid_.pass(time); }
    std::string address() const override { return "far:2310"; }

   private:
    SimulatedGrid& grid_;
  };

  void pass(Nanoseconds time) {
    clock_.advance(time);
    grid::release_parked(context(), grid::Parked::kExpired);
  }

  [[nodiscard]] grid::SessionContext& context() {
    context_.keeps = keeps ? keep_table_.get() : nullptr;
    return context_;
  }

  // TCP and HELLO: two round trips.
  Result<std::unique_ptr<remote::LineChannel>> connect(Nanoseconds patience) {
    if (2 * round_trip > patience) {
      pass(patience);
      return fail(ErrorKind::kTimeout, "no connection in time");
    }
    pass(2 * round_trip);
    if (refused_connections > 0) {
      --refused_connections;
      return fail(ErrorKind::kClosed, "connection refused");
    }
    ++connections;
    auto session = std::make_shared<Session>();
    session->served = make_session();
    session->served->start();
    session->served->output().clear();
    sessions_.push_back(session);
    return std::make_unique<Channel>(*this, std::move(session));
  }

  [[nodiscard]] std::unique_ptr<grid::Session> make_session() {
    auto& rack = context();
    racs_.keeps = rack.keeps;
    if (protocol_ == Protocol::kRacs) return std::make_unique<grid::RacsSession>(racs_, ++last_session_, "client");
    return std::make_unique<grid::AsciiSession>(rack, ++last_session_, "client");
  }

  Status exchange(const std::shared_ptr<Session>& session, std::string_view line, std::string& reply,
                  Nanoseconds timeout) {
    const auto fault = next_fault();
    ++round_trips;
    const auto lost = [&](std::string_view what, Nanoseconds after) {
      pass(std::min(after, timeout));
      return fail(after < timeout ? ErrorKind::kClosed : ErrorKind::kTimeout, std::string(what));
    };
    if (fault == Fault::kRestart) restart();
    if (session->served == nullptr || session->served->wants_close())
      return lost("the grid closed the connection", round_trip);
    session->silent = fault == Fault::kSilentBefore || fault == Fault::kSilentAfter;
    if (fault == Fault::kSilentBefore) return lost("no reply in time", timeout);
    if (fault == Fault::kLostBefore) {
      session->served.reset();
      return lost("the grid closed the connection", round_trip);
    }
    session->served->receive(as_bytes(std::string(line) + "\n"));
    auto spent = round_trip;
    if (line.find("apdu ") != std::string_view::npos || line.find("APDU ") != std::string_view::npos)
      spent += std::exchange(card_time, Nanoseconds(0));
    if (session->silent || spent > timeout) return lost("no reply in time", timeout);
    if (fault == Fault::kLostAfter) {
      session->served.reset();
      return lost("the grid closed the connection", round_trip);
    }
    pass(spent);
    return take_reply(*session->served, reply);
  }

  static Status take_reply(grid::Session& session, std::string& reply) {
    const auto end = session.output().find('\n');
    COSE_ASSERT(end != std::string::npos);
    reply = session.output().substr(0, end);
    if (reply.ends_with('\r')) reply.pop_back();
    session.output().erase(0, end + 1);
    if (session.output().empty()) session.sent();
    return {};
  }

  Fault next_fault() {
    if (faults.empty()) return Fault::kNone;
    const auto fault = faults.front();
    faults.pop_front();
    return fault;
  }

  void restart() {
    for (const auto& session : sessions_) {
      if (session->served) session->served->drain();
      session->served.reset();
    }
    sessions_.clear();
    grid::release_parked(context(), grid::Parked::kAll);
    keep_table_ = std::make_unique<grid::KeepTable>(rng_, kPatience);
    powered_ = false;
  }

  static constexpr Nanoseconds kPatience = std::chrono::seconds(10);

  CardProgram program_;
  Protocol protocol_;
  cose::testing::ManualClock clock_;
  cose::testing::SeededRng rng_{1};
  NullLog log_;
  grid::SlotTable slots_;
  std::unique_ptr<grid::KeepTable> keep_table_ = std::make_unique<grid::KeepTable>(rng_, kPatience);
  grid::SessionContext context_{slots_, *this, clock_, log_, {}};
  grid::SeidTable seids_;
  grid::RacsContext racs_{
      slots_, *this, seids_, clock_, log_, {}, [](const auto&) { return std::make_unique<grid::OpenAccess>(); }};
  grid::SessionId last_session_ = 0;
  std::vector<std::shared_ptr<Session>> sessions_;
  Bytes answer_;
  Bytes last_request_;
  bool powered_ = false;
};

}  // namespace cose::relay::testing
