// SPDX-License-Identifier: Apache-2.0
#include "host/presence_watcher.h"

namespace cose::host {

PresenceWatcher::PresenceWatcher(std::vector<Place> places, Nanoseconds period) : period_(period) {
  for (auto& place : places)
    if (place.source->may_block()) places_.push_back({.place = std::move(place)});
  first_round_done_ = places_.empty();
  if (!places_.empty()) thread_ = std::thread([this] { watch(); });
}

PresenceWatcher::~PresenceWatcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PresenceWatcher::wait_for_first_round(Nanoseconds at_most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, at_most, [this] { return first_round_done_; });
}

bool PresenceWatcher::stopped() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void PresenceWatcher::watch() {
  for (;;) {
    for (auto& watched : places_) {
      if (stopped()) return;
      const auto presence = watched.place.source->presence();
      if (watched.known && watched.presence == presence) continue;
      watched.known = true;
      watched.presence = presence;
      watched.place.report(presence);
    }
    std::unique_lock lock(mutex_);
    first_round_done_ = true;
    changed_.notify_all();
    if (changed_.wait_for(lock, period_, [this] { return stopping_; })) return;
  }
}

}  // namespace cose::host
