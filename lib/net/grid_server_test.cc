// SPDX-License-Identifier: Apache-2.0
// Racks on real sockets. What a session answers is tested in grid/; here: connections, threads, limits, ends.
#include "net/grid_server.h"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/seeded_rng.h"
#include "iso7816/echo_card.h"
#include "net/testing/raw_client.h"
#include "net/testing/shared_clock.h"

namespace cose::net {
namespace {

using namespace literals;
using testing::RawClient;

// A card that holds each command until the test lets it go: a reader whose card thinks.
class SlowSource final : public iso7816::CardSource {
 public:
  struct Gate {
    std::promise<void> started;
    std::promise<void> go;
    std::atomic<int> power_downs = 0;
  };

  explicit SlowSource(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}

  std::string uri() const override { return "slow:"; }
  bool may_block() const override { return true; }
  iso7816::Presence presence() override { return iso7816::Presence::kPresent; }
  Result<std::unique_ptr<iso7816::Card>> open() override { return std::make_unique<SlowCard>(gate_); }

 private:
  class SlowCard final : public iso7816::Card {
   public:
    explicit SlowCard(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}

    Result<Bytes> power_up(iso7816::ResetKind) override { return "3B00"_hex; }
    Status transmit(ByteView, Bytes& response) override {
      gate_->started.set_value();
      gate_->go.get_future().wait();
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

grid::SlotNumber slot(unsigned number) {
  return grid::SlotNumber::from_value(number).value();
}

class GridServerTest : public ::testing::Test {
 protected:
  GridServerTest() {
    options_.listen.port = 0;
    for (unsigned number = 101; number <= 104; ++number)
      options_.slots[slot(number)] = std::make_shared<iso7816::EchoSource>();
  }

  void start() { start({options_}); }
  void start(std::vector<RackOptions> racks) {
    auto server = GridServer::start(std::move(racks), clock_, log_);
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = *std::move(server);
  }

  std::uint16_t port(std::size_t rack = 0) { return server_->endpoints()[rack].port; }

  // A client past the greeting.
  RawClient client(std::size_t rack = 0) {
    RawClient made(port(rack));
    EXPECT_EQ(made.line(), "000 OK: CoSE grid of secure elements");
    return made;
  }

  testing::SharedClock clock_;
  NullLog log_;
  RackOptions options_;
  std::unique_ptr<GridServer> server_;
};

TEST_F(GridServerTest, ServesACardOverTcp) {
  start();
  auto kiosk = client();
  EXPECT_EQ(kiosk.ask("CONTENT"), "000 101:32:F0000000:0");
  EXPECT_EQ(kiosk.ask("USE 101"), "000 3B80800101");
  EXPECT_EQ(kiosk.ask("apdu 101 00A4000C023F00"), "000 3F009000");
  EXPECT_EQ(kiosk.ask("QUIT"), "000 OK");
  EXPECT_EQ(kiosk.line(), "(closed)");
}

TEST_F(GridServerTest, AKeptSlotOutlivesItsConnectionAndItsCommand) {
  cose::testing::SeededRng rng{1};
  const auto gate = std::make_shared<SlowSource::Gate>();
  options_.slots[slot(105)] = std::make_shared<SlowSource>(gate);
  options_.keep_patience = std::chrono::seconds(10);
  options_.rng = &rng;
  start();
  std::string key;
  {
    auto phone = client();
    EXPECT_EQ(phone.ask("HELLO phone KEEP"), "000 CoSE KEEP");
    key = phone.ask("KEEP").substr(4);
    EXPECT_EQ(phone.ask("USE 105"), "000 3B00");
    phone.send("apdu 105 00A40400 1\n");
    gate->started.get_future().wait();
  }
  auto again = client();
  again.send("KEEP " + key + "\napdu 105 00A40400 1\n");
  gate->go.set_value();
  EXPECT_EQ(again.line(), "000 105");
  // The card would break its promise if it were asked a second time.
  EXPECT_EQ(again.line(), "000 9000");
  EXPECT_EQ(gate->power_downs, 0);
  server_.reset();
  EXPECT_EQ(gate->power_downs, 1);
}

TEST_F(GridServerTest, ClosingAConnectionFreesItsSlots) {
  start();
  auto first = client();
  auto second = client();
  EXPECT_EQ(first.ask("USE 101"), "000 3B80800101");
  EXPECT_EQ(second.ask("USE 101"), "700 slot is in use by another connection");
  first.close();
  // The server learns of the end in its own time.
  std::string answer;
  for (int tries = 0; tries < 1000 && !answer.starts_with("000"); ++tries) answer = second.ask("USE 101");
  EXPECT_EQ(answer, "000 3B80800101");
}

TEST_F(GridServerTest, AnswersWhatWasSentBeforeAHalfClose) {
  start();
  auto batch = client();
  EXPECT_TRUE(batch.send("USE 101\napdu 101 00A4000C023F00\nCONTENT\n"));
  batch.end_sending();
  EXPECT_EQ(batch.line(), "000 3B80800101");
  EXPECT_EQ(batch.line(), "000 3F009000");
  EXPECT_EQ(batch.line(), "000 101:32:F0000000:0");
  EXPECT_EQ(batch.line(), "(closed)");
}

TEST_F(GridServerTest, ExtendedCommandsPass) {
  start();
  auto client_of_big_cards = client();
  EXPECT_EQ(client_of_big_cards.ask("USE 101"), "000 3B80800101");
  Bytes data(65535);
  for (std::size_t at = 0; at < data.size(); ++at) data[at] = static_cast<std::uint8_t>(at * 7);
  const auto hex = to_hex(data);
  EXPECT_EQ(client_of_big_cards.ask("apdu 101 00D6000000FFFF" + hex), "000 " + hex + "9000");
}

TEST_F(GridServerTest, NoiseHarmsNobody) {
  start();
  auto quiet = client();
  EXPECT_EQ(quiet.ask("USE 101"), "000 3B80800101");
  cose::testing::SeededRng rng(1);
  for (int round = 0; round < 50; ++round) {
    auto noisy = client();
    std::string noise(1 + rng.below(5000), 0);
    for (auto& octet : noise) octet = static_cast<char>(rng.below(256));
    noisy.send(noise + "\nUSE 101\n");
    noisy.close();
  }
  EXPECT_EQ(quiet.ask("apdu 101 00A40000"), "000 9000");
}

TEST_F(GridServerTest, AClientThatNeverReadsIsStoppedAndEnded) {
  start();
  auto greedy = client();
  std::string requests;
  for (int line = 0; line < 10'000; ++line) requests += "CONTENT\n";
  // Its answers fill the socket, then the server takes no more: the socket on this side fills as well.
  std::size_t sent = 0;
  for (int tries = 0; tries < 200'000; ++tries) {
    const auto count = greedy.send_some(requests);
    sent += count;
    if (count == 0 && tries > 100'000) break;
  }
  EXPECT_LT(sent, 64U << 20);
  auto other = client();
  EXPECT_EQ(other.ask("USE 101"), "000 3B80800101");
  // Once nothing more goes out for longer than the idle limit, the connection is cut. The sockets' buffers may still
  // take a little now and then, so time passes more than once.
  bool cut = false;
  for (int times = 0; times < 30 && !cut; ++times) {
    clock_.advance(std::chrono::seconds(601));
    cut = greedy.is_cut_within(1000);
  }
  EXPECT_TRUE(cut);
}

TEST_F(GridServerTest, RefusesMoreConnectionsThanAllowed) {
  options_.maximum_connections = 2;
  start();
  auto first = client();
  auto second = client();
  RawClient third(port());
  EXPECT_EQ(third.line(), "901 too many connections");
  EXPECT_EQ(third.line(), "(closed)");
  EXPECT_EQ(first.ask("USE 101"), "000 3B80800101");
}

TEST_F(GridServerTest, RacksAreApart) {
  auto second = options_;
  second.slots.clear();
  second.slots[slot(1332)] = std::make_shared<iso7816::EchoSource>();
  start({options_, second});
  auto here = client(0);
  auto there = client(1);
  EXPECT_EQ(here.ask("USE 1332"), "401 nothing is configured in this slot");
  EXPECT_EQ(there.ask("USE 1332"), "000 3B80800101");
  EXPECT_EQ(there.ask("CONTENT"), "000 1301:32:00000001:0");
}

TEST_F(GridServerTest, AnAddressInUseIsAnError) {
  start();
  options_.listen.port = port();
  const auto again = GridServer::start({options_}, clock_, log_);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().message, "cannot listen on " + options_.listen.text() + ": Address already in use");
}

TEST_F(GridServerTest, ASlowCardHoldsUpNobodyElse) {
  const auto gate = std::make_shared<SlowSource::Gate>();
  options_.slots[slot(105)] = std::make_shared<SlowSource>(gate);
  start();
  server_->set_presence(0, slot(105), iso7816::Presence::kPresent);
  auto patient = client();
  auto quick = client();
  EXPECT_EQ(patient.ask("USE 105"), "000 3B00");
  EXPECT_TRUE(patient.send("apdu 105 00A40000\nCONTENT\n"));
  gate->started.get_future().wait();
  EXPECT_EQ(quick.ask("USE 101"), "000 3B80800101");
  EXPECT_EQ(quick.ask("USE 105"), "700 slot is in use by another connection");
  gate->go.set_value();
  EXPECT_EQ(patient.line(), "000 9000");
  EXPECT_EQ(patient.line(), "000 101:32:F8000000:0");
}

TEST_F(GridServerTest, ACardLostByItsConnectionIsPoweredDown) {
  const auto gate = std::make_shared<SlowSource::Gate>();
  options_.slots[slot(105)] = std::make_shared<SlowSource>(gate);
  start();
  auto lost = client();
  EXPECT_EQ(lost.ask("USE 105"), "000 3B00");
  EXPECT_TRUE(lost.send("apdu 105 00A40000\n"));
  gate->started.get_future().wait();
  lost.close();
  gate->go.set_value();
  auto next = client();
  std::string answer;
  for (int tries = 0; tries < 10'000 && answer != "000 3B00"; ++tries) answer = next.ask("USE 105");
  EXPECT_EQ(answer, "000 3B00");
  EXPECT_EQ(gate->power_downs, 1);
}

TEST_F(GridServerTest, DrainingAnswersTheRunningCommand) {
  const auto gate = std::make_shared<SlowSource::Gate>();
  options_.slots[slot(105)] = std::make_shared<SlowSource>(gate);
  start();
  auto idle = client();
  auto busy = client();
  EXPECT_EQ(busy.ask("USE 105"), "000 3B00");
  EXPECT_TRUE(busy.send("apdu 105 00A40000\n"));
  gate->started.get_future().wait();
  EXPECT_FALSE(server_->drain(std::chrono::milliseconds(1))) << "a card still holds its command";
  EXPECT_EQ(idle.line(), "(closed)");
  gate->go.set_value();
  EXPECT_EQ(busy.line(), "000 9000");
  EXPECT_EQ(busy.line(), "(closed)");
}

TEST_F(GridServerTest, StopsWithConnectionsOpen) {
  start();
  auto first = client();
  EXPECT_EQ(first.ask("USE 101"), "000 3B80800101");
  EXPECT_TRUE(server_->drain(std::chrono::seconds(10)));
  server_.reset();
  EXPECT_EQ(first.line(), "(closed)");
  start();
  auto second = client();
  server_.reset();
  EXPECT_EQ(second.line(), "(closed)");
}

}  // namespace
}  // namespace cose::net
