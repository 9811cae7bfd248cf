// SPDX-License-Identifier: Apache-2.0
// What happens on a rack, as a stream that any number of clients follow (server-sent events, WHATWG HTML §9.2).
//
//   id: 7
//   event: card.inserted
//   data: {"slot":101}
//
// The log keeps the last kEventsKept events and nothing for any follower: a follower is a place in it. Who reads too
// slowly, or comes back too late with Last-Event-ID, is told by the event `lost` how many passed unseen. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/clock.h"
#include "grid/slot_number.h"

namespace cose::web {

struct Event {
  std::uint64_t id = 0;
  std::string_view name;  // a constant
  grid::SlotNumber slot;
  std::string seid;  // of a session; empty: the event is about the slot
};

class EventLog {
 public:
  void add(std::string_view name, grid::SlotNumber slot, std::string seid = {});
  [[nodiscard]] std::uint64_t last() const { return last_; }
  // Those kept that came after this one; `lost` says how many of them are not.
  [[nodiscard]] std::vector<const Event*> since(std::uint64_t id, std::uint64_t& lost) const;

 private:
  std::deque<Event> events_;
  std::uint64_t last_ = 0;
};

// One client of the stream. Owner: its connection.
class Follower {
 public:
  // What the client may see of an event as the data of one line; empty: nothing.
  using View = std::function<std::string(const Event&)>;

  Follower(const EventLog& log, std::uint64_t from, View view, std::function<void()> wake);

  // Appends what has happened since the last call, up to about `room` octets, or a sign of life if it is time for one.
  void pull(std::string& to, std::size_t room, Nanoseconds now);
  [[nodiscard]] bool has_news(Nanoseconds now) const;
  void wake() const { wake_(); }

 private:
  const EventLog& log_;
  std::uint64_t seen_;
  View view_;
  std::function<void()> wake_;
  Nanoseconds last_sign_{0};
};

}  // namespace cose::web
