// SPDX-License-Identifier: Apache-2.0
#include "bench/racs_bench.h"

#include <algorithm>

#include <fmt/format.h>

#include "bench/bench_side.h"
#include "bench/tls_load.h"
#include "bytes/hex.h"
#include "grid/limits.h"

namespace cose::bench {

namespace {

using std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;
using Seconds = std::chrono::duration<double>;

constexpr unsigned kMostSessions = 100'000;

// 00 CA 00 00 Lc 01 02 03 ..., as the plain side sends it (bench/bench_side.cc).
std::string command_text(unsigned payload) {
  Bytes command{0x00, 0xCA, 0x00, 0x00, static_cast<std::uint8_t>(payload)};
  for (unsigned at = 1; at <= payload; ++at) command.push_back(static_cast<std::uint8_t>(at));
  return to_hex(command);
}

std::string response_of(std::string_view status) {
  return "BEGIN\r\n" + std::string(status) + "\r\nEND\r\n";
}

Exchange apdu_exchange(grid::SlotNumber slot, unsigned payload) {
  constexpr std::size_t kHeaderDigits = 10;
  const auto command = command_text(payload);
  return {"BEGIN\r\nAPDU " + slot.text() + " " + command + "\r\nEND\r\n",
          response_of("+006 001 " + command.substr(kHeaderDigits) + "9000")};
}

// Work without a card, for sessions beyond those that a rack has slots for.
Exchange echo_exchange(unsigned payload) {
  const auto command = command_text(payload);
  return {"BEGIN\r\nECHO " + command + "\r\nEND\r\n", response_of("+009 001 " + command)};
}

Status check(const RacsBenchOptions& options) {
  const auto in_range = [](unsigned value, unsigned least, unsigned most) { return value >= least && value <= most; };
  if (!in_range(options.compared, 1, grid::kSlots / 2))
    return fail(ErrorKind::kInvalid, "expected 1 to 208 sessions to compare: each needs a slot on either side");
  if (!in_range(options.sessions, options.compared, kMostSessions) || !in_range(options.idle, 0, kMostSessions))
    return fail(ErrorKind::kInvalid, "expected as many sessions as are compared, to 100000; and as many idle ones");
  if (!in_range(options.rounds, 1, 1000) || !in_range(options.payload, 1, 255))
    return fail(ErrorKind::kInvalid, "expected 1 to 1000 rounds and 1 to 255 octets of data");
  return {};
}

BenchRound round_of(const LoadFigures& figures, Nanoseconds server_time) {
  const auto& latencies = figures.latencies;
  const auto count = static_cast<double>(std::max<std::uint64_t>(latencies.count(), 1));
  return {.rate = figures.rate(),
          .p50 = Microseconds(latencies.percentile(0.50)).count(),
          .p99 = Microseconds(latencies.percentile(0.99)).count(),
          .server_cpu = Microseconds(server_time).count() / count};
}

SideFigures figures_of(const std::vector<BenchRound>& rounds) {
  const auto spread = [&](auto member) {
    std::vector<double> values;
    for (const auto& round : rounds) values.push_back(round.*member);
    return Spread::of(std::move(values));
  };
  std::vector<double> times;
  for (const auto& round : rounds) times.push_back(round.server_cpu.value_or(0));
  return {spread(&BenchRound::rate), spread(&BenchRound::p50), spread(&BenchRound::p99), Spread::of(std::move(times))};
}

double quotient(double dividend, double divisor) {
  return divisor > 0 ? dividend / divisor : 0;
}

// One grid, its plain side and its RACS side.
class RacsBench {
 public:
  RacsBench(const RacsBenchOptions& options, BenchSide plain, ServerProcess process, TlsLoad tls)
      : options_(options), plain_(std::move(plain)), process_(std::move(process)), tls_(std::move(tls)) {
    report_.options = options;
  }

