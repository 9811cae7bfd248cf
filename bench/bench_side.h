// SPDX-License-Identifier: Apache-2.0
// One of the two servers that are compared: its process if we started it, its connections, and rounds of load on them.
// The same lines go to both: "apdu <slot> <HEX>"; one sends them back, the other answers "000 <HEX>".
//
// Errors: those of ServerProcess, LineSocket and LineLoad; kInvalid with the grid's own words when it refuses.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bench/line_load.h"
#include "bench/line_socket.h"
#include "bench/server_process.h"
#include "grid/slot_number.h"
#include "net/endpoint.h"

namespace cose::bench {

enum class LineProtocol {
  kEcho,
  kGrid,  // greets, and wants USE before apdu
};

struct BenchRound {
  double rate = 0;                   // round trips per second
  double p50 = 0;                    // microseconds
  double p99 = 0;                    // microseconds
  std::optional<double> server_cpu;  // microseconds for each round trip
};

class BenchSide {
 public:
  [[nodiscard]] static Result<BenchSide> start(const std::vector<std::string>& command, LineProtocol protocol);
  // A server that is there already, of which only the outside can be measured.
  [[nodiscard]] static Result<BenchSide> reach(const net::Endpoint& endpoint, LineProtocol protocol);

  // One slot each, from 101 on; `payload` octets of data in each command and its answer.
  [[nodiscard]] Status open_busy(unsigned connections, unsigned payload);
  [[nodiscard]] Status open_resting(unsigned connections);
  [[nodiscard]] Status open_idle(unsigned connections);
  void close_idle() { idle_.clear(); }

  // After a warm-up of a tenth of that.
  [[nodiscard]] Result<BenchRound> measure(std::chrono::milliseconds duration);
  // Octets of private memory of the server's process; nothing if it is not ours.
  [[nodiscard]] Result<std::optional<std::size_t>> memory() const;

  // Ends the connections, then the server if it is ours, which has to end well.
  [[nodiscard]] Status stop();

 private:
  BenchSide(LineLoad load, std::optional<ServerProcess> process, SocketAddress address, LineProtocol protocol)
      : load_(std::move(load)), process_(std::move(process)), address_(address), protocol_(protocol) {}

  [[nodiscard]] Result<LineSocket> connect();
  [[nodiscard]] Status open(std::vector<LineSocket>& sockets, unsigned connections);
  [[nodiscard]] Status use(LineSocket& socket, grid::SlotNumber slot) const;
  [[nodiscard]] Result<Nanoseconds> server_time() const;

  LineLoad load_;
  std::optional<ServerProcess> process_;
  SocketAddress address_;
  LineProtocol protocol_;
  std::vector<LineSocket> resting_;
  std::vector<LineSocket> idle_;
  std::size_t opened_ = 0;
};

}  // namespace cose::bench
