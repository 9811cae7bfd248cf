// SPDX-License-Identifier: Apache-2.0
#include "web/front.h"

#include <algorithm>
#include <utility>

#include "web/limits.h"

namespace cose::web {

namespace {

std::string_view name_of(grid::SlotChange change) {
  switch (change) {
    case grid::SlotChange::kInserted: return "card.inserted";
    case grid::SlotChange::kRemoved: return "card.removed";
    case grid::SlotChange::kLocked: return "card.locked";
    case grid::SlotChange::kUnlocked: break;
  }
  return "card.unlocked";
}

}  // namespace

Front::Front(FrontContext context)
    : context_(std::move(context)),
      racs_{context_.slots, context_.service, context_.seids, context_.clock, context_.log, {}, context_.access},
      cards_{context_.slots, context_.service, context_.seids, context_.access, context_.next_owner} {}

Front::~Front() = default;

bool Front::finish(grid::SessionId owner, const grid::WorkResult& result) {
  const auto found = cards_.uses.find(owner);
  if (found == cards_.uses.end()) return false;
  found->second->finish(result);
  return true;
}

void Front::tick() {
  for (const auto* session : sessions_.over(now())) close_session(*session);
  tell_followers();
}

void Front::drain() {
  for (const auto* session : sessions_.idle()) close_session(*session);
}

void Front::slot_changed(grid::SlotNumber slot, grid::SlotChange change) {
  events_.add(name_of(change), slot);
  tell_followers();
}

std::unique_ptr<grid::Access> Front::access_of(const Caller& caller) const {
  return context_.access({"http", caller.connection, caller.peer, caller.identities});
}

CardUse& Front::hold(std::unique_ptr<CardUse> use) {
  const auto owner = use->owner();
  return *held_.emplace(owner, std::move(use)).first->second;
}

std::unique_ptr<CardUse> Front::take(grid::SessionId owner) {
  const auto found = held_.find(owner);
  if (found == held_.end()) return nullptr;
  auto use = std::move(found->second);
  held_.erase(found);
  return use;
}

Session& Front::open_session(Session session) {
  auto& opened = sessions_.add(std::move(session));
  events_.add("session.opened", opened.use->slot(), opened.use->seid());
  log("session.open", *opened.use);
  tell_followers();
  return opened;
}

void Front::close_session(const Session& session) {
  events_.add("session.closed", session.use->slot(), session.use->seid());
  log("session.close", *session.use);
  sessions_.close(session.id);
  tell_followers();
}

Status Front::follow(const std::shared_ptr<Follower>& follower) {
  std::erase_if(followers_, [](const auto& each) { return each.expired(); });
  if (followers_.size() >= kMaximumFollowers)
    return fail(ErrorKind::kLimit, "as many clients follow events as may do so at a time");
  followers_.push_back(follower);
  return {};
}

// Not by the session's id, which opens it.
void Front::log(std::string_view event, const CardUse& use) const {
  if (!context_.log.enabled(LogLevel::kInfo)) return;
  context_.log.write(LogLevel::kInfo, event,
                     {{"session", std::to_string(use.owner())}, {"front", "http"}, {"slot", use.slot().text()}});
}

void Front::tell_followers() {
  for (const auto& each : followers_)
    if (const auto follower = each.lock(); follower && follower->has_news(now())) follower->wake();
}

void Front::count(const Response& response, Nanoseconds duration) {
  ++responses_[response.status];
  durations_.add(duration);
}

void Front::write_metrics(metrics::Exposition& to) const {
  if (context_.measure) context_.measure(to);
  std::array<std::uint64_t, 3> states{};
  for (std::size_t index = 0; index < grid::kSlots; ++index) {
    const auto slot = grid::SlotNumber::from_index(index);
    if (context_.slots.is_configured(slot)) ++states[static_cast<std::size_t>(context_.slots.state(slot))];
  }
  to.gauge("cose_slots", "Slots of the rack by what is in them.");
  to.sample({{"state", "empty"}}, states[static_cast<std::size_t>(grid::SlotState::kEmpty)]);
  to.sample({{"state", "free"}}, states[static_cast<std::size_t>(grid::SlotState::kFree)]);
  to.sample({{"state", "in_use"}}, states[static_cast<std::size_t>(grid::SlotState::kInUse)]);
  to.gauge("cose_api_sessions", "Sessions of the JSON API.");
  to.sample(sessions_.size());
  to.gauge("cose_event_followers", "Clients that follow events.");
  to.sample(
      static_cast<std::uint64_t>(std::ranges::count_if(followers_, [](const auto& each) { return !each.expired(); })));
  to.counter("cose_http_responses_total", "Responses of HTTP, by status.");
  for (const auto& [status, count] : responses_) to.sample({{"status", std::to_string(status)}}, count);
  to.histogram("cose_http_request_seconds", "From a whole request to its response.");
  to.sample({}, durations_);
}

}  // namespace cose::web
