// SPDX-License-Identifier: Apache-2.0
#include "kiosk/meter.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "bytes/hex.h"
#include "kiosk/detail/distribution.h"

namespace cose::kiosk {

namespace {

using detail::Distribution;

// Fewer say nothing.
constexpr std::size_t kMinimumSamples = 5;
// By chance once in a thousand readings of one instruction.
constexpr double kSignificance = 0.001;
// A loaded machine delays many answers, a relay delays them all: so the quick answers of now are held against the slow
// ones of the baseline, plus what readers and systems differ by from one day to the next.
constexpr double kQuick = 0.1;
constexpr double kSlow = 0.75;
constexpr double kTolerance = 0.05;  // milliseconds
constexpr double kToleranceShare = 0.25;
// Of the instructions, so many must be slower for one cause to explain it.
constexpr double kRelayedShare = 0.75;
constexpr double kSuspiciousShare = 0.34;
constexpr std::size_t kMaximumLine = 64U << 10;

double milliseconds(Nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

Distribution distribution_of(const std::vector<Sample>& samples) {
  std::vector<double> times;
  times.reserve(samples.size());
  for (const auto& sample : samples) times.push_back(milliseconds(sample.time));
  return Distribution(std::move(times));
}

std::map<std::uint8_t, std::vector<Sample>> by_instruction(const std::vector<Sample>& samples) {
  std::map<std::uint8_t, std::vector<Sample>> sorted;
  for (const auto& sample : samples) sorted[sample.ins].push_back(sample);
  return sorted;
}

InstructionEvidence compare(std::uint8_t ins, const Distribution& before, const Distribution& now) {
  InstructionEvidence evidence{.ins = ins,
                               .baseline_count = before.size(),
                               .count = now.size(),
                               .baseline_median = before.quantile(0.5),
                               .median = now.quantile(0.5),
                               .baseline_spread = before.quantile(0.75) - before.quantile(0.25)};
  evidence.distance = detail::slower_distance(before, now);
  evidence.probability = detail::probability_of(evidence.distance, before.size(), now.size());
  evidence.quick = now.quantile(kQuick);
  const auto tolerance = std::max(kTolerance, kToleranceShare * evidence.baseline_median);
  evidence.is_slower = evidence.probability < kSignificance && evidence.quick > before.quantile(kSlow) + tolerance;
  return evidence;
}

std::string_view name_of(std::uint8_t ins) {
  switch (ins) {
    case 0xA4: return "SELECT";
    case 0xA8: return "GET PROCESSING OPTIONS";
    case 0xB2: return "READ RECORD";
    case 0xCA: return "GET DATA";
    case 0xAE: return "GENERATE AC";
    case 0x88: return "INTERNAL AUTHENTICATE";
    case 0x84: return "GET CHALLENGE";
    case 0xEA: return "EXCHANGE RELAY RESISTANCE DATA";
    case 0xC0: return "GET RESPONSE";
    default: return "instruction";
  }
}

void judge(RelayReport& report) {
  std::size_t slower = 0;
  std::vector<double> shifts;
  for (const auto& evidence : report.instructions) {
    shifts.push_back(evidence.median - evidence.baseline_median);
    slower += evidence.is_slower ? 1U : 0U;
  }
  if (shifts.empty()) {
    report.reason = "the baseline knows none of these instructions well enough";
    return;
  }
  report.common_delay = Distribution(shifts).quantile(0.5);
  const auto share = static_cast<double>(slower) / static_cast<double>(shifts.size());
  report.verdict = share >= kRelayedShare      ? RelayVerdict::kRelayed
                   : share >= kSuspiciousShare ? RelayVerdict::kSuspicious
                                               : RelayVerdict::kDirect;
  report.reason = fmt::format("{} of {} instructions are slower than the baseline's, the middle one by {:.2f} ms",
                              slower, shifts.size(), report.common_delay);
}

// The card's own word weighs more than any comparison.
void judge_exchange(RelayReport& report) {
  if (!report.exchange) return;
  const auto& measure = report.exchange->measure;
  if (measure.timing == terminal::RelayTiming::kGood) return;
  report.verdict = RelayVerdict::kRelayed;
  const bool is_fast = measure.timing == terminal::RelayTiming::kTooFast;
  report.reason = fmt::format("relay resistance: the card says {:.1f} to {:.1f} ms, measured are {:.1f}{}; {}",
                              report.exchange->answer.minimum / 10.0, report.exchange->answer.maximum / 10.0,
                              measure.processing / 10.0, is_fast ? ", less than it can" : "", report.reason);
}

Result<Sample> parse_sample(std::uint8_t ins, std::string_view word) {
  std::uint64_t octets = 0, micros = 0;
  const auto* end = word.data() + word.size();
  const auto first = std::from_chars(word.data(), end, octets);
  if (first.ec == std::errc() && first.ptr != end && *first.ptr == ':') {
    const auto second = std::from_chars(first.ptr + 1, end, micros);
    constexpr std::uint64_t kLongest = 3'600'000'000;  // an hour
    if (second.ec == std::errc() && second.ptr == end && micros <= kLongest)
      return Sample{.ins = ins, .octets = octets, .time = std::chrono::microseconds(micros)};
  }
  return fail(ErrorKind::kInvalid, "expected OCTETS:MICROSECONDS, found " + std::string(word.substr(0, 40)));
}

Item item_of_instruction(const InstructionEvidence& evidence, const Distribution& before, const Distribution& now) {
  auto item = group(
      fmt::format("{:02X} {}", evidence.ins, name_of(evidence.ins)),
      fmt::format("median {:.2f} ms, baseline {:.2f} ms (spread {:.2f}), D {:.2f}, probability {:.1e}", evidence.median,
                  evidence.baseline_median, evidence.baseline_spread, evidence.distance, evidence.probability));
  if (evidence.is_slower) item.kind = ItemKind::kProblem;
  item.histogram = detail::histogram_of(before, now);
  return item;
}

}  // namespace

Status TimingCard::transmit(ByteView command, Bytes& response) {
  const auto begin = clock_.monotonic();
  COSE_CHECK(card().transmit(command, response));
  const auto time = clock_.monotonic() - begin;
  if (command.size() >= 2 && samples_.size() < kMaximumSamples)
    samples_.push_back({.ins = command[1], .octets = command.size() + response.size(), .time = time});
  return {};
}

Result<Baseline> Baseline::parse(std::string_view text) {
  Baseline baseline;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto where = "line " + std::to_string(number);
    if (line.size() > kMaximumLine) return fail(ErrorKind::kLimit, where + ": too long");
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("name ")) {
      baseline.name = line.substr(5);
      continue;
    }
    const auto ins = from_hex(line.substr(0, 2));
    if (!ins || ins->size() != 1 || line.size() < 3 || line[2] != ' ')
      return fail(ErrorKind::kInvalid, where + ": expected an instruction and its samples");
    line.remove_prefix(3);
    std::vector<Sample> samples;
    while (!line.empty()) {
      const auto word = line.substr(0, line.find(' '));
      line.remove_prefix(std::min(line.size(), word.size() + 1));
      auto sample = parse_sample(ins->front(), word);
      if (!sample) return std::unexpected(sample.error().within(where));
      samples.push_back(*sample);
    }
    baseline.learn(samples);
  }
  return baseline;
}

