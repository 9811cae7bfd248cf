// SPDX-License-Identifier: Apache-2.0
#include "bench/grid_bench.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "bench/descriptor.h"
#include "grid/limits.h"

namespace cose::bench {

namespace {

constexpr unsigned kMostRounds = 1000;
constexpr unsigned kMostPayload = 255;
constexpr unsigned kMostIdle = 100'000;
constexpr std::chrono::milliseconds kShortestRound{10};
constexpr std::chrono::milliseconds kLongestRound = std::chrono::minutes(10);

Status check_range(std::string_view what, std::int64_t value, std::int64_t least, std::int64_t most) {
  if (value >= least && value <= most) return {};
  return fail(ErrorKind::kInvalid, "expected " + std::to_string(least) + " to " + std::to_string(most) + " " +
                                       std::string(what) + ", found " + std::to_string(value));
}

Status check(const GridBenchOptions& options) {
  COSE_CHECK(check_range("connections (a rack has as many slots; hold more open as idle ones)", options.connections, 1,
                         grid::kSlots));
  COSE_CHECK(check_range("slots", options.slots, 1, grid::kSlots));
  COSE_CHECK(check_range("rounds", options.rounds, 1, kMostRounds));
  COSE_CHECK(check_range("octets of data", options.payload, 1, kMostPayload));
  COSE_CHECK(check_range("idle connections", options.idle, 0, kMostIdle));
  return check_range("milliseconds in a round", options.round.count(), kShortestRound.count(), kLongestRound.count());
}

template <typename T>
Result<T> on(std::string_view side, Result<T> result) {
  if (!result) return std::unexpected(result.error().within(side));
  return result;
}

template <typename Member>
Spread spread_of(const std::vector<BenchRound>& rounds, Member member) {
  std::vector<double> values;
  values.reserve(rounds.size());
  for (const auto& round : rounds) values.push_back(round.*member);
  return Spread::of(std::move(values));
}

SideFigures figures_of(const std::vector<BenchRound>& rounds) {
  SideFigures figures{.rate = spread_of(rounds, &BenchRound::rate),
                      .p50 = spread_of(rounds, &BenchRound::p50),
                      .p99 = spread_of(rounds, &BenchRound::p99),
                      .server_cpu = std::nullopt};
  std::vector<double> times;
  for (const auto& round : rounds)
    if (round.server_cpu) times.push_back(*round.server_cpu);
  if (!times.empty()) figures.server_cpu = Spread::of(std::move(times));
  return figures;
}

double quotient(double dividend, double divisor) {
  return divisor > 0 ? dividend / divisor : 0;
}

Status compare(BenchSide& limit, BenchSide& grid, const GridBenchOptions& options, GridBenchReport& report) {
  std::vector<BenchRound> limit_rounds;
  std::vector<BenchRound> grid_rounds;
  std::vector<double> ratios;
  for (unsigned round = 0; round < options.rounds; ++round) {
    COSE_TRY(limit_rounds.emplace_back(), on("limit", limit.measure(options.round)));
    COSE_TRY(grid_rounds.emplace_back(), on("grid", grid.measure(options.round)));
    ratios.push_back(quotient(grid_rounds.back().rate, limit_rounds.back().rate));
  }
  report.limit = figures_of(limit_rounds);
  report.grid = figures_of(grid_rounds);
  report.ratio = quotient(report.grid.rate.median, report.limit.rate.median);
  report.ratio_of_rounds = Spread::of(std::move(ratios));
  return {};
}

// Memory is compared at the first opening: later ones find what earlier ones have given back.
Status open_idle(BenchSide& grid, const GridBenchOptions& options, IdleFigures& figures, bool first) {
  COSE_TRY(const auto before, grid.memory());
  COSE_CHECK(grid.open_idle(options.idle));
  COSE_TRY(const auto after, grid.memory());
  if (!first || !before || !after) return {};
  figures.memory_each = (static_cast<double>(*after) - static_cast<double>(*before)) / options.idle;
  return {};
}

Result<IdleFigures> compare_idle(BenchSide& grid, const GridBenchOptions& options) {
  IdleFigures figures;
  figures.connections = options.idle;
  std::vector<BenchRound> without;
  std::vector<BenchRound> with;
  for (unsigned round = 0; round < options.rounds; ++round) {
    COSE_TRY(without.emplace_back(), grid.measure(options.round));
    COSE_CHECK(open_idle(grid, options, figures, round == 0));
    COSE_TRY(with.emplace_back(), grid.measure(options.round));
    grid.close_idle();
  }
  figures.rate_without = spread_of(without, &BenchRound::rate);
  figures.rate_with = spread_of(with, &BenchRound::rate);
  figures.kept = quotient(figures.rate_with.median, figures.rate_without.median);
  return figures;
}

Status open_connections(BenchSide& limit, BenchSide& grid, const GridBenchOptions& options,
                        const GridBenchReport& report) {
  COSE_CHECK(on("limit", limit.open_busy(report.connections, options.payload)));
  COSE_CHECK(on("limit", limit.open_resting(report.resting)));
  COSE_CHECK(on("grid", grid.open_busy(report.connections, options.payload)));
  return on("grid", grid.open_resting(report.resting));
}

Result<BenchSide> start_or_reach_grid(const GridBenchOptions& options) {
  if (options.target.empty()) return BenchSide::start(options.server_command, LineProtocol::kGrid);
  COSE_TRY(const auto endpoint, net::Endpoint::parse(options.target, net::kSimArrayPort));
  return BenchSide::reach(endpoint, LineProtocol::kGrid);
}

}  // namespace

Result<GridBenchReport> compare_sides(BenchSide& limit, BenchSide& grid, const GridBenchOptions& options) {
  GridBenchReport report;
  report.connections = std::min(options.connections, options.slots);
  report.resting = options.connections - report.connections;
  report.rounds = options.rounds;
  report.payload = options.payload;
  report.round = options.round;
  COSE_CHECK(open_connections(limit, grid, options, report));
  COSE_CHECK(compare(limit, grid, options, report));
  if (options.idle > 0) {
    COSE_TRY(report.idle, compare_idle(grid, options));
  }
  return report;
}

Result<GridBenchReport> run_grid_bench(const GridBenchOptions& options) {
  // Standard streams, epoll sets, pipes, listeners and what a server keeps open besides its connections.
  constexpr std::size_t kOtherDescriptors = 128;
  COSE_CHECK(check(options));
  COSE_CHECK(allow_descriptors(2 * std::size_t{options.connections} + options.idle + kOtherDescriptors));
  COSE_TRY(auto limit, on("limit", BenchSide::start(options.limit_command, LineProtocol::kEcho)));
  COSE_TRY(auto grid, on("grid", start_or_reach_grid(options)));
  COSE_TRY(auto report, compare_sides(limit, grid, options));
  COSE_CHECK(on("limit", limit.stop()));
  COSE_CHECK(on("grid", grid.stop()));
  return report;
}

}  // namespace cose::bench
