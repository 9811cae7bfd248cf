// SPDX-License-Identifier: Apache-2.0
// What a state directory of many cards costs: making, opening, waking, committing, each beside a limit of the same run.
//
// The cards are whatever the factory makes, from one template, with an applet that counts and keeps personal data
// (tests/state/counter.jca says how): by the program whole software cards with keys of their own. Works in an empty
// directory of the caller's, which it leaves to the caller. Single-threaded but for the engine's own background work;
// times are the machine's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "fleet/stateful_card.h"

namespace cose::bench {

struct StateBenchOptions {
  std::string directory;
  std::size_t cards = 100'000;
  std::size_t personal = 1024;  // octets of personal data in each, at most 2048
  fleet::CardFactory* factory = nullptr;
  Bytes applet;  // its name
  std::size_t wakes = 20'000;
  std::size_t memory = std::size_t{64} << 20;  // budget of cards that are awake
  std::size_t rounds = 200;                    // of counters, for each number of cards
};

struct CounterFigures {
  std::size_t at_once = 0;
  double raw_microseconds = 0;  // a write of as many octets and a flush, the median
  double microseconds = 0;      // of a group, the median
  double ratio = 0;
  double flushes_per_group = 0;
  double log_octets_per_commit = 0;
};

struct StateBenchReport {
  std::size_t cards = 0;
  double made_per_second = 0;
  double disk_octets_per_card = 0;
  double disk_octets_per_card_compacted = 0;
  double open_milliseconds = 0;
  double wake_p50_microseconds = 0;
  double wake_p99_microseconds = 0;
  double wake_commit_p50_microseconds = 0;  // a first command that changes the card
  double wake_commit_p99_microseconds = 0;
  double wake_flush_p50_microseconds = 0;  // a write of as many octets and a flush, in turns with those
  double wake_flush_p99_microseconds = 0;
  std::size_t memory_budget = 0;     // of cards
  std::size_t largest_cards = 0;     // memory of cards that were awake
  std::size_t resident_at_open = 0;  // of the process
  std::size_t largest_resident = 0;
  std::vector<CounterFigures> counters;
};

[[nodiscard]] Result<StateBenchReport> run_state_bench(const StateBenchOptions& options);
[[nodiscard]] std::string to_table(const StateBenchReport& report);

}  // namespace cose::bench
