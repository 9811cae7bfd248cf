// SPDX-License-Identifier: Apache-2.0
// What all HTTP connections of a rack share: the cards that clients use, their sessions, the log of events, counts.
// No sockets and no HTTP parser; those are net's.
//
// Owner: the rack; outlives its connections (web/desk.h). What the context refers to outlives the front. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bytes/clock.h"
#include "bytes/log.h"
#include "bytes/rng.h"
#include "grid/racs_session.h"
#include "grid/work_meter.h"
#include "metrics/exposition.h"
#include "metrics/histogram.h"
#include "web/caller.h"
#include "web/card_use.h"
#include "web/events.h"
#include "web/message.h"
#include "web/sessions.h"

namespace cose::web {

struct FrontSettings {
  std::string grid_name = "CoSE";
  // kSecure: nobody without a certificate does more than look at the state of the grid.
  enum class Channel : std::uint8_t { kSecure, kPlain } channel = Channel::kSecure;
  // /metrics and /healthz for everybody, and not only for this machine and those with a certificate.
  bool open_status = false;
  // In clear, only names of this machine are taken as Host, so that no web page can reach it by a name of its own.
  bool loopback_only = true;
};

struct FrontContext {
  grid::SlotTable& slots;
  grid::SlotService& service;
  const grid::SeidTable& seids;
  const Clock& clock;
  Log& log;
  Rng& rng;
  FrontSettings settings;
  grid::AccessMaker access;
  std::function<grid::SessionId()> next_owner;
  // What the rack measures besides; may be empty.
  std::function<void(metrics::Exposition&)> measure = {};
};

class Front {
 public:
  explicit Front(FrontContext context);
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;
  ~Front();

  // Work has ended; false: its owner is nobody here.
  [[nodiscard]] bool finish(grid::SessionId owner, const grid::WorkResult& result);
  // Now and then: ends sessions that nobody uses, and gives followers of events what they have not seen.
  void tick();
  // Gives back the cards that do not work; no new ones are to be asked for.
  void drain();
  void slot_changed(grid::SlotNumber slot, grid::SlotChange change);

  // For desks and what they do.
  [[nodiscard]] const FrontContext& context() const { return context_; }
  [[nodiscard]] CardDesk& cards() { return cards_; }
  [[nodiscard]] Sessions& sessions() { return sessions_; }
  [[nodiscard]] EventLog& events() { return events_; }
  [[nodiscard]] grid::RacsContext& racs() { return racs_; }
  [[nodiscard]] Nanoseconds now() const { return context_.clock.monotonic(); }
  [[nodiscard]] std::unique_ptr<grid::Access> access_of(const Caller& caller) const;

  // A use that belongs to nobody yet, while its card powers up or works for one request.
  CardUse& hold(std::unique_ptr<CardUse> use);
  [[nodiscard]] std::unique_ptr<CardUse> take(grid::SessionId owner);

  Session& open_session(Session session);
  void close_session(const Session& session);

  // Error: kLimit.
  [[nodiscard]] Status follow(const std::shared_ptr<Follower>& follower);

  void count(const Response& response, Nanoseconds duration);
  void write_metrics(metrics::Exposition& to) const;

 private:
  void log(std::string_view event, const CardUse& use) const;
  void tell_followers();

  FrontContext context_;
  grid::RacsContext racs_;
  CardDesk cards_;
  EventLog events_;
  std::map<grid::SessionId, std::unique_ptr<CardUse>> held_;
  Sessions sessions_;
  std::vector<std::weak_ptr<Follower>> followers_;
  std::map<unsigned, std::uint64_t> responses_;  // by status
  metrics::Histogram durations_;
};

}  // namespace cose::web
