// SPDX-License-Identifier: Apache-2.0
#include "bench/grid_bench_report.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "bytes/result.h"

namespace cose::bench {

namespace {

std::string table_row(std::string_view name, const SideFigures& side) {
  const auto range = fmt::format("{:.0f} ... {:.0f}", side.rate.least, side.rate.most);
  const auto cpu = side.server_cpu ? fmt::format("{:.2f}", side.server_cpu->median) : std::string("-");
  return fmt::format("{:<12}{:>14.0f}   {:<20}{:>9.1f}{:>9.1f}{:>15}\n", name, side.rate.median, range, side.p50.median,
                     side.p99.median, cpu);
}

std::string idle_lines(const IdleFigures& idle) {
  auto lines = fmt::format("{} idle connections beside them: {:.0f} round trips/s, {:.0f} without: {:.2f} kept\n",
                           idle.connections, idle.rate_with.median, idle.rate_without.median, idle.kept);
  if (idle.memory_each)
    lines += fmt::format("{:.1f} KiB of the server's memory for each idle connection\n", *idle.memory_each / 1024);
  return lines;
}

std::string json(double number) {
  return fmt::format("{:.3f}", number);
}

std::string json(const Spread& spread) {
  return fmt::format(R"({{"median":{:.3f},"least":{:.3f},"most":{:.3f}}})", spread.median, spread.least, spread.most);
}

template <typename Value>
std::string json(const std::optional<Value>& value) {
  return value ? json(*value) : "null";
}

std::string json(const SideFigures& side) {
  return fmt::format(R"({{"round_trips_per_second":{},"p50_us":{},"p99_us":{},"server_cpu_us":{}}})", json(side.rate),
                     json(side.p50), json(side.p99), json(side.server_cpu));
}

std::string json(const IdleFigures& idle) {
  return fmt::format(R"({{"connections":{},"rate_without":{},"rate_with":{},"kept":{},"memory_each":{}}})",
                     idle.connections, json(idle.rate_without), json(idle.rate_with), json(idle.kept),
                     json(idle.memory_each));
}

}  // namespace

Spread Spread::of(std::vector<double> values) {
  COSE_ASSERT(!values.empty());
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back()};
}

std::string to_table(const GridBenchReport& report) {
  auto text = fmt::format("{} connections, {} octets of data, {} interleaved rounds of {} ms\n", report.connections,
                          report.payload, report.rounds, report.round.count());
  if (report.resting > 0) text += fmt::format("{} more connections stay open without a slot\n", report.resting);
  text += fmt::format("{:<12}{:>14}   {:<20}{:>9}{:>9}{:>15}\n", "", "round trips/s", "least ... most", "p50 us",
                      "p99 us", "server CPU us");
  text += table_row("epoll limit", report.limit);
  text += table_row("grid", report.grid);
  if (report.idle) text += idle_lines(*report.idle);
  text += fmt::format("ratio {:.2f} of the epoll limit ({} connections, medians of {} interleaved rounds)\n",
                      report.ratio, report.connections, report.rounds);
  return text;
}

std::string to_json(const GridBenchReport& report) {
  return fmt::format(
      R"({{"connections":{},"resting":{},"payload":{},"rounds":{},"round_ms":{},"limit":{},"grid":{},"ratio":{:.3f},)"
      R"("ratio_of_rounds":{},"idle":{}}})"
      "\n",
      report.connections, report.resting, report.payload, report.rounds, report.round.count(), json(report.limit),
      json(report.grid), report.ratio, json(report.ratio_of_rounds), report.idle ? json(*report.idle) : "null");
}

}  // namespace cose::bench
