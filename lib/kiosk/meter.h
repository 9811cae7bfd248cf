// SPDX-License-Identifier: Apache-2.0
// Is the card here, or is somebody relaying it? Round trips are compared with those of a card known to be direct.
//
// Every command of a reading is a sample: which instruction, how many octets, how long. Samples are compared per
// instruction, since computing takes a card longer than reading does, and by their distributions: a one-sided
// Kolmogorov-Smirnov test asks how likely so much slower answers were, were they the baseline's, and the quick answers
// are held against the baseline's slow ones. A relay has one thing that a slow card or a busy machine has not: it
// delays every answer to every instruction.
//
// Values own what they hold. Thread rule: one thread. Errors: kInvalid, kLimit for baselines.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/clock.h"
#include "iso7816/wrapped_card.h"
#include "kiosk/item.h"
#include "terminal/relay_resistance.h"

namespace cose::kiosk {

struct Sample {
  std::uint8_t ins = 0;
  std::size_t octets = 0;  // sent and received
  Nanoseconds time{0};
};

// Notes each exchange.
class TimingCard final : public iso7816::WrappedCard {
 public:
  TimingCard(iso7816::Card& card, const Clock& clock) : WrappedCard(card), clock_(clock) {}
  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override;

  [[nodiscard]] const std::vector<Sample>& samples() const { return samples_; }

 private:
  static constexpr std::size_t kMaximumSamples = 100'000;

  const Clock& clock_;
  std::vector<Sample> samples_;
};

// Times in microseconds, by instruction. As text: one line an instruction, such as `A4 31:1520 31:1498`.
class Baseline {
 public:
  static constexpr std::size_t kMaximumPerInstruction = 2000;

  [[nodiscard]] static Result<Baseline> parse(std::string_view text);
  [[nodiscard]] std::string to_text() const;

  void learn(const std::vector<Sample>& samples);
  [[nodiscard]] const std::map<std::uint8_t, std::vector<Sample>>& instructions() const { return instructions_; }

  std::string name;  // of reader and card type

 private:
  std::map<std::uint8_t, std::vector<Sample>> instructions_;
};

enum class RelayVerdict { kDirect, kSuspicious, kRelayed, kUnknown };
[[nodiscard]] std::string_view to_string(RelayVerdict verdict);

struct InstructionEvidence {
  std::uint8_t ins = 0;
  std::size_t baseline_count = 0;
  std::size_t count = 0;
  double baseline_median = 0;  // milliseconds, as all here
  double median = 0;
  double quick = 0;            // a tenth of the answers came sooner
  double baseline_spread = 0;  // between the quartiles
  double distance = 0;         // Kolmogorov-Smirnov D, of slower answers
  double probability = 1;      // of such a distance by chance
  bool is_slower = false;      // significantly, and even its quick answers
};

// What the relay resistance protocol of the card found, if it has one.
struct ExchangeEvidence {
  terminal::RelayAnswer answer;
  terminal::RelayMeasure measure;
  int exchanges = 0;
};

struct RelayReport {
  RelayVerdict verdict = RelayVerdict::kUnknown;
  std::string reason;
  double common_delay = 0;  // milliseconds that the median instruction is slower
  std::vector<InstructionEvidence> instructions;
  std::optional<ExchangeEvidence> exchange;
};

[[nodiscard]] RelayReport judge_relay(const Baseline& baseline, const std::vector<Sample>& samples,
                                      std::optional<ExchangeEvidence> exchange = {});

// With a histogram an instruction.
[[nodiscard]] Item item_of(const RelayReport& report, const Baseline& baseline, const std::vector<Sample>& samples);

}  // namespace cose::kiosk
