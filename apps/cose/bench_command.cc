// SPDX-License-Identifier: Apache-2.0
// cose bench: how fast, beside the limit of this machine.
#include <iostream>
#include <memory>

#include "bench/grid_bench.h"
#include "bench/grid_bench_report.h"
#include "bench/line_echo_program.h"
#include "bench/racs_bench.h"
#include "bench/state_bench.h"
#include "bytes/hex.h"
#include "command.h"
#include "console.h"
#include "host/stored_cards.h"
#include "host/system_clock.h"

namespace cose::app {

namespace {

constexpr auto kDescription = "Measures, each time beside a limit or a rival in the same run.";

constexpr auto kGridDescription = "Round trips per second of a grid, beside a bare epoll server that echoes lines.";

constexpr auto kGridExamples = R"(Examples:
  cose bench grid                                  64 connections against a grid of its own with echo cards
  cose bench grid --connections 1
  cose bench grid --idle 10000                     what 10,000 silent connections cost the busy ones, and in memory
  cose bench grid --target 127.0.0.1:2310 --slots 32 --json

The grid and the epoll server take turns, round by round; figures are medians over the rounds. A grid given by
--target needs echo cards (echo:) in its first slots, from 101 on.)";

constexpr auto kRacsDescription = "RACS over TLS beside the plain port; handshakes, many sessions, silent ones.";

constexpr auto kRacsExamples = R"(Examples:
  cose bench racs --pki pki                        64 sessions compared, 1,000 at work, 10,000 silent
  cose bench racs --pki pki --sessions 64 --idle 0

The directory holds ca.pem, server.pem and server.key for 127.0.0.1, client.pem and client.key. Both sides take
turns, round by round; figures are medians over the rounds. Sessions beyond the slots of the rack send ECHO instead
of APDUs.)";

constexpr auto kStateDescription = "What a hundred thousand cards cost in a state directory, and durable counters.";

constexpr auto kStateExamples = R"(Examples:
  cose cap asm tests/state/counter.jca -o counter.cap
  mkdir bench && cose bench state bench --load counter.cap
  cose bench state bench --load counter.cap --cards 2000 --wakes 2000 --rounds 50

Each card has an applet, keys of its own and personal data. Counters take turns with a write of as many octets and a
flush (fdatasync), which is the limit; figures are medians.)";

struct BenchOptions {
  bench::GridBenchOptions grid;
  bench::StateBenchOptions state;
  bench::RacsBenchOptions racs;
  std::string pki;
  std::size_t memory_mib = 64;
  std::string load;
  std::string applet = "F0436F53454301";
  std::string profile;
  int milliseconds = 1000;
  bool json = false;
};

// This program again, as the server to be measured and as the limit.
void add_servers(bench::GridBenchOptions& options) {
  const std::string self = "/proc/self/exe";
  options.server_command = {self,         "serve",       "--log-level", "warning",
                            "--simarray", "127.0.0.1:0", "--slot",      "101-1332=echo:"};
  options.limit_command = {self, "bench", "line-echo"};
}

int bench_grid(BenchOptions& options) {
  add_servers(options.grid);
  options.grid.round = std::chrono::milliseconds(options.milliseconds);
  const auto report = bench::run_grid_bench(options.grid);
  if (!report) return complain_of_usage(report.error());
  std::cout << (options.json ? bench::to_json(*report) : bench::to_table(*report)) << std::flush;
  return kSuccess;
}

int bench_racs(BenchOptions& options) {
  const auto file = [&](std::string_view name) { return options.pki + "/" + std::string(name); };
  auto& racs = options.racs;
  racs.tls = {.ca = file("ca.pem"), .certificate = file("client.pem"), .key = file("client.key")};
  racs.round = std::chrono::milliseconds(options.milliseconds);
  racs.server_command = {"/proc/self/exe", "serve", "--log-level", "error", "--simarray", "127.0.0.1:0"};
  for (const auto& word :
       {std::string("--slot"), std::string("101-1332=echo:"), std::string("--racs"), std::string("127.0.0.1:0"),
        std::string("--tls-certificate"), file("server.pem"), std::string("--tls-key"), file("server.key"),
        std::string("--tls-client-ca"), file("ca.pem")})
    racs.server_command.push_back(word);
  const auto report = bench::run_racs_bench(racs);
  if (!report) return complain_of_usage(report.error());
  std::cout << (options.json ? bench::to_json(*report) : bench::to_table(*report)) << std::flush;
  return kSuccess;
}

