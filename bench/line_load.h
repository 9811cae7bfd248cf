// SPDX-License-Identifier: Apache-2.0
// The load: on one thread and one epoll set, each connection sends its line, waits for its reply, compares it with
// the expected one and sends again.
//
// Between the first line and the last reply of a run nothing is allocated. Errors: kInvalid (another reply than
// expected, quoted), kClosed, kTimeout (no reply at all for kReplyTimeout), kIo; after one the load is no good any
// more.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "bench/latency_histogram.h"
#include "bench/line_socket.h"

namespace cose::bench {

// Both with their line ends.
struct Exchange {
  std::string request;
  std::string reply;
};

// Ends at what is reached first.
struct LoadPlan {
  std::uint64_t round_trips = std::numeric_limits<std::uint64_t>::max();
  Nanoseconds warm_up{};  // not in the figures
  Nanoseconds duration = std::chrono::hours(1);
};

struct LoadFigures {
  Nanoseconds elapsed{};       // without the warm-up
  LatencyHistogram latencies;  // of the round trips that ended in that time

  [[nodiscard]] double rate() const;  // round trips per second
};

class LineLoad {
 public:
  [[nodiscard]] static Result<LineLoad> make();

  // The socket has said all that comes before the load.
  [[nodiscard]] Status add(LineSocket socket, Exchange exchange);

  [[nodiscard]] Result<LoadFigures> run(const LoadPlan& plan);

  // Ends the connections.
  void close() { connections_.clear(); }

 private:
  using Instant = std::chrono::steady_clock::time_point;

  static constexpr std::size_t kReplyBuffer = 1024;

  struct Connection {
    LineSocket socket;
    Exchange exchange;
    Instant sent_at;
    std::size_t received = 0;
    std::array<char, kReplyBuffer> buffer;
  };

  struct Run {
    Instant measured_from;
    Instant until;
    std::uint64_t not_sent_yet;
    std::size_t under_way = 0;
    LoadFigures figures;
  };

  explicit LineLoad(Descriptor events) : events_(std::move(events)) {}

  [[nodiscard]] Status serve_ready(Run& run);
  [[nodiscard]] static Status send(Connection& connection, Run& run, Instant now);
  [[nodiscard]] static Status on_readable(Connection& connection, Run& run);
  [[nodiscard]] static Status check_reply(const Connection& connection);

  Descriptor events_;
  std::vector<Connection> connections_;
};

}  // namespace cose::bench
