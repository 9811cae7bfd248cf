// SPDX-License-Identifier: Apache-2.0
// Cards that dial in, over real sockets and TLS, as slots of a grid: their link comes, breaks in the middle of a
// command and comes back.
#include "net/agent_hub.h"

#include <atomic>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "iso7816/echo_card.h"
#include "net/grid_server.h"
#include "net/line_client.h"
#include "net/testing/raw_client.h"
#include "net/testing/system_time.h"
#include "remote/card_agent.h"

namespace cose::net {
namespace {

using namespace literals;
using grid::SlotNumber;
using remote::AgentEvent;

std::string pki(const std::string& file) {
  return std::string(COSE_TEST_PKI "/") + file;
}

SlotNumber slot(unsigned number) {
  return SlotNumber::from_value(number).value();
}

// An agent in this process, whose way to the grid can be cut.
class Agent {
 public:
  Agent(const Endpoint& grid, const std::string& identity, const std::string& card,
        std::shared_ptr<iso7816::CardSource> source = std::make_shared<iso7816::EchoSource>()) {
    LineClientOptions options;
    options.endpoint = grid;
    options.opening = LineClientOptions::Opening::kTls;
    options.tls =
        TlsContext::client({.ca = pki("ca.pem"), .certificate = pki(identity + ".pem"), .key = pki(identity + ".key")})
            .value();
    const remote::BackoffLimits pauses{std::chrono::milliseconds(20), std::chrono::milliseconds(100)};
    agent_ = std::make_unique<remote::CardAgent>(std::make_shared<LineClient>(options), card, std::move(source),
                                                 remote::Backoff(nullptr, pauses));
    thread_ = std::thread([this] {
      agent_->run([this] { return stopped_.load(); },
                  [this](const AgentEvent& event) {
                    if (event.kind == AgentEvent::Kind::kOffered) ++offers_;
                    if (event.kind == AgentEvent::Kind::kExchange) ++exchanges_;
                    if (event.kind == AgentEvent::Kind::kLost) ++losses_;
                  });
    });
  }
  ~Agent() {
    stopped_ = true;
    thread_.join();
  }
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  std::atomic<int> offers_ = 0;
  std::atomic<int> exchanges_ = 0;
  std::atomic<int> losses_ = 0;

 private:
  std::unique_ptr<remote::CardAgent> agent_;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

// Holds each command until the test lets it go.
class GatedSource final : public iso7816::CardSource {
 public:
  struct Gate {
    std::promise<void> started;
    std::promise<void> go;
    std::atomic<int> executed = 0;
    std::atomic<int> power_downs = 0;
  };
  explicit GatedSource(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}
  std::string uri() const override { return "gated:"; }
  bool may_block() const override { return true; }
  iso7816::Presence presence() override { return iso7816::Presence::kPresent; }
  Result<std::unique_ptr<iso7816::Card>> open() override { return std::make_unique<GatedCard>(gate_); }

 private:
  class GatedCard final : public iso7816::Card {
   public:
    explicit GatedCard(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}
    Result<Bytes> power_up(iso7816::ResetKind) override { return "3B00"_hex; }
    Status transmit(ByteView, Bytes& response) override {
      if (gate_->executed++ == 0) {
        gate_->started.set_value();
        gate_->go.get_future().wait();
      }
      response = "9000"_hex;
      return {};
    }
    Status power_down() override {
      ++gate_->power_downs;
      return {};
    }

   private:
    std::shared_ptr<Gate> gate_;
  };
  std::shared_ptr<Gate> gate_;
};

class AgentHubTest : public ::testing::Test {
 protected:
  void start(std::vector<grid::AgentRule> rules, Nanoseconds timeout = std::chrono::seconds(30)) {
    AgentOptions options;
    options.listen.port = 0;
    options.tls =
        TlsContext::server({.certificate = pki("server.pem"), .key = pki("server.key"), .client_ca = pki("ca.pem")})
            .value();
    options.rules = std::move(rules);
    options.command_timeout = timeout;
    hub_ = AgentHub::start(options, clock_, log_).value();
    RackOptions rack;
    rack.listen.port = 0;
    for (const auto each : hub_->slots()) rack.slots[each] = hub_->source(each);
    server_ = GridServer::start({rack}, clock_, log_).value();
  }
  void TearDown() override {
    // The rack's threads may wait for the hub.
    if (hub_) hub_->stop();
    server_.reset();
  }

  testing::RawClient client() {
    testing::RawClient made(server_->endpoints()[0].port);
    EXPECT_EQ(made.line().substr(0, 3), "000");
    return made;
  }

  bool wait_until_present(SlotNumber which, bool wanted = true) {
    const auto source = hub_->source(which);
    const bool done =
        testing::eventually([&] { return (source->presence() == iso7816::Presence::kPresent) == wanted; });
    server_->set_presence(0, which, source->presence());
    return done;
  }