void add_racs_bench(CLI::App& racs, BenchOptions& options) {
  racs.footer(kRacsExamples);
  racs.add_option("--pki", options.pki, "directory of certificates and keys")->required();
  racs.add_option("--compared", options.racs.compared, "sessions on each side of the comparison")
      ->capture_default_str();
  racs.add_option("--sessions", options.racs.sessions, "sessions at work at once")->capture_default_str();
  racs.add_option("--idle", options.racs.idle, "silent sessions beside them")->capture_default_str();
  racs.add_option("--rounds", options.racs.rounds, "rounds of each part")->capture_default_str();
  racs.add_option("--milliseconds", options.milliseconds, "length of a round")
      ->check(CLI::Range(10, 600'000))
      ->capture_default_str();
  racs.add_option("--payload", options.racs.payload, "octets of data in a command")->capture_default_str();
  racs.add_flag("--json", options.json, "for machines");
}

int bench_state(BenchOptions& options) {
  options.state.memory = options.memory_mib << 20;
  const host::SystemClock clock;
  host::StoredCards factory(clock, {.profile_file = options.profile, .load = {options.load}});
  options.state.factory = &factory;
  auto applet = from_hex(options.applet);
  if (!applet) return complain_of_usage(applet.error().within("--applet"));
  options.state.applet = *std::move(applet);
  const auto report = bench::run_state_bench(options.state);
  if (!report) return complain(report.error());
  std::cout << bench::to_table(*report) << std::flush;
  return kSuccess;
}

int line_echo() {
  const auto ended = bench::run_line_echo_program(std::cout);
  return ended ? kSuccess : complain(ended.error());
}

}  // namespace

Command make_bench(CLI::App& parent) {
  auto* app = parent.add_subcommand("bench", kDescription);
  app->require_subcommand(1);
  auto* grid = app->add_subcommand("grid", kGridDescription);
  const auto options = std::make_shared<BenchOptions>();
  grid->footer(kGridExamples);
  grid->add_option("--connections", options->grid.connections, "connections; those that find a slot are busy")
      ->capture_default_str();
  grid->add_option("--slots", options->grid.slots, "slots that the grid offers, one for each busy connection")
      ->capture_default_str();
  grid->add_option("--idle", options->grid.idle, "silent connections held beside them")->capture_default_str();
  grid->add_option("--rounds", options->grid.rounds, "rounds of each server")->capture_default_str();
  grid->add_option("--milliseconds", options->milliseconds, "length of a round")
      ->check(CLI::Range(10, 600'000))
      ->capture_default_str();
  grid->add_option("--payload", options->grid.payload, "octets of data in a command")->capture_default_str();
  grid->add_option("--target", options->grid.target, "HOST:PORT of a running grid; default: one is started");
  grid->add_flag("--json", options->json, "for machines");
  auto* racs = app->add_subcommand("racs", kRacsDescription);
  add_racs_bench(*racs, *options);
  auto* state = app->add_subcommand("state", kStateDescription);
  state->footer(kStateExamples);
  state->add_option("DIR", options->state.directory, "an empty directory on the disk in question")->required();
  state->add_option("--cards", options->state.cards, "how many")->capture_default_str();
  state->add_option("--load", options->load, "the applet: cose cap asm tests/state/counter.jca")->required();
  state->add_option("--applet", options->applet, "its name")->capture_default_str();
  state->add_option("--profile", options->profile, "what kind of card (docs/formats/card-profile.md)");
  state->add_option("--personal", options->state.personal, "octets of personal data in each")
      ->check(CLI::Range(1, 2048))
      ->capture_default_str();
  state->add_option("--wakes", options->state.wakes, "first commands to random cards")->capture_default_str();
  state->add_option("--memory", options->memory_mib, "MiB for cards that are awake")->capture_default_str();
  state->add_option("--rounds", options->state.rounds, "rounds of counters")->capture_default_str();
  // The limit, as a process of its own; not for people.
  auto* echo = app->add_subcommand("line-echo")->group("");
  return {app, [grid, state, racs, echo, options] {
            if (*state) return bench_state(*options);
            if (*grid) return bench_grid(*options);
            if (*racs) return bench_racs(*options);
            return *echo ? line_echo() : kUsage;
          }};
}

}  // namespace cose::app
