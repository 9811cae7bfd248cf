// SPDX-License-Identifier: Apache-2.0
#include "net/detail/agent_places.h"

#include <utility>

namespace cose::net {

using grid::SessionId;
using grid::SlotNumber;

void AgentPlaces::attach(SlotNumber slot, SessionId link) {
  {
    const std::lock_guard lock(mutex_);
    auto& place = places_[slot];
    place.link = link;
    place.present = false;
  }
  changed_.notify_all();
}

void AgentPlaces::detach(SlotNumber slot, SessionId link) {
  {
    const std::lock_guard lock(mutex_);
    auto& place = places_[slot];
    if (place.link != link) return;
    place.link = 0;
    place.present = false;
  }
  changed_.notify_all();
}

void AgentPlaces::set_present(SlotNumber slot, SessionId link, bool card) {
  const std::lock_guard lock(mutex_);
  auto& place = places_[slot];
  if (place.link == link) place.present = card;
}

void AgentPlaces::answer(SlotNumber slot, SessionId link, Result<Bytes> outcome) {
  {
    const std::lock_guard lock(mutex_);
    auto& place = places_[slot];
    // Nobody waits any more for what comes too late.
    if (place.link != link || !place.waiting) return;
    place.outcome = std::move(outcome);
  }
  changed_.notify_all();
}

SessionId AgentPlaces::link_of(SlotNumber slot) {
  const std::lock_guard lock(mutex_);
  return places_[slot].link;
}

void AgentPlaces::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
}

bool AgentPlaces::is_present(SlotNumber slot) {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(slot);
  return found != places_.end() && found->second.link != 0 && found->second.present;
}

Result<Bytes> AgentPlaces::call(SlotNumber slot, const grid::AgentRequest& request, Nanoseconds timeout,
                                SessionId& link) {
  std::unique_lock lock(mutex_);
  auto& place = places_[slot];
  if (stopped_ || place.link == 0) return fail(ErrorKind::kCardRemoved, "the agent of this slot is not connected");
  if (link != 0 && place.link != link)
    return fail(ErrorKind::kClosed, "the agent's link was lost meanwhile; the card has no power any more");
  link = place.link;
  place.waiting = true;
  place.outcome.reset();
  send_(link, request);
  const auto over = [&] { return place.outcome.has_value() || place.link != link || stopped_; };
  const bool in_time = changed_.wait_for(lock, timeout, over);
  place.waiting = false;
  if (place.outcome) return *std::exchange(place.outcome, std::nullopt);
  if (in_time)
    return fail(ErrorKind::kClosed, "the agent's link broke in the middle of a command; what it did is unknown");
  // Whatever it answers later, it would be taken for the answer to something else.
  cut_(link);
  return fail(ErrorKind::kTimeout, "the agent did not answer in time; what the command did is unknown");
}

}  // namespace cose::net
