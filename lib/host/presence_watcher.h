// SPDX-License-Identifier: Apache-2.0
// Keeps a server's inventory true: asks the places that may block, one after the other, once a second, on a thread of
// its own. Places that only compute are not asked: they never change.
//
// Made, stopped and destroyed by one thread; the callback comes from the watcher's. Destruction waits for the place
// that is being asked, which is bounded by that place's own deadline; end() says whether there is anything to wait for.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "bytes/clock.h"
#include "iso7816/card_source.h"

namespace cose::host {

class PresenceWatcher {
 public:
  struct Place {
    std::shared_ptr<iso7816::CardSource> source;
    std::function<void(iso7816::Presence)> report;  // called at the first round and at each change
  };

  explicit PresenceWatcher(std::vector<Place> places, Nanoseconds period = std::chrono::seconds(1));
  ~PresenceWatcher();
  PresenceWatcher(const PresenceWatcher&) = delete;
  PresenceWatcher& operator=(const PresenceWatcher&) = delete;

  // Until every place was asked once, or the time is over: so that a grid knows its cards when it says it is ready.
  void wait_for_first_round(Nanoseconds at_most);

  // Asks no further place. False when one is still being asked at the deadline.
  [[nodiscard]] bool end(std::chrono::steady_clock::time_point deadline);

 private:
  struct Watched {
    Place place;
    bool known = false;
    iso7816::Presence presence = iso7816::Presence::kAbsent;
  };

  void watch();
  void ask(Watched& watched);
  [[nodiscard]] bool stopped();

  std::vector<Watched> places_;  // the thread's
  Nanoseconds period_;
  std::mutex mutex_;  // guards the flags
  std::condition_variable changed_;
  bool stopping_ = false;
  bool first_round_done_ = false;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace cose::host
