// SPDX-License-Identifier: Apache-2.0
// One secure element in the hands of a client: locked in the rack's slot table, powered, given commands that the
// policy allows, and given back with the object.
//
// Work is started by power_up(), reset() or run() and ends with one call of `done`, at once or later, after the rack
// said finish(); a use does one thing at a time. `done` may destroy the use. Owner: a session of the API, a WebSocket,
// or a request. What the desk of uses refers to outlives it. One thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bytes/clock.h"
#include "grid/access.h"
#include "grid/ascii_session.h"
#include "grid/racs_exchange.h"
#include "grid/seid_table.h"
#include "grid/slot_table.h"
#include "web/batch.h"
#include "web/caller.h"

namespace cose::web {

class CardUse;

// What uses share: the rack's tables, and who waits for which work.
struct CardDesk {
  grid::SlotTable& slots;
  grid::SlotService& service;
  const grid::SeidTable& seids;
  grid::AccessMaker access;
  std::function<grid::SessionId()> next_owner;  // numbers that no session of the rack has
  std::unordered_map<grid::SessionId, CardUse*> uses = {};
};

class CardUse {
 public:
  using Done = std::function<void(Outcome)>;

  // Locks it. Problems: 404 (no such card for this client), 409 (in use), and what the policy says.
  [[nodiscard]] static std::expected<std::unique_ptr<CardUse>, Problem> open(CardDesk& desk, const Caller& caller,
                                                                             std::string_view seid);
  CardUse(const CardUse&) = delete;
  CardUse& operator=(const CardUse&) = delete;
  // Takes the card's power and unlocks it.
  ~CardUse();

  void power_up(Done done);
  void reset(iso7816::ResetKind kind, Done done);
  void run(std::vector<Step> steps, Done done);
  // The work under way has ended; called for the owner's number.
  void finish(const grid::WorkResult& result);

  [[nodiscard]] bool is_busy() const { return done_ != nullptr; }
  // An administrator took the card.
  [[nodiscard]] bool is_lost() const { return !desk_.slots.is_owner(slot_, owner_); }
  [[nodiscard]] grid::SessionId owner() const { return owner_; }
  [[nodiscard]] const std::string& seid() const { return seid_; }
  [[nodiscard]] grid::SlotNumber slot() const { return slot_; }
  [[nodiscard]] const Bytes& atr() const { return atr_; }

 private:
  CardUse(CardDesk& desk, const Caller& caller, std::string_view seid, grid::SlotNumber slot);

  // Why there may be no such use; nothing: the card is its own from now on.
  [[nodiscard]] std::optional<Problem> lock();
  [[nodiscard]] bool may_go_on();
  void begin(Done done, grid::SlotWork work);
  void begin_step();
  // Sends what the exchange holds, if the policy allows it.
  void send();
  // Starts work as long as it ends at once, then says that all is done. The use may be gone when it returns.
  void pump();
  void handle(const grid::WorkResult& result);
  void end_failed(const Error& error);
  void end_transmit(ByteView response);
  void end_step();
  void fail_with(Problem problem);

  CardDesk& desk_;
  std::vector<grid::Identity> user_;
  std::string seid_;
  grid::SlotNumber slot_;
  grid::SessionId owner_;
  std::unique_ptr<grid::Access> access_;
  bool powered_ = false;
  Bytes atr_;
  std::vector<Step> steps_;
  std::size_t step_ = 0;
  grid::RacsExchange exchange_;
  std::string name_;        // of the command that is sent, for the length of its work
  std::size_t octets_ = 0;  // of the answers to this batch
  std::optional<grid::SlotWork> next_;
  grid::SlotWork::Kind running_ = grid::SlotWork::Kind::kPowerDown;
  iso7816::ResetKind reset_ = iso7816::ResetKind::kCold;
  Outcome outcome_;
  Done done_;
};

}  // namespace cose::web
