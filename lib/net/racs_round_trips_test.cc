// SPDX-License-Identifier: Apache-2.0
// What a far grid costs: round trips counted by a proxy that is 50 ms long. Times are no verdict here.
#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "iso7816/echo_card.h"
#include "net/grid_server.h"
#include "net/line_client.h"
#include "net/testing/delay_proxy.h"
#include "net/testing/shared_clock.h"
#include "remote/racs_client.h"

namespace cose::net {
namespace {

using namespace literals;

constexpr auto kRoundTrip = std::chrono::milliseconds(50);
constexpr auto kPatience = std::chrono::seconds(30);

std::string pki(const std::string& file) {
  return std::string(COSE_TEST_PKI "/") + file;
}

class RacsRoundTrips : public ::testing::Test {
 protected:
  RacsRoundTrips() {
    RackOptions options;
    options.listen.port = 0;
    auto& racs = options.racs.emplace();
    racs.listen.port = 0;
    racs.tls =
        TlsContext::server({.certificate = pki("server.pem"), .key = pki("server.key"), .client_ca = pki("ca.pem")})
            .value();
    racs.access = [](const auto&) { return std::make_unique<grid::OpenAccess>(); };
    const auto slot = grid::SlotNumber::from_value(101).value();
    options.slots[slot] = std::make_shared<iso7816::EchoSource>();
    EXPECT_TRUE(racs.seids.add("s", slot));
    server_ = GridServer::start({options}, clock_, log_).value();
    proxy_ = std::make_unique<testing::DelayProxy>(server_->racs_endpoints()[0]->port, kRoundTrip);
  }

  std::shared_ptr<LineClient> connector() {
    LineClientOptions options;
    options.endpoint = {"127.0.0.1", proxy_->port()};
    options.opening = LineClientOptions::Opening::kTls;
    options.tls =
        TlsContext::client({.ca = pki("ca.pem"), .certificate = pki("client.pem"), .key = pki("client.key")}).value();
    return std::make_shared<LineClient>(options);
  }

  testing::SharedClock clock_;
  NullLog log_;
  std::unique_ptr<GridServer> server_;
  std::unique_ptr<testing::DelayProxy> proxy_;
};

TEST_F(RacsRoundTrips, ABatchOfEightCommandsCostsOne) {
  remote::RacsClient client(connector(), kPatience);
  // The handshake's last words (RFC 8446 §4.6.1: tickets) come with the first answer.
  ASSERT_TRUE(client.run(remote::RacsBatch().power_on("s")));
  const auto before = proxy_->round_trips();
  const std::vector<Bytes> commands(8, "00A4040003AABBCC"_hex);
  EXPECT_EQ(client.exchange("s", commands).value(), std::vector<Bytes>(8, "AABBCC9000"_hex));
  EXPECT_EQ(proxy_->round_trips() - before, 1);
  for (const auto& command : commands) ASSERT_TRUE(client.exchange("s", {&command, 1}));
  EXPECT_EQ(proxy_->round_trips() - before, 9) << "one after the other, each costs one";
}

}  // namespace
}  // namespace cose::net
