// SPDX-License-Identifier: Apache-2.0
// Lines between grid and agent, who gets which slot, and the grid's side of a link.
#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/manual_clock.h"
#include "grid/agent_roster.h"
#include "grid/agent_session.h"

namespace cose::grid {
namespace {

using namespace literals;
using Kind = AgentRequest::Kind;

SlotNumber slot(unsigned number) {
  return SlotNumber::from_value(number).value();
}

TEST(AgentLine, IsWrittenAndRead) {
  const std::vector<std::pair<std::string, AgentRequest>> requests{
      {"1 STATE", {.kind = Kind::kState}},
      {"1 RESET COLD", {.kind = Kind::kReset}},
      {"1 RESET WARM", {.kind = Kind::kReset, .reset = iso7816::ResetKind::kWarm}},
      {"1 APDU 00A40400", {.kind = Kind::kTransmit, .command = "00A40400"_hex}},
      {"1 OFF", {.kind = Kind::kPowerDown}},
  };
  for (const auto& [line, request] : requests) {
    EXPECT_EQ(to_line(NumberedRequest{1, request}), line);
    EXPECT_EQ(to_line(parse_agent_request(line).value()), line);
  }
  for (const auto* line : {"7 OK", "7 OK 9000", "7 ERR removed gone", "7 ERR other what"})
    EXPECT_EQ(to_line(parse_agent_answer(line).value()), line);
  EXPECT_EQ(to_line(NumberedAnswer{7, fail(ErrorKind::kTimeout, "a\nb")}), "7 ERR timeout a?b");
  EXPECT_EQ(parse_agent_greeting(agent_greeting("visa#1")).value(), "visa#1");
}

TEST(AgentLine, IsRefusedWhenItIsNone) {
  for (const auto* line : {"", "STATE", "1", "1 ", "x STATE", "1 STATES", "1 RESET", "1 RESET HOT", "1 APDU 0",
                           "1 OFF x", "99999999999 STATE", "-1 STATE"})
    EXPECT_FALSE(parse_agent_request(line)) << line;
  for (const auto* line : {"", "1", "1 MAYBE", "1 OK 9", "1 ERR", "1 ERR nonsense x", "OK 9000"})
    EXPECT_FALSE(parse_agent_answer(line)) << line;
  for (const auto* line : {"", "AGENT", "AGENT 1", "AGENT 1 ", "AGENT 2 x", "AGENT 1 a b", "agent 1 x"})
    EXPECT_FALSE(parse_agent_greeting(line)) << line;
  EXPECT_FALSE(is_agent_card(std::string(64, 'x')));
}

std::vector<Identity> named(const std::string& name) {
  return {{Identity::Kind::kCommonName, name}};
}

TEST(AgentRoster, GivesSlotsByItsRulesAndAgain) {
  AgentRoster roster({{"lab", "visa*", {slot(301), slot(302)}}, {"lab", "sim", {slot(401)}}});
  const auto idle = [](SlotNumber) { return false; };
  EXPECT_EQ(roster.slot_for(named("lab"), "visa1", idle).value(), slot(301));
  EXPECT_EQ(roster.slot_for(named("lab"), "visa2", idle).value(), slot(302));
  EXPECT_EQ(roster.slot_for(named("lab"), "visa1", idle).value(), slot(301)) << "as before";
  EXPECT_EQ(roster.slot_for(named("lab"), "sim", idle).value(), slot(401));
  EXPECT_EQ(roster.slot_for(named("lab"), "visa3", idle).error().kind, ErrorKind::kLimit);
  EXPECT_EQ(roster.slot_for(named("lab"), "other", idle).error().kind, ErrorKind::kRefused);
  EXPECT_EQ(roster.slot_for(named("stranger"), "visa1", idle).error().kind, ErrorKind::kRefused);
  EXPECT_EQ(roster.slot_for({}, "visa1", idle).error().kind, ErrorKind::kRefused);
  const auto second_is_idle = [](SlotNumber each) { return each == slot(302); };
  EXPECT_EQ(roster.slot_for(named("lab"), "visa3", second_is_idle).value(), slot(302)) << "its last card is forgotten";
  EXPECT_EQ(roster.slots(), (std::vector{slot(301), slot(302), slot(401)}));
}

class AgentSessionTest : public ::testing::Test, public AgentDesk {
 protected:
  AgentSessionTest() {
    session_.start();
    session_.secured(named("lab"));
  }

