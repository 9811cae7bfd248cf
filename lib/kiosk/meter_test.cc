// SPDX-License-Identifier: Apache-2.0
// The relay meter with a clock that moves as a test says.
#include "kiosk/meter.h"

#include <gtest/gtest.h>

#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"

namespace cose::kiosk {
namespace {

using std::chrono::microseconds;

// A card whose answers take a time of their own for each instruction, with noise, and a way that adds to it.
std::vector<Sample> reading(std::uint64_t seed, microseconds way, microseconds jitter = microseconds(0)) {
  struct Row {
    std::uint8_t ins;
    int count;
    int base;  // microseconds
    int noise;
  };
  constexpr Row kRows[] = {{0xA4, 20, 8000, 800},
                           {0xB2, 60, 12000, 900},
                           {0xCA, 40, 5000, 500},
                           {0xA8, 10, 20000, 1500},
                           {0xAE, 8, 180000, 12000}};
  testing::SeededRng rng(seed);
  std::vector<Sample> samples;
  const auto some = [&](auto bound) { return static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(bound))); };
  for (const auto& row : kRows)
    for (int at = 0; at < row.count; ++at) {
      auto time = microseconds(row.base + some(row.noise)) + way;
      if (jitter.count() > 0) time += microseconds(some(jitter.count()));
      samples.push_back({.ins = row.ins, .octets = 40, .time = time});
    }
  return samples;
}

Baseline baseline() {
  Baseline made;
  made.name = "test reader";
  for (std::uint64_t seed = 1; seed <= 3; ++seed) made.learn(reading(seed, microseconds(0)));
  return made;
}

TEST(RelayMeter, KnowsACardThatIsHere) {
  for (std::uint64_t seed = 10; seed < 40; ++seed) {
    const auto report = judge_relay(baseline(), reading(seed, microseconds(0)));
    EXPECT_EQ(report.verdict, RelayVerdict::kDirect) << report.reason;
    EXPECT_NEAR(report.common_delay, 0, 1);
  }
}

TEST(RelayMeter, FindsADelayOnTheWay) {
  for (std::uint64_t seed = 10; seed < 40; ++seed) {
    const auto report = judge_relay(baseline(), reading(seed, microseconds(30000), microseconds(5000)));
    EXPECT_EQ(report.verdict, RelayVerdict::kRelayed) << report.reason;
    EXPECT_NEAR(report.common_delay, 32.5, 3);
  }
}

// An instruction that takes long hides a short way; the light ones do not.
TEST(RelayMeter, FindsAShortWayByItsLightInstructions) {
  const auto report = judge_relay(baseline(), reading(10, microseconds(7000)));
  EXPECT_NE(report.verdict, RelayVerdict::kDirect) << report.reason;
  for (const auto& evidence : report.instructions)
    EXPECT_EQ(evidence.is_slower, evidence.ins != 0xAE) << static_cast<int>(evidence.ins);
}

// A card that computes slowly is no relayed card.
TEST(RelayMeter, ForgivesOneSlowInstruction) {
  auto samples = reading(10, microseconds(0));
  for (auto& sample : samples)
    if (sample.ins == 0xAE) sample.time *= 3;
  const auto report = judge_relay(baseline(), samples);
  EXPECT_EQ(report.verdict, RelayVerdict::kDirect) << report.reason;
}

// A busy machine: many answers come late, some as ever.
TEST(RelayMeter, ForgivesABusyMachine) {
  auto samples = reading(10, microseconds(0));
  for (std::size_t at = 0; at < samples.size(); ++at)
    if (at % 5 != 0) samples[at].time *= 2;
  const auto report = judge_relay(baseline(), samples);
  EXPECT_EQ(report.verdict, RelayVerdict::kDirect) << report.reason;
}

TEST(RelayMeter, IsNotMovedByAFasterCard) {
  auto samples = reading(10, microseconds(0));
  for (auto& sample : samples) sample.time /= 2;
  EXPECT_EQ(judge_relay(baseline(), samples).verdict, RelayVerdict::kDirect);
}