  [[nodiscard]] Result<RacsBenchReport> run() {
    COSE_CHECK(compare());
    COSE_CHECK(fill());
    COSE_CHECK(rest());
    tls_.close_from(0);
    COSE_CHECK(plain_.stop());
    COSE_CHECK(process_.stop());
    return report_;
  }

 private:
  [[nodiscard]] Result<BenchRound> measure_plain() {
    COSE_TRY(const auto before, process_.processor_time());
    COSE_TRY(auto round, plain_.measure(options_.round));
    COSE_TRY(const auto after, process_.processor_time());
    round.server_cpu =
        quotient(Microseconds(after - before).count(), round.rate * Seconds(options_.round).count() * 1.1);
    return round;
  }

  [[nodiscard]] Result<BenchRound> measure_tls() {
    COSE_CHECK(tls_.run(options_.round / 10));
    COSE_TRY(const auto before, process_.processor_time());
    COSE_TRY(const auto figures, tls_.run(options_.round));
    COSE_TRY(const auto after, process_.processor_time());
    return round_of(figures, after - before);
  }

  [[nodiscard]] Status compare() {
    COSE_CHECK(plain_.open_busy(options_.compared, options_.payload));
    COSE_CHECK(tls_.open(options_.compared));
    for (std::size_t at = 0; at < options_.compared; ++at) set_work(at);
    std::vector<BenchRound> plain;
    std::vector<BenchRound> racs;
    std::vector<double> ratios;
    for (unsigned round = 0; round < options_.rounds; ++round) {
      COSE_TRY(plain.emplace_back(), measure_plain());
      COSE_TRY(racs.emplace_back(), measure_tls());
      ratios.push_back(quotient(racs.back().p99, plain.back().p99));
    }
    report_.plain = figures_of(plain);
    report_.racs = figures_of(racs);
    report_.rate_ratio = quotient(report_.plain.rate.median, report_.racs.rate.median);
    report_.p99_ratio = quotient(report_.racs.p99.median, report_.plain.p99.median);
    report_.p99_ratio_of_rounds = Spread::of(std::move(ratios));
    return {};
  }

  void set_work(std::size_t at) {
    // The first slots are the plain side's.
    const auto index = options_.compared + at;
    tls_.set(at, index < grid::kSlots ? apdu_exchange(grid::SlotNumber::from_index(index), options_.payload)
                                      : echo_exchange(options_.payload));
  }

  // Handshakes up to all sessions, then all of them at work.
  [[nodiscard]] Status fill() {
    const auto more = options_.sessions - tls_.size();
    if (more > 0) {
      COSE_TRY(const auto before, process_.processor_time());
      const auto began = steady_clock::now();
      COSE_CHECK(tls_.open(more));
      report_.handshakes_per_second = static_cast<double>(more) / Seconds(steady_clock::now() - began).count();
      COSE_TRY(const auto after, process_.processor_time());
      report_.handshake_server_cpu = Microseconds(after - before).count() / static_cast<double>(more);
    }
    for (std::size_t at = 0; at < options_.sessions; ++at) set_work(at);
    std::vector<BenchRound> rounds;
    for (unsigned round = 0; round < options_.rounds; ++round) {
      COSE_TRY(rounds.emplace_back(), measure_tls());
    }
    report_.many = figures_of(rounds);
    return {};
  }

  [[nodiscard]] Status rest() {
    if (options_.idle == 0) return {};
    COSE_TRY(const auto before, process_.private_memory());
    COSE_CHECK(tls_.open(options_.idle));
    COSE_TRY(const auto after, process_.private_memory());
    report_.session_memory = (static_cast<double>(after) - static_cast<double>(before)) / options_.idle;
    std::vector<double> rates;
    for (unsigned round = 0; round < options_.rounds; ++round) {
      COSE_TRY(const auto measured, measure_tls());
      rates.push_back(measured.rate);
    }
    report_.rate_with_idle = Spread::of(std::move(rates));
    return {};
  }

