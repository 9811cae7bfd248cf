// SPDX-License-Identifier: Apache-2.0
#include "bench/grid_bench.h"

#include <memory>

#include <gtest/gtest.h>

#include "bench/testing/echo_thread.h"
#include "bytes/log.h"
#include "host/system_clock.h"
#include "iso7816/echo_card.h"
#include "net/grid_server.h"

namespace cose::bench {
namespace {

using testing::EchoThread;

GridBenchReport example_report() {
  GridBenchReport report;
  report.connections = 64;
  report.rounds = 5;
  report.payload = 16;
  report.round = std::chrono::seconds(1);
  report.limit = {.rate = {132'024.4, 122'402, 149'430},
                  .p50 = {436.2, 400, 500},
                  .p99 = {897, 800, 1000},
                  .server_cpu = Spread{6.66, 6, 7}};
  report.grid = {.rate = {114'808, 112'786, 122'388},
                 .p50 = {536.6, 500, 600},
                 .p99 = {1011.7, 900, 2000},
                 .server_cpu = std::nullopt};
  report.ratio = 0.8696;
  report.ratio_of_rounds = {0.87, 0.8, 0.9};
  return report;
}

TEST(GridBenchReport, IsATableForPeople) {
  EXPECT_EQ(to_table(example_report()),
            "64 connections, 16 octets of data, 5 interleaved rounds of 1000 ms\n"
            "             round trips/s   least ... most         p50 us   p99 us  server CPU us\n"
            "epoll limit         132024   122402 ... 149430       436.2    897.0           6.66\n"
            "grid                114808   112786 ... 122388       536.6   1011.7              -\n"
            "ratio 0.87 of the epoll limit (64 connections, medians of 5 interleaved rounds)\n");
}

TEST(GridBenchReport, NamesRestingAndIdleConnections) {
  auto report = example_report();
  report.resting = 36;
  report.idle = IdleFigures{.connections = 10'000,
                            .rate_without = {80'000, 1, 2},
                            .rate_with = {76'000, 1, 2},
                            .kept = 0.95,
                            .memory_each = 2150.4};
  const auto table = to_table(report);
  EXPECT_NE(table.find("36 more connections stay open without a slot\n"), std::string::npos);
  EXPECT_NE(table.find("10000 idle connections beside them: 76000 round trips/s, 80000 without: 0.95 kept\n"
                       "2.1 KiB of the server's memory for each idle connection\n"),
            std::string::npos);
}

TEST(GridBenchReport, IsJsonForPrograms) {
  auto report = example_report();
  report.idle = IdleFigures{.connections = 9, .rate_without = {}, .rate_with = {}, .kept = 0.5, .memory_each = {}};
  EXPECT_EQ(to_json(report),
            R"({"connections":64,"resting":0,"payload":16,"rounds":5,"round_ms":1000,)"
            R"("limit":{"round_trips_per_second":{"median":132024.400,"least":122402.000,"most":149430.000},)"
            R"("p50_us":{"median":436.200,"least":400.000,"most":500.000},)"
            R"("p99_us":{"median":897.000,"least":800.000,"most":1000.000},)"
            R"("server_cpu_us":{"median":6.660,"least":6.000,"most":7.000}},)"
            R"("grid":{"round_trips_per_second":{"median":114808.000,"least":112786.000,"most":122388.000},)"
            R"("p50_us":{"median":536.600,"least":500.000,"most":600.000},)"
            R"("p99_us":{"median":1011.700,"least":900.000,"most":2000.000},"server_cpu_us":null},)"
            R"("ratio":0.870,"ratio_of_rounds":{"median":0.870,"least":0.800,"most":0.900},)"
            R"("idle":{"connections":9,"rate_without":{"median":0.000,"least":0.000,"most":0.000},)"
            R"("rate_with":{"median":0.000,"least":0.000,"most":0.000},"kept":0.500,"memory_each":null}})"
            "\n");
  report.idle.reset();
  EXPECT_TRUE(to_json(report).ends_with("\"idle\":null}\n"));
}

TEST(Spread, HasTheMedianInTheMiddle) {
  EXPECT_EQ(Spread::of({5}), (Spread{5, 5, 5}));
  EXPECT_EQ(Spread::of({9, 1, 2}), (Spread{2, 1, 9}));
  EXPECT_EQ(Spread::of({4, 1, 2, 9}), (Spread{3, 1, 9}));
}

// A rack with an echo card in each of its first `slots` slots.
class EchoGrid {
 public:
  explicit EchoGrid(std::size_t slots) {
    std::vector<net::RackOptions> racks(1);
    racks[0].listen = {.host = "127.0.0.1", .port = 0};
    for (std::size_t index = 0; index < slots; ++index)
      racks[0].slots[grid::SlotNumber::from_index(index)] = std::make_shared<iso7816::EchoSource>();
    server_ = net::GridServer::start(std::move(racks), clock_, log_).value();
  }

  [[nodiscard]] const net::Endpoint& endpoint() const { return server_->endpoints()[0]; }

 private:
  host::SystemClock clock_;
  NullLog log_;
  std::unique_ptr<net::GridServer> server_;
};

TEST(GridBench, ComparesTwoServers) {
  const EchoThread echo;
  const EchoGrid rack(3);
  auto limit = BenchSide::reach(echo.endpoint(), LineProtocol::kEcho).value();
  auto grid = BenchSide::reach(rack.endpoint(), LineProtocol::kGrid).value();
  GridBenchOptions options{.connections = 5, .slots = 3, .rounds = 2, .round = std::chrono::milliseconds(20)};
  options.payload = 255;
  options.idle = 7;
  const auto report = compare_sides(limit, grid, options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->connections, 3U);
  EXPECT_EQ(report->resting, 2U);
  EXPECT_EQ(report->rounds, 2U);
  EXPECT_FALSE(report->grid.server_cpu);
  ASSERT_TRUE(report->idle);
  EXPECT_EQ(report->idle->connections, 7U);
  EXPECT_FALSE(report->idle->memory_each);
  EXPECT_TRUE(limit.stop());
  EXPECT_TRUE(grid.stop());
}

TEST(GridBench, PassesOnTheWordsOfTheGrid) {
  const EchoThread echo;
  const EchoGrid rack(1);
  auto limit = BenchSide::reach(echo.endpoint(), LineProtocol::kEcho).value();
  auto grid = BenchSide::reach(rack.endpoint(), LineProtocol::kGrid).value();
  const auto report = compare_sides(limit, grid, {.connections = 2, .slots = 2});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message,
            "grid: USE 102: expected a reply 000, found \"401 nothing is configured in this slot\"");
}

struct BadOptions {
  GridBenchOptions options;
  std::string_view message;
};

TEST(GridBench, ChecksItsOptionsFirst) {
  const BadOptions cases[] = {
      {{.connections = 417},
       "expected 1 to 416 connections (a rack has as many slots; hold more open as idle ones), found 417"},
      {{.connections = 0},
       "expected 1 to 416 connections (a rack has as many slots; hold more open as idle ones), found 0"},
      {{.slots = 417}, "expected 1 to 416 slots, found 417"},
      {{.rounds = 0}, "expected 1 to 1000 rounds, found 0"},
      {{.round = std::chrono::milliseconds(-1)}, "expected 10 to 600000 milliseconds in a round, found -1"},
      {{.payload = 256}, "expected 1 to 255 octets of data, found 256"},
      {{.idle = 100'001}, "expected 0 to 100000 idle connections, found 100001"},
      {{}, "limit: expected a command that starts a server, found none"},
  };
  for (const auto& each : cases) {
    const auto report = run_grid_bench(each.options);
    ASSERT_FALSE(report) << each.message;
    EXPECT_EQ(report.error().message, each.message);
  }
}

}  // namespace
}  // namespace cose::bench
