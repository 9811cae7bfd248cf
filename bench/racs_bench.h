// SPDX-License-Identifier: Apache-2.0
// `cose bench racs`: what RACS costs over TLS, beside the plain port of the same grid in the same minutes.
//
// The grid is a process of its own with cards that only echo. Three parts: (1) sessions that exchange APDUs, plain and
// over RACS by turns, round by round; (2) handshakes with client certificates, and as many sessions at once with work
// as asked for; (3) silent sessions beside them, and their memory. Each figure is the median of its rounds.
// Blocks for about 3 * rounds * round and the handshakes. Starts no thread.
// Errors: kInvalid (options, certificates), kLimit (open files), those of ServerProcess, LineLoad and TlsLoad.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bench/grid_bench_report.h"
#include "bytes/result.h"
#include "net/tls.h"

namespace cose::bench {

struct RacsBenchOptions {
  unsigned compared = 64;  // sessions on each side of the comparison; each has a card of its own
  unsigned sessions = 1000;
  unsigned idle = 10'000;
  unsigned rounds = 5;
  std::chrono::milliseconds round{1000};
  unsigned payload = 16;  // octets of command data, 1 to 255
  net::TlsClientFiles tls;
  // Words of a command that says two listeners (bench/server_process.h), the plain port and RACS, with SEIDs that are
  // the numbers of slots from 101 on.
  std::vector<std::string> server_command;
};

struct RacsBenchReport {
  RacsBenchOptions options;
  SideFigures plain;
  SideFigures racs;
  double rate_ratio = 0;  // plain to TLS, of the medians
  double p99_ratio = 0;   // RACS to plain, of the medians
  Spread p99_ratio_of_rounds;
  double handshakes_per_second = 0;
  double handshake_server_cpu = 0;  // microseconds each
  SideFigures many;                 // all sessions at work
  double session_memory = 0;        // octets of the server's private memory for each silent session
  Spread rate_with_idle;            // of all sessions at work beside the silent ones
};

[[nodiscard]] Result<RacsBenchReport> run_racs_bench(const RacsBenchOptions& options);
[[nodiscard]] std::string to_table(const RacsBenchReport& report);
// One object, with a line end.
[[nodiscard]] std::string to_json(const RacsBenchReport& report);

}  // namespace cose::bench
