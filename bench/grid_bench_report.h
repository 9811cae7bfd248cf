// SPDX-License-Identifier: Apache-2.0
// What a bench of a grid found, as numbers, as a table for people and as JSON for programs. Value types.
//
// Machines halt now and then, for half a second at worst: a figure is the median of rounds that alternate between the
// two sides, with the least and the most beside it.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cose::bench {

struct Spread {
  double median = 0;
  double least = 0;
  double most = 0;

  // Of at least one value; the median of an even number is the mean of the two in the middle.
  [[nodiscard]] static Spread of(std::vector<double> values);

  friend bool operator==(const Spread&, const Spread&) = default;
};

struct SideFigures {
  Spread rate;                       // round trips per second
  Spread p50;                        // microseconds
  Spread p99;                        // microseconds
  std::optional<Spread> server_cpu;  // microseconds of the server's processor time for each round trip
};

struct IdleFigures {
  unsigned connections = 0;
  Spread rate_without;  // round trips per second of the busy connections
  Spread rate_with;
  double kept = 0;                    // of the medians
  std::optional<double> memory_each;  // octets of the server's private memory for each idle connection
};

struct GridBenchReport {
  unsigned connections = 0;  // that are busy
  unsigned resting = 0;      // more connections than slots: these only stay open
  unsigned rounds = 0;
  unsigned payload = 0;
  std::chrono::milliseconds round{};
  SideFigures limit;
  SideFigures grid;
  double ratio = 0;        // of the medians of the rates, grid to limit
  Spread ratio_of_rounds;  // each round's grid to the limit just before it
  std::optional<IdleFigures> idle;
};

[[nodiscard]] std::string to_table(const GridBenchReport& report);
// One object, with a line end.
[[nodiscard]] std::string to_json(const GridBenchReport& report);

}  // namespace cose::bench
