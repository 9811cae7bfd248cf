// SPDX-License-Identifier: Apache-2.0
// `cose bench grid`: how fast a grid with cards that only echo is, beside the physical limit of a line protocol on the
// same machine in the same minutes.
//
// Both servers are processes of their own, so that the load has a processor for itself and times and memory are
// theirs. Blocks for about 2 * rounds * round, twice that with idle connections. Starts no thread.
// Errors: kInvalid (options), kLimit (open files), those of ServerProcess and LineLoad, each saying on which side.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bench/bench_side.h"
#include "bench/grid_bench_report.h"
#include "bytes/result.h"

namespace cose::bench {

struct GridBenchOptions {
  // Each busy connection has a slot of its own; those beyond the slots only stay open.
  unsigned connections = 64;
  unsigned slots = 64;
  unsigned rounds = 5;
  std::chrono::milliseconds round{1000};
  unsigned payload = 16;  // octets of command data, 1 to 255
  // Connections that only stay open, in every second of further rounds.
  unsigned idle = 0;

  // HOST:PORT of a running grid; empty: server_command starts one.
  std::string target{};
  // Words of a command that behaves as bench/server_process.h says. The grid's slots 101, 102, ... echo.
  std::vector<std::string> server_command{};
  // The same for a LineEchoServer (bench/line_echo_program.h).
  std::vector<std::string> limit_command{};
};

[[nodiscard]] Result<GridBenchReport> run_grid_bench(const GridBenchOptions& options);

// The same between two servers that are there already and have no connections yet; they are left running.
[[nodiscard]] Result<GridBenchReport> compare_sides(BenchSide& limit, BenchSide& grid, const GridBenchOptions& options);

}  // namespace cose::bench
