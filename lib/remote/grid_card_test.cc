// SPDX-License-Identifier: Apache-2.0
#include "remote/grid_card.h"

#include <deque>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/manual_clock.h"

namespace cose::remote {
namespace {

using namespace literals;
using iso7816::Presence;
using iso7816::ResetKind;

// The far grid's side of a dialogue: what is expected, and what is answered.
struct Script {
  struct Step {
    std::string line;
    Result<std::string> reply;
  };
  std::deque<Step> steps;
  int connections = 0;
  bool reachable = true;
};

class ScriptedChannel final : public LineChannel {
 public:
  explicit ScriptedChannel(Script& script) : script_(script) {}

  Status exchange(std::string_view line, std::string& reply, Nanoseconds) override {
    if (script_.steps.empty()) return fail(ErrorKind::kInternal, "not in the script: " + std::string(line));
    const auto step = script_.steps.front();
    script_.steps.pop_front();
    EXPECT_EQ(line, step.line);
    if (!step.reply) return std::unexpected(step.reply.error());
    reply = *step.reply;
    return {};
  }

 private:
  Script& script_;
};

class ScriptedConnector final : public LineConnector {
 public:
  explicit ScriptedConnector(Script& script) : script_(script) {}

  Result<std::unique_ptr<LineChannel>> connect(Nanoseconds) override {
    if (!script_.reachable) return fail(ErrorKind::kClosed, "connection refused");
    ++script_.connections;
    return std::make_unique<ScriptedChannel>(script_);
  }
  void pause(Nanoseconds) override {}
  std::string address() const override { return "far:2310"; }

 private:
  Script& script_;
};

class GridCardTest : public ::testing::Test {
 protected:
  GridCard card() { return {std::make_shared<ScriptedConnector>(script_), grid::SlotNumber::parse("101").value()}; }

  Script script_;
};

TEST_F(GridCardTest, UsesResetsTransmitsAndFrees) {
  script_.steps = {{"USE 101", "000 3B80800101"},
                   {"apdu 101 00A40400", "000 *05209000"},
                   {"RESET 101 WARM", "000 3B00"},
                   {"RESET 101", "000 OK"},
                   {"FREE 101", "000 OK"}};
  auto far = card();
  EXPECT_EQ(far.power_up(ResetKind::kCold).value(), "3B80800101"_hex);
  EXPECT_EQ(iso7816::transceive(far, "00A40400"_hex).value(), "20202020209000"_hex);
  EXPECT_EQ(far.power_up(ResetKind::kWarm).value(), "3B00"_hex);
  EXPECT_EQ(far.power_up(ResetKind::kCold).value(), "3B00"_hex) << "an array that says only OK keeps the last one";
  EXPECT_TRUE(far.power_down().has_value());
  EXPECT_TRUE(far.power_down().has_value());
  EXPECT_TRUE(script_.steps.empty());
  EXPECT_EQ(script_.connections, 1);
}

TEST_F(GridCardTest, PassesRefusalsOnByTheirMeaning) {
  script_.steps = {{"USE 101", "700 slot is in use by another connection"},
                   {"USE 101", "402 no card in this slot"},
                   {"USE 101", "000 3B00"},
                   {"apdu 101 00A40400", "801 card was removed"},
                   {"apdu 101 00A40400", "802 card did not answer in time"}};
  auto far = card();
  const auto busy = far.power_up(ResetKind::kCold);
  EXPECT_EQ(busy.error(), (Error{ErrorKind::kBusy, "slot is in use by another connection"}));
  EXPECT_EQ(far.power_up(ResetKind::kCold).error().kind, ErrorKind::kCardRemoved);
  EXPECT_TRUE(far.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(iso7816::transceive(far, "00A40400"_hex).error().kind, ErrorKind::kCardRemoved);
  EXPECT_EQ(iso7816::transceive(far, "00A40400"_hex).error().kind, ErrorKind::kTimeout);
}

TEST_F(GridCardTest, ALostReplyEndsTheChannelAndNothingIsSentTwice) {
  script_.steps = {{"USE 101", "000 3B00"},
                   {"apdu 101 00A40400", fail(ErrorKind::kTimeout, "no reply in 45 s")},
                   {"USE 101", "000 3B00"}};
  auto far = card();
  EXPECT_TRUE(far.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(iso7816::transceive(far, "00A40400"_hex).error().message, "far:2310: no reply in 45 s");
  EXPECT_EQ(iso7816::transceive(far, "00A40400"_hex).error().kind, ErrorKind::kClosed);
  EXPECT_TRUE(far.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(script_.connections, 2);
}

TEST_F(GridCardTest, RefusesNonsenseFromTheFarGrid) {
  for (const auto* reply : {"", "hello", "000 9", "000 90", "000 *0", "000"}) {
    script_.steps = {{"USE 101", reply}};
    auto far = card();
    EXPECT_FALSE(far.power_up(ResetKind::kCold).has_value()) << reply;
  }
  std::string huge = "000 ";
  for (int run = 0; run < 300; ++run) huge += "*FF00";
  script_.steps = {{"USE 101", huge}};
  auto far = card();
  EXPECT_EQ(far.power_up(ResetKind::kCold).error().kind, ErrorKind::kLimit);
}

TEST_F(GridCardTest, AsksForTheInventoryOncePerSecond) {
  testing::ManualClock clock;
  const auto connector = std::make_shared<ScriptedConnector>(script_);
  InventoryCache cache(connector, clock, Backoff(nullptr, {std::chrono::seconds(15), std::chrono::seconds(15)}));
  script_.steps = {{"CONTENT", "000 101:32:80000000:0"}, {"CONTENT", "000 101:32:00000000:1"}};
  const auto first = grid::SlotNumber::parse("101").value();
  const auto second = grid::SlotNumber::parse("102").value();
  EXPECT_EQ(cache.presence(first), Presence::kPresent);
  EXPECT_EQ(cache.presence(second), Presence::kAbsent);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(cache.presence(first), Presence::kAbsent);
  EXPECT_EQ(script_.connections, 2);
  script_.reachable = false;
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(cache.presence(first), Presence::kAbsent);
  script_.reachable = true;
  script_.steps = {{"CONTENT", "000 101:32:80000000:0"}};
  clock.advance(std::chrono::seconds(14));
  EXPECT_EQ(cache.presence(first), Presence::kAbsent) << "left alone after a failure";
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(cache.presence(first), Presence::kPresent);
}

}  // namespace
}  // namespace cose::remote