  Result<SlotNumber> offered(AgentSession&, const std::vector<Identity>& peer, const std::string& card) override {
    if (card == "bad") return fail(ErrorKind::kRefused, "not you, " + peer.front().value);
    return slot(301);
  }
  void answered(AgentSession&, Result<Bytes> outcome) override { outcomes_.push_back(std::move(outcome)); }
  void present(AgentSession&, bool card) override { present_ = card; }

  std::string say(const std::string& lines) {
    session_.receive(as_bytes(lines));
    return std::exchange(session_.output(), {});
  }
  void offer() { ASSERT_EQ(say("AGENT 1 visa\n"), "OFFER 301\n1 STATE\n"); }

  cose::testing::ManualClock clock_;
  NullLog log_;
  AgentSession session_{1, *this, clock_, log_, "peer"};
  std::vector<Result<Bytes>> outcomes_;
  bool present_ = false;
};

TEST_F(AgentSessionTest, AsksOneThingAtATime) {
  offer();
  session_.ask({.kind = Kind::kReset});
  EXPECT_EQ(session_.output(), "") << "the state first";
  EXPECT_EQ(say("1 OK 01\n"), "2 RESET COLD\n");
  EXPECT_TRUE(present_);
  EXPECT_EQ(say("2 OK 3B00\n"), "");
  session_.ask({.kind = Kind::kTransmit, .command = "00A40400"_hex});
  EXPECT_EQ(std::exchange(session_.output(), {}), "3 APDU 00A40400\n");
  say("3 ERR removed pulled\n");
  ASSERT_EQ(outcomes_.size(), 2U);
  EXPECT_EQ(outcomes_[0].value(), "3B00"_hex);
  EXPECT_EQ(outcomes_[1].error(), (Error{ErrorKind::kCardRemoved, "pulled"}));
}

TEST_F(AgentSessionTest, LooksForTheCardAndEndsInSilence) {
  offer();
  say("1 OK 01\n");
  clock_.advance(std::chrono::seconds(2));
  session_.beat(clock_.monotonic());
  session_.beat(clock_.monotonic());
  EXPECT_EQ(say("2 OK 00\n"), "2 STATE\n");
  EXPECT_FALSE(present_);
  clock_.advance(std::chrono::seconds(100));
  EXPECT_FALSE(session_.expired(clock_.monotonic())) << "nothing was asked";
  session_.beat(clock_.monotonic());
  clock_.advance(std::chrono::seconds(11));
  EXPECT_TRUE(session_.expired(clock_.monotonic()));
  session_.expire();
  EXPECT_TRUE(session_.wants_close());
}

TEST_F(AgentSessionTest, EndsWithWhoDoesNotSpeakAsAnAgent) {
  EXPECT_EQ(say("AGENT 1 bad\n"), "REFUSED not you, lab\n");
  EXPECT_TRUE(session_.wants_close());
  for (const auto* answer : {"2 OK 01\n", "1 OK x\n", "hello\n", "\x01\n"}) {
    AgentSession session(2, *this, clock_, log_, "peer");
    session.start();
    session.secured(named("lab"));
    session.receive(as_bytes("AGENT 1 visa\n"));
    session.receive(as_bytes(std::string_view(answer)));
    EXPECT_TRUE(session.wants_close()) << answer;
  }
  AgentSession mute(3, *this, clock_, log_, "peer");
  mute.start();
  clock_.advance(std::chrono::seconds(11));
  EXPECT_TRUE(mute.expired(clock_.monotonic()));
}

}  // namespace
}  // namespace cose::grid