  testing::SystemTime clock_;
  NullLog log_;
  std::unique_ptr<AgentHub> hub_;
  std::unique_ptr<GridServer> server_;
};

TEST_F(AgentHubTest, ACardThatDialsInIsASlot) {
  start({{"phone-7", "visa*", {slot(301), slot(302)}}});
  EXPECT_EQ(client().ask("USE 301").substr(0, 3), "402") << "nobody has come yet";
  Agent first(hub_->endpoint(), "client", "visa1");
  ASSERT_TRUE(wait_until_present(slot(301)));
  Agent second(hub_->endpoint(), "client", "visa2");
  ASSERT_TRUE(wait_until_present(slot(302)));
  auto user = client();
  EXPECT_EQ(user.ask("USE 301"), "000 3B80800101");
  EXPECT_EQ(user.ask("apdu 301 00A4040003AABBCC"), "000 AABBCC9000");
  EXPECT_EQ(user.ask("RESET 301 WARM"), "000 3B80800101");
  EXPECT_EQ(user.ask("FREE 301"), "000 OK");
  EXPECT_EQ(first.exchanges_, 1);
  EXPECT_EQ(second.exchanges_, 0);
}

TEST_F(AgentHubTest, WhoHasNoRuleOffersNothing) {
  start({{"phone-7", "visa*", {slot(301)}}});
  Agent wrong_card(hub_->endpoint(), "client", "master");
  Agent wrong_name(hub_->endpoint(), "mallory", "visa1");
  Agent wrong_authority(hub_->endpoint(), "stranger", "visa1");
  EXPECT_TRUE(testing::eventually(
      [&] { return wrong_card.losses_ > 1 && wrong_name.losses_ > 1 && wrong_authority.losses_ > 1; }));
  EXPECT_EQ(wrong_card.offers_ + wrong_name.offers_ + wrong_authority.offers_, 0);
  EXPECT_EQ(hub_->source(slot(301))->presence(), iso7816::Presence::kAbsent);
}

TEST_F(AgentHubTest, ALinkThatBreaksInACommandIsAPulledCardAndNothingRunsTwice) {
  start({{"phone-7", "*", {slot(301)}}});
  const auto gate = std::make_shared<GatedSource::Gate>();
  auto agent = std::make_unique<Agent>(hub_->endpoint(), "client", "slow", std::make_shared<GatedSource>(gate));
  ASSERT_TRUE(wait_until_present(slot(301)));
  auto user = client();
  EXPECT_EQ(user.ask("USE 301"), "000 3B00");
  ASSERT_TRUE(user.send("apdu 301 00A40400\n"));
  gate->started.get_future().wait();
  // Another link with the same card is what a broken one looks like that the grid has not noticed.
  Agent again(hub_->endpoint(), "client", "slow");
  const auto lost = user.line();
  EXPECT_EQ(lost.substr(0, 3), "803") << lost;
  EXPECT_NE(lost.find("what it did is unknown"), std::string::npos) << lost;
  const auto without_power = user.ask("apdu 301 00A40400");
  EXPECT_NE(without_power.find("no power"), std::string::npos) << without_power;
  ASSERT_TRUE(wait_until_present(slot(301)));
  EXPECT_EQ(user.ask("RESET 301"), "000 3B80800101") << "the card that is there now";
  EXPECT_EQ(user.ask("apdu 301 00A4040001AA"), "000 AA9000");
  EXPECT_EQ(gate->executed, 1);
  gate->go.set_value();
  agent.reset();
  EXPECT_EQ(gate->power_downs, 1) << "the agent leaves no card with power";
}

TEST_F(AgentHubTest, AnAgentThatIsGoneEmptiesItsSlotUntilItIsBack) {
  start({{"phone-7", "*", {slot(301)}}});
  auto agent = std::make_unique<Agent>(hub_->endpoint(), "client", "visa");
  ASSERT_TRUE(wait_until_present(slot(301)));
  auto user = client();
  EXPECT_EQ(user.ask("USE 301"), "000 3B80800101");
  agent.reset();
  ASSERT_TRUE(wait_until_present(slot(301), false));
  EXPECT_EQ(user.ask("apdu 301 00A40400").substr(0, 1), "8");
  agent = std::make_unique<Agent>(hub_->endpoint(), "client", "visa");
  ASSERT_TRUE(wait_until_present(slot(301)));
  EXPECT_NE(user.ask("apdu 301 00A40400").substr(0, 3), "000") << "it has lost its power";
  EXPECT_EQ(user.ask("RESET 301"), "000 3B80800101");
  EXPECT_EQ(user.ask("apdu 301 00A4040001BB"), "000 BB9000");
}

TEST_F(AgentHubTest, ACommandThatTakesTooLongEndsTheLink) {
  start({{"phone-7", "*", {slot(301)}}}, std::chrono::milliseconds(200));
  const auto gate = std::make_shared<GatedSource::Gate>();
  Agent agent(hub_->endpoint(), "client", "slow", std::make_shared<GatedSource>(gate));
  ASSERT_TRUE(wait_until_present(slot(301)));
  auto user = client();
  EXPECT_EQ(user.ask("USE 301"), "000 3B00");
  EXPECT_EQ(user.ask("apdu 301 00A40400").substr(0, 3), "802");
  gate->go.set_value();
  EXPECT_TRUE(testing::eventually([&] { return agent.offers_ == 2; })) << "the agent dials again";
  ASSERT_TRUE(wait_until_present(slot(301)));
  EXPECT_EQ(user.ask("RESET 301"), "000 3B00");
  EXPECT_EQ(user.ask("apdu 301 00A40400"), "000 9000");
}

TEST(AgentHub, WantsCertificates) {
  testing::SystemTime clock;
  NullLog log;
  EXPECT_EQ(AgentHub::start({}, clock, log).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace cose::net