TEST(RelayMeter, SaysNothingWithoutABaseline) {
  EXPECT_EQ(judge_relay(Baseline(), reading(10, microseconds(0))).verdict, RelayVerdict::kUnknown);
  auto few = reading(10, microseconds(0));
  few.resize(3);
  EXPECT_EQ(judge_relay(baseline(), few).verdict, RelayVerdict::kUnknown);
}

TEST(RelayMeter, BelievesTheCardsOwnTimes) {
  ExchangeEvidence evidence;
  evidence.answer = {.entropy = Bytes(4), .minimum = 10, .maximum = 40, .estimated_transmission = 0x18};
  evidence.measure = terminal::measure_relay({}, evidence.answer, std::chrono::milliseconds(45));
  EXPECT_EQ(judge_relay(baseline(), reading(10, microseconds(0)), evidence).verdict, RelayVerdict::kRelayed);
  evidence.measure = terminal::measure_relay({}, evidence.answer, std::chrono::milliseconds(7));
  EXPECT_EQ(judge_relay(baseline(), reading(10, microseconds(0)), evidence).verdict, RelayVerdict::kDirect);
}

TEST(RelayMeter, ShowsHistogramsInEveryForm) {
  const auto samples = reading(10, microseconds(30000));
  const auto item = item_of(judge_relay(baseline(), samples), baseline(), samples);
  EXPECT_NE(to_text(item, {}).find("relayed"), std::string::npos);
  EXPECT_NE(to_text(item, {}).find("█"), std::string::npos);
  EXPECT_NE(to_html(item).find("<svg"), std::string::npos);
  EXPECT_NE(to_xml(item).find("<bin"), std::string::npos);
}

TEST(RelayMeter, TimesEachExchange) {
  class SlowCard final : public iso7816::Card {
   public:
    explicit SlowCard(testing::ManualClock& clock) : clock_(clock) {}
    Result<Bytes> power_up(iso7816::ResetKind) override { return Bytes{0x3B, 0x00}; }
    Status transmit(ByteView, Bytes& response) override {
      clock_.advance(std::chrono::milliseconds(7));
      response = {0x90, 0x00};
      return {};
    }
    Status power_down() override { return {}; }

   private:
    testing::ManualClock& clock_;
  };
  testing::ManualClock clock;
  SlowCard card(clock);
  TimingCard timed(card, clock);
  Bytes response;
  ASSERT_TRUE(timed.transmit(Bytes{0x00, 0xA4, 0x04, 0x00}, response).has_value());
  ASSERT_EQ(timed.samples().size(), 1U);
  EXPECT_EQ(timed.samples()[0].ins, 0xA4);
  EXPECT_EQ(timed.samples()[0].octets, 6U);
  EXPECT_EQ(timed.samples()[0].time, std::chrono::milliseconds(7));
}

TEST(Baseline, ReadsWhatItWrites) {
  const auto text = baseline().to_text();
  const auto again = Baseline::parse(text);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(again->to_text(), text);
  EXPECT_EQ(again->name, "test reader");
}

TEST(Baseline, RefusesWhatIsNone) {
  for (const auto* text : {"A4", "G4 1:2", "A4 1", "A4 1:x", "A4 1:99999999999999", "A4  1:2"})
    EXPECT_EQ(Baseline::parse(text).error().kind, ErrorKind::kInvalid) << text;
}

TEST(Baseline, ForgetsTheOldest) {
  Baseline made;
  for (std::size_t at = 0; at < Baseline::kMaximumPerInstruction + 1; ++at)
    made.learn({{.ins = 0xA4, .octets = 1, .time = microseconds(at)}});
  EXPECT_EQ(made.instructions().at(0xA4).size(), Baseline::kMaximumPerInstruction);
  EXPECT_EQ(made.instructions().at(0xA4).front().time, microseconds(1));
}

}  // namespace
}  // namespace cose::kiosk