std::string Baseline::to_text() const {
  std::string text = "# Round trips of a card that is not relayed: INS, then OCTETS:MICROSECONDS.\n";
  if (!name.empty()) text += "name " + name + "\n";
  for (const auto& [ins, samples] : instructions_) {
    text += fmt::format("{:02X}", ins);
    for (const auto& sample : samples)
      text += fmt::format(" {}:{}", sample.octets,
                          std::chrono::duration_cast<std::chrono::microseconds>(sample.time).count());
    text += "\n";
  }
  return text;
}

void Baseline::learn(const std::vector<Sample>& samples) {
  for (const auto& sample : samples) {
    auto& known = instructions_[sample.ins];
    // The oldest give way: a baseline follows its reader.
    if (known.size() == kMaximumPerInstruction) known.erase(known.begin());
    known.push_back(sample);
  }
}

std::string_view to_string(RelayVerdict verdict) {
  switch (verdict) {
    case RelayVerdict::kDirect: return "direct";
    case RelayVerdict::kSuspicious: return "suspicious";
    case RelayVerdict::kRelayed: return "relayed";
    case RelayVerdict::kUnknown: break;
  }
  return "unknown";
}

RelayReport judge_relay(const Baseline& baseline, const std::vector<Sample>& samples,
                        std::optional<ExchangeEvidence> exchange) {
  RelayReport report;
  for (const auto& [ins, now] : by_instruction(samples)) {
    const auto before = baseline.instructions().find(ins);
    if (before == baseline.instructions().end() || before->second.size() < kMinimumSamples ||
        now.size() < kMinimumSamples)
      continue;
    report.instructions.push_back(compare(ins, distribution_of(before->second), distribution_of(now)));
  }
  report.exchange = std::move(exchange);
  judge(report);
  judge_exchange(report);
  return report;
}

Item item_of(const RelayReport& report, const Baseline& baseline, const std::vector<Sample>& samples) {
  auto item = group("Relay meter", std::string(to_string(report.verdict)) + ": " + report.reason);
  item.kind = report.verdict == RelayVerdict::kDirect ? ItemKind::kCheck : ItemKind::kProblem;
  if (!baseline.name.empty()) item.children.push_back(group("Baseline", baseline.name));
  const auto now = by_instruction(samples);
  for (const auto& evidence : report.instructions)
    item.children.push_back(item_of_instruction(evidence, distribution_of(baseline.instructions().at(evidence.ins)),
                                                distribution_of(now.at(evidence.ins))));
  if (report.exchange) {
    const auto& found = *report.exchange;
    item.children.push_back(group(
        "Relay resistance protocol",
        fmt::format("{} exchanges; the card says {:.1f} to {:.1f} ms and {:.1f} ms on the way, measured {:.1f} ms",
                    found.exchanges, found.answer.minimum / 10.0, found.answer.maximum / 10.0,
                    found.answer.estimated_transmission / 10.0, found.measure.processing / 10.0)));
  }
  return item;
}

}  // namespace cose::kiosk
