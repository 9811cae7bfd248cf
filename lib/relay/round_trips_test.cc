// SPDX-License-Identifier: Apache-2.0
// A contactless read of eight commands at a far grid's card: round trips counted by a proxy that is 50 ms long, over
// both protocols with KEEP. Times are no verdict here.
#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/seeded_rng.h"
#include "iso7816/echo_card.h"
#include "net/grid_server.h"
#include "net/line_client.h"
#include "net/testing/delay_proxy.h"
#include "net/testing/system_time.h"
#include "relay/card_relay.h"
#include "remote/racs_card.h"

namespace cose::relay {
namespace {

using namespace literals;

constexpr auto kRoundTrip = std::chrono::milliseconds(50);
constexpr int kCommands = 8;

class SilentObserver final : public RelayObserver {
 public:
  void relayed(const RelayEvent&) override {}
};

std::string pki(const std::string& file) {
  return std::string(COSE_TEST_PKI "/") + file;
}

class RoundTrips : public ::testing::Test {
 protected:
  RoundTrips() {
    net::RackOptions options;
    options.listen.port = 0;
    options.keep_patience = std::chrono::seconds(10);
    options.rng = &rng_;
    auto& racs = options.racs.emplace();
    racs.listen.port = 0;
    racs.tls = net::TlsContext::server(
                   {.certificate = pki("server.pem"), .key = pki("server.key"), .client_ca = pki("ca.pem")})
                   .value();
    racs.access = [](const auto&) { return std::make_unique<grid::OpenAccess>(); };
    options.slots[slot_] = std::make_shared<iso7816::EchoSource>();
    EXPECT_TRUE(racs.seids.add("s", slot_));
    server_ = net::GridServer::start({options}, clock_, log_).value();
  }

  // A tap on a session that is open: what it costs, the reset behind it included.
  int trips_of_a_tap(iso7816::Card& card, const net::testing::DelayProxy& proxy) {
    SilentObserver observer;
    CardRelay relay(card, clock_, {}, observer);
    EXPECT_TRUE(relay.warm_up());
    const auto before = proxy.round_trips();
    relay.power_on();
    Bytes answer;
    for (int count = 0; count < kCommands; ++count) {
      relay.transmit("00A4040003AABBCC"_hex, answer);
      EXPECT_EQ(answer, "AABBCC9000"_hex);
    }
    EXPECT_EQ(proxy.round_trips() - before, kCommands) << "as the reader sees it";
    relay.power_off();
    const auto trips = proxy.round_trips() - before;
    relay.power_on();
    EXPECT_TRUE(relay.idle());
    EXPECT_EQ(proxy.round_trips() - before, trips) << "the next tap pays for no handshake and no reset";
    return trips;
  }

  net::testing::SystemTime clock_;
  cose::testing::SeededRng rng_{1};
  NullLog log_;
  grid::SlotNumber slot_ = grid::SlotNumber::from_value(101).value();
  std::unique_ptr<net::GridServer> server_;
};

TEST_F(RoundTrips, OfATapOverThePlainProtocol) {
  const net::testing::DelayProxy proxy(server_->endpoints()[0].port, kRoundTrip);
  net::LineClientOptions options;
  options.endpoint = {"127.0.0.1", proxy.port()};
  options.keeping = remote::Keeping::kOn;
  remote::GridCard card(std::make_shared<net::LineClient>(options), slot_, {remote::Keeping::kOn, &clock_});
  EXPECT_LE(trips_of_a_tap(card, proxy), kCommands + 1);
}

TEST_F(RoundTrips, OfATapOverRacs) {
  const net::testing::DelayProxy proxy(server_->racs_endpoints()[0]->port, kRoundTrip);
  net::LineClientOptions options;
  options.endpoint = {"127.0.0.1", proxy.port()};
  options.opening = net::LineClientOptions::Opening::kTls;
  options.tls =
      net::TlsContext::client({.ca = pki("ca.pem"), .certificate = pki("client.pem"), .key = pki("client.key")})
          .value();
  remote::RacsCard card(std::make_shared<net::LineClient>(options), "s", {remote::Keeping::kOn, &clock_});
  EXPECT_LE(trips_of_a_tap(card, proxy), kCommands + 1);
}

}  // namespace
}  // namespace cose::relay
