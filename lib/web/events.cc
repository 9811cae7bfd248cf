// SPDX-License-Identifier: Apache-2.0
#include "web/events.h"

#include <algorithm>
#include <utility>

#include "web/limits.h"

namespace cose::web {

void EventLog::add(std::string_view name, grid::SlotNumber slot, std::string seid) {
  events_.push_back({++last_, name, slot, std::move(seid)});
  if (events_.size() > kEventsKept) events_.pop_front();
}

std::vector<const Event*> EventLog::since(std::uint64_t id, std::uint64_t& lost) const {
  lost = 0;
  std::vector<const Event*> found;
  if (id >= last_ || events_.empty()) return found;
  const auto first = events_.front().id;
  if (id + 1 < first) lost = first - (id + 1);
  const auto begin = std::max(id + 1, first) - first;
  for (auto at = begin; at < events_.size(); ++at) found.push_back(&events_[at]);
  return found;
}

Follower::Follower(const EventLog& log, std::uint64_t from, View view, std::function<void()> wake)
    : log_(log), seen_(from), view_(std::move(view)), wake_(std::move(wake)) {}

void Follower::pull(std::string& to, std::size_t room, Nanoseconds now) {
  const auto before = to.size();
  std::uint64_t lost = 0;
  const auto events = log_.since(seen_, lost);
  if (lost > 0) to.append("event: lost\ndata: {\"count\":").append(std::to_string(lost)).append("}\n\n");
  for (const auto* event : events) {
    if (to.size() - before >= room) break;
    seen_ = event->id;
    const auto data = view_(*event);
    if (data.empty()) continue;
    to.append("id: ").append(std::to_string(event->id)).append("\nevent: ").append(event->name);
    to.append("\ndata: ").append(data).append("\n\n");
  }
  if (to.size() == before && now - last_sign_ >= kHeartbeat) to += ": still here\n\n";
  if (to.size() > before) last_sign_ = now;
}

bool Follower::has_news(Nanoseconds now) const {
  return seen_ < log_.last() || now - last_sign_ >= kHeartbeat;
}

}  // namespace cose::web
