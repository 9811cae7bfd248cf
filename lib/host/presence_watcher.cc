// SPDX-License-Identifier: Apache-2.0
#include "host/presence_watcher.h"

#include <exception>

namespace cose::host {

PresenceWatcher::PresenceWatcher(std::vector<Place> places, Nanoseconds period) : period_(period) {
  for (auto& place : places)
    if (place.source->may_block()) places_.push_back({.place = std::move(place)});
  first_round_done_ = places_.empty();
  if (!places_.empty()) thread_ = std::thread([this] { watch(); });
}

PresenceWatcher::~PresenceWatcher() {
  static_cast<void>(end(std::chrono::steady_clock::now()));
  if (thread_.joinable()) thread_.join();
}

bool PresenceWatcher::end(std::chrono::steady_clock::time_point deadline) {
  if (!thread_.joinable()) return true;
  std::unique_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  return changed_.wait_until(lock, deadline, [this] { return ended_; });
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
  bool stopping = false;
  while (!stopping) {
    for (auto& watched : places_)
      if (!stopped()) ask(watched);
    std::unique_lock lock(mutex_);
    first_round_done_ = true;
    changed_.notify_all();
    stopping = changed_.wait_for(lock, period_, [this] { return stopping_; });
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void PresenceWatcher::ask(Watched& watched) {
  auto presence = iso7816::Presence::kAbsent;
  try {
    presence = watched.place.source->presence();
  } catch (const std::exception&) {
    // Out of memory or descriptors: a place that cannot be asked holds no card.
  }
  if (watched.known && watched.presence == presence) return;
  watched.known = true;
  watched.presence = presence;
  watched.place.report(presence);
}

}  // namespace cose::host