  RacsBenchOptions options_;
  BenchSide plain_;
  ServerProcess process_;
  TlsLoad tls_;
  RacsBenchReport report_;
};

std::string row(std::string_view name, const SideFigures& side) {
  return fmt::format("{:<18}{:>14.0f}{:>10.1f}{:>10.1f}{:>15.2f}\n", name, side.rate.median, side.p50.median,
                     side.p99.median, side.server_cpu ? side.server_cpu->median : 0);
}

std::string json(const SideFigures& side) {
  return fmt::format(R"({{"round_trips_per_second":{:.1f},"p50_us":{:.2f},"p99_us":{:.2f},"server_cpu_us":{:.3f}}})",
                     side.rate.median, side.p50.median, side.p99.median, side.server_cpu ? side.server_cpu->median : 0);
}

}  // namespace

Result<RacsBenchReport> run_racs_bench(const RacsBenchOptions& options) {
  constexpr std::size_t kOtherDescriptors = 128;
  COSE_CHECK(check(options));
  COSE_CHECK(allow_descriptors(std::size_t{options.compared} + options.sessions + options.idle + kOtherDescriptors));
  COSE_TRY(auto context, net::TlsContext::client(options.tls));
  COSE_TRY(auto process, ServerProcess::start(options.server_command, 2));
  COSE_TRY(auto plain, BenchSide::reach(process.endpoints()[0], LineProtocol::kGrid));
  COSE_TRY(auto tls, TlsLoad::make(std::move(context), process.endpoints()[1]));
  return RacsBench(options, std::move(plain), std::move(process), std::move(tls)).run();
}

std::string to_table(const RacsBenchReport& report) {
  const auto& options = report.options;
  auto text = fmt::format("{} sessions on each side, {} octets of data, {} interleaved rounds of {} ms\n",
                          options.compared, options.payload, options.rounds, options.round.count());
  text += fmt::format("{:<18}{:>14}{:>10}{:>10}{:>15}\n", "", "round trips/s", "p50 us", "p99 us", "server CPU us");
  text += row("plain", report.plain) + row("RACS over TLS", report.racs);
  text += fmt::format(
      "plain does {:.2f} times the round trips; p99 over RACS is {:.2f} times the plain one "
      "({:.2f} ... {:.2f} in single rounds)\n",
      report.rate_ratio, report.p99_ratio, report.p99_ratio_of_rounds.least, report.p99_ratio_of_rounds.most);
  text += row(fmt::format("{} sessions", options.sessions), report.many);
  if (report.handshakes_per_second > 0)
    text += fmt::format("{:.0f} handshakes/s with client certificates, {:.0f} us of the server's processor each\n",
                        report.handshakes_per_second, report.handshake_server_cpu);
  if (options.idle > 0)
    text += fmt::format(
        "{} silent sessions beside them: {:.1f} KiB of the server's memory each; {:.0f} round trips/s "
        "of the others\n",
        options.idle, report.session_memory / 1024, report.rate_with_idle.median);
  return text;
}

std::string to_json(const RacsBenchReport& report) {
  const auto& options = report.options;
  return fmt::format(
      R"({{"compared":{},"sessions":{},"idle":{},"payload":{},"rounds":{},"round_ms":{},"plain":{},"racs":{},)"
      R"("plain_to_tls":{:.3f},"p99_ratio":{:.3f},"many":{},"handshakes_per_second":{:.1f},"handshake_cpu_us":{:.1f},)"
      R"("session_memory":{:.0f},"rate_with_idle":{:.1f}}})"
      "\n",
      options.compared, options.sessions, options.idle, options.payload, options.rounds, options.round.count(),
      json(report.plain), json(report.racs), report.rate_ratio, report.p99_ratio, json(report.many),
      report.handshakes_per_second, report.handshake_server_cpu, report.session_memory, report.rate_with_idle.median);
}

}  // namespace cose::bench
