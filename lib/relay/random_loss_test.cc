// SPDX-License-Identifier: Apache-2.0
// Thousands of taps over a network that loses what it can, by one seed: no command is executed twice, no answer is
// another command's, every command and every tap ends in time.
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "relay/card_relay.h"
#include "relay/testing/simulated_grid.h"

namespace cose::relay {
namespace {

using std::chrono::milliseconds;
using testing::Fault;
using testing::Protocol;
using testing::SimulatedGrid;

constexpr int kLosses = 10'000;
constexpr int kCommandsOfATap = 8;
constexpr Nanoseconds kPatience = milliseconds(2000);
// A try that began in time may end a little later: one round trip and one pause.
constexpr Nanoseconds kSlack = milliseconds(500);

class SilentObserver final : public RelayObserver {
 public:
  void relayed(const RelayEvent&) override {}
};

// The card answers each command with its own number, and so tells any mix-up.
Bytes number_of(ByteView command) {
  auto answer = to_bytes(command.subspan(5, 4));
  append(answer, std::array<std::uint8_t, 2>{0x90, 0x00});
  return answer;
}

Bytes command_with(std::uint32_t number) {
  Bytes command{0x80, 0x10, 0x00, 0x00, 0x04};
  for (int shift = 24; shift >= 0; shift -= 8) command.push_back(static_cast<std::uint8_t>(number >> shift));
  return command;
}

class RandomLoss : public ::testing::TestWithParam<Protocol> {
 protected:
  // One exchange in five is troubled.
  Fault draw_fault() {
    const auto drawn = random_() % 100;
    if (drawn < 6) return Fault::kLostBefore;
    if (drawn < 12) return Fault::kLostAfter;
    if (drawn < 15) return Fault::kSilentBefore;
    if (drawn < 18) return Fault::kSilentAfter;
    return drawn < 20 ? Fault::kRestart : Fault::kNone;
  }

  void add_faults() {
    while (grid_.faults.size() < 64) {
      const auto fault = draw_fault();
      losses_ += fault == Fault::kNone ? 0 : 1;
      grid_.faults.push_back(fault);
    }
    if (random_() % 10 == 0) grid_.refused_connections = static_cast<int>(random_() % 6);
    if (random_() % 20 == 0) grid_.card_time = milliseconds(random_() % 3000);
  }

  void one_command() {
    add_faults();
    const auto command = command_with(++number_);
    const auto began = grid_.clock().monotonic();
    const auto executed = grid_.executed.size();
    relay_.transmit(command, answer_);
    EXPECT_LE(grid_.clock().monotonic() - began, kPatience + kSlack);
    const bool failed = answer_ == Bytes{0x6F, 0x00};
    if (failed) {
      ++failures_;
      return;
    }
    EXPECT_EQ(to_hex(answer_), to_hex(number_of(command)));
    EXPECT_EQ(grid_.executed.size(), executed + 1);
  }

  void one_tap() {
    for (int tries = 0; relay_.is_lost() && tries < 100; ++tries) {
      add_faults();
      grid_.clock().advance(milliseconds(250));
      static_cast<void>(relay_.warm_up());
    }
    ASSERT_FALSE(relay_.is_lost());
    relay_.power_on();
    const auto commands = 1 + random_() % kCommandsOfATap;
    for (unsigned at = 0; at < commands; ++at) one_command();
    relay_.power_off();
  }

  std::mt19937 random_{20131107};
  SimulatedGrid grid_{number_of, GetParam()};
  SilentObserver observer_;
  std::unique_ptr<iso7816::Card> card_ = grid_.card(remote::Keeping::kOn, kPatience);
  CardRelay relay_{*card_, grid_.clock(), {.tap = std::chrono::seconds(20)}, observer_};
  Bytes answer_;
  std::uint32_t number_ = 0;
  int losses_ = 0;
  int failures_ = 0;
};

TEST_P(RandomLoss, ExecutesNothingTwice) {
  grid_.round_trip = milliseconds(20);
  while (losses_ < kLosses && !HasFailure()) one_tap();
  std::set<Bytes> seen;
  for (const auto& command : grid_.executed) EXPECT_TRUE(seen.insert(command).second) << to_hex(command);
  // Most commands survive: the relay mends what it can.
  EXPECT_LT(failures_, static_cast<int>(number_) / 3);
  EXPECT_GT(grid_.executed.size(), number_ / 2);
}

INSTANTIATE_TEST_SUITE_P(Over, RandomLoss, ::testing::Values(Protocol::kSimArray, Protocol::kRacs),
                         [](const auto& tested) { return tested.param == Protocol::kRacs ? "Racs" : "SimArray"; });

}  // namespace
}  // namespace cose::relay
