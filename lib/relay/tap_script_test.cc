// SPDX-License-Identifier: Apache-2.0
// Runs tests/taps/*.tap. How the files read is in tests/taps/README.md; a new case is a new file.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <tuple>

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

class SilentObserver final : public RelayObserver {
 public:
  void relayed(const RelayEvent&) override {}
};

const std::map<std::string, Fault>& faults() {
  static const std::map<std::string, Fault> kFaults{
      {"none", Fault::kNone},
      {"lost-before", Fault::kLostBefore},
      {"lost-after", Fault::kLostAfter},
      {"silent-before", Fault::kSilentBefore},
      {"silent-after", Fault::kSilentAfter},
      {"restart", Fault::kRestart},
  };
  return kFaults;
}

class Tap {
 public:
  explicit Tap(Protocol protocol) : protocol_(protocol) {}

  // Empty when all went as written, else what did not.
  std::string run(std::istream& script) {
    std::string line;
    for (int number = 1; std::getline(script, line); ++number) {
      std::istringstream words(line.substr(0, line.find('#')));
      std::string word;
      if (!(words >> word)) continue;
      if (word == "simarray-only") {
        if (protocol_ == Protocol::kRacs) return {};
        continue;
      }
      if (auto complaint = step(word, words); !complaint.empty())
        return "line " + std::to_string(number) + ": " + line + "\n  " + complaint;
    }
    return {};
  }

 private:
  std::string step(const std::string& word, std::istringstream& words) {
    std::string first;
    words >> first;
    if (word == "fault") return fault(first, words);
    if (word == "card") return card(first, words);
    if (word == "open") return open(first != "fails");
    if (word == "<") return to_hex(answer_) == first ? "" : "got " + to_hex(answer_);
    if (word == "present") return relay().is_lost() ? "lost" : "";
    if (word == "lost") return relay().is_lost() ? "" : "present";
    if (word == "keep" || word == ">" || first.empty()) return happen(word, first);
    return number(word, std::stoi(over_this_protocol(first, words)));
  }

  // "1 racs 2": another count over RACS.
  [[nodiscard]] std::string over_this_protocol(const std::string& count, std::istringstream& words) const {
    std::string name;
    std::string other;
    return protocol_ == Protocol::kRacs && words >> name >> other && name == "racs" ? other : count;
  }

  std::string happen(const std::string& word, const std::string& first) {
    if (word == "lasts") grid_.lasts = true;
    if (word == "keep") grid_.keeps = first != "off";
    if (word == ">") relay().transmit(from_hex(first).value(), answer_);
    if (word == "on") relay().power_on();
    if (word == "off") relay().power_off();
    if (word == "reset") relay().reset();
    if (word == "look") static_cast<void>(relay().idle());
    return {};
  }

  std::string number(const std::string& word, int value) {
    if (word == "network") grid_.round_trip = milliseconds(value);
    if (word == "patience") patience_ = milliseconds(value);
    if (word == "tap") limits_.tap = milliseconds(value);
    if (word == "refuse") grid_.refused_connections = value;
    if (word == "card-time") grid_.card_time = milliseconds(value);
    if (word == "advance") grid_.clock().advance(milliseconds(value));
    if (word == "executed") return count(static_cast<int>(std::exchange(grid_.executed, {}).size()), value);
    if (word == "trips") return count(std::exchange(grid_.round_trips, 0), value);
    if (word == "resets") return count(std::exchange(grid_.resets, 0), value);
    if (word == "connections") return count(std::exchange(grid_.connections, 0), value);
    if (word == "within") return within(milliseconds(value));
    return {};
  }

  static std::string count(int counted, int expected) {
    return counted == expected ? "" : "counted " + std::to_string(counted);
  }

  std::string within(Nanoseconds limit) {
    const auto now = grid_.clock().monotonic();
    const auto spent = now - std::exchange(mark_, now);
    return spent <= limit ? "" : "took " + std::to_string(spent / milliseconds(1)) + " ms";
  }

  std::string fault(std::string kind, std::istringstream& words) {
    do {
      const auto found = faults().find(kind);
      if (found == faults().end()) return "no such fault";
      grid_.faults.push_back(found->second);
    } while (words >> kind);
    return {};
  }

  std::string card(const std::string& command, std::istringstream& words) {
    std::string answer;
    words >> answer;
    answers_[command] = from_hex(answer).value();
    return {};
  }

  void make_relay() {
    card_ = grid_.card(remote::Keeping::kOn, patience_);
    relay_ = std::make_unique<CardRelay>(*card_, grid_.clock(), limits_, observer_);
  }

  // Again after a loss, with the card that may still hold the key of its slot.
  std::string open(bool expected) {
    if (!relay_) make_relay();
    const auto opened = relay_->warm_up();
    if (opened.has_value() == expected) return {};
    return opened ? "it was opened" : opened.error().message;
  }

  CardRelay& relay() {
    COSE_ASSERT(relay_ != nullptr);
    return *relay_;
  }

  Protocol protocol_;
  std::map<std::string, Bytes> answers_;
  SimulatedGrid grid_{[this](ByteView command) {
                        const auto found = answers_.find(to_hex(command));
                        return found == answers_.end() ? Bytes{0x6D, 0x00} : found->second;
                      },
                      protocol_};
  SilentObserver observer_;
  RelayLimits limits_;
  Nanoseconds patience_ = remote::kCommandTimeout;
  std::unique_ptr<iso7816::Card> card_;
  std::unique_ptr<CardRelay> relay_;
  Bytes answer_;
  Nanoseconds mark_{0};
};

std::vector<std::filesystem::path> scripts() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(COSE_TESTS_DIR "/taps"))
    if (entry.path().extension() == ".tap") found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

class TapScript : public ::testing::TestWithParam<std::tuple<std::filesystem::path, Protocol>> {};

TEST_P(TapScript, GoesAsWritten) {
  std::ifstream file(std::get<0>(GetParam()));
  ASSERT_TRUE(file);
  EXPECT_EQ(Tap(std::get<1>(GetParam())).run(file), "");
}

INSTANTIATE_TEST_SUITE_P(Files, TapScript,
                         ::testing::Combine(::testing::ValuesIn(scripts()),
                                            ::testing::Values(Protocol::kSimArray, Protocol::kRacs)),
                         [](const auto& tested) {
                           auto name = std::get<0>(tested.param).stem().string();
                           std::ranges::replace(name, '-', '_');
                           return name + (std::get<1>(tested.param) == Protocol::kRacs ? "_racs" : "");
                         });

// The runner itself must be able to fail.
TEST(TapScriptRunner, FindsAWrongAnswer) {
  std::istringstream wrong("open\non\n> 00A40400\n< 9000\n");
  EXPECT_NE(Tap(Protocol::kSimArray).run(wrong), "");
  std::istringstream count("open\non\n> 00A40400\nexecuted 2\n");
  EXPECT_NE(Tap(Protocol::kSimArray).run(count), "");
}

}  // namespace
}  // namespace cose::relay
