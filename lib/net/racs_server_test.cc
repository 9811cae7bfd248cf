// SPDX-License-Identifier: Apache-2.0
// RACS over TLS on real sockets: who may come in, and that locks hold across protocols. What a session answers is
// tested in grid/.
#include <future>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "grid/policy_access.h"
#include "iso7816/echo_card.h"
#include "net/grid_server.h"
#include "net/line_client.h"
#include "net/testing/raw_client.h"
#include "net/testing/shared_clock.h"
#include "remote/racs_card.h"

namespace cose::net {
namespace {

using namespace literals;

constexpr remote::RacsCardOptions kPatience{.patience = std::chrono::seconds(10)};

std::string pki(const std::string& file) {
  return std::string(COSE_TEST_PKI "/") + file;
}

class RacsServerTest : public ::testing::Test {
 protected:
  RacsServerTest() {
    auto policy = std::make_shared<grid::Policy>();
    policy->roles = {{"phones",
                      grid::Plane::kUser,
                      {"pay*"},
                      {{grid::ApplicationGrant::Kind::kDefault, {}, {{0x00FF0000, 0x00D80000}}}},
                      {}}};
    policy->users = {{"seven", {{grid::Identity::Kind::kCommonName, "phone-7"}}, {"phones"}},
                     {"mail", {{grid::Identity::Kind::kAlternativeName, "seven@lab.example"}}, {"phones"}}};
    EXPECT_TRUE(policy->check());
    store_.replace(policy);
    RackOptions options;
    options.listen.port = 0;
    auto& racs = options.racs.emplace();
    racs.listen.port = 0;
    racs.tls = tls("nobody.crl");
    racs.access = [this](const auto& visitor) {
      return std::make_unique<grid::PolicyAccess>(store_, visitor.identities);
    };
    for (unsigned number = 101; number <= 103; ++number) {
      const auto slot = grid::SlotNumber::from_value(number).value();
      options.slots[slot] = std::make_shared<iso7816::EchoSource>();
      EXPECT_TRUE(racs.seids.add((number == 103 ? "sim" : "pay") + std::to_string(number), slot));
    }
    server_ = GridServer::start({options}, clock_, log_).value();
  }

  static std::shared_ptr<const TlsContext> tls(const std::string& crl) {
    return TlsContext::server({.certificate = pki("server.pem"),
                               .key = pki("server.key"),
                               .client_ca = pki("ca.pem"),
                               .client_crl = pki(crl)})
        .value();
  }

  std::shared_ptr<LineClient> client(const std::string& identity, const std::string& ca = "ca.pem") {
    LineClientOptions options;
    options.endpoint = *server_->racs_endpoints()[0];
    options.opening = LineClientOptions::Opening::kTls;
    options.tls = TlsContext::client({.ca = pki(ca),
                                      .certificate = identity.empty() ? "" : pki(identity + ".pem"),
                                      .key = identity.empty() ? "" : pki(identity + ".key")})
                      .value();
    return std::make_shared<LineClient>(options);
  }

  static std::string list(remote::RacsClient& client) {
    if (!client.connect()) return "no connection";
    const auto names = client.run(remote::RacsBatch().list());
    return names ? names->answers.front().text : "refused";
  }
  static std::string list(const std::shared_ptr<LineClient>& client) {
    remote::RacsClient once(client, std::chrono::seconds(10));
    return list(once);
  }

  testing::SharedClock clock_;
  NullLog log_;
  grid::PolicyStore store_{nullptr};
  std::unique_ptr<GridServer> server_;
};

TEST_F(RacsServerTest, ServesWhomThePolicyKnows) {
  auto phone = client("client");
  EXPECT_EQ(list(phone), "pay101 pay102");
  remote::RacsCard card(phone, "pay101", kPatience);
  ASSERT_TRUE(card.power_up(iso7816::ResetKind::kCold));
  Bytes response;
  ASSERT_TRUE(card.transmit("00B0000000"_hex, response));
  EXPECT_EQ(card.transmit("80D8000000"_hex, response).error().kind, ErrorKind::kRefused);
  remote::RacsCard foreign(phone, "sim103", kPatience);
  EXPECT_EQ(foreign.power_up(iso7816::ResetKind::kCold).error().kind, ErrorKind::kNotFound);
}

// Vector S1: no certificate, and one of another authority.
TEST_F(RacsServerTest, LetsNobodyInWithoutACertificateOfItsAuthority) {
  auto nobody = client("");
  EXPECT_TRUE(list(nobody) == "no connection" || list(nobody) == "refused");
  auto stranger = client("stranger");
  EXPECT_TRUE(list(stranger) == "no connection" || list(stranger) == "refused");
  auto phone = client("client");
  EXPECT_EQ(list(phone), "pay101 pay102");
}

// A certificate that is good, of somebody the policy does not know.
TEST_F(RacsServerTest, ShowsNothingToUnknownUsers) {
  auto other = client("server");
  EXPECT_EQ(list(other), "");
}

TEST_F(RacsServerTest, KnowsAlternativeNames) {
  auto other = client("mallory");
  EXPECT_EQ(list(other), "pay101 pay102");
}

// From the next connection on; whoever is inside stays.
TEST_F(RacsServerTest, RefusesWhatHasBeenRevoked) {
  auto phone = client("revoked");
  remote::RacsClient inside(phone, std::chrono::seconds(10));
  ASSERT_TRUE(inside.connect());
  server_->replace_tls(0, tls("clients.crl"));
  // Behind the replacement on the rack's thread.
  std::promise<void> done;
  server_->post(0, [&] { done.set_value(); });
  done.get_future().wait();
  EXPECT_TRUE(list(phone) == "no connection" || list(phone) == "refused");
  EXPECT_EQ(list(client("client")), "pay101 pay102");
  EXPECT_EQ(list(inside), "pay101 pay102");
}

TEST_F(RacsServerTest, TakesAPolicyInItsPlace) {
  auto phone = client("client");
  remote::RacsClient inside(phone, std::chrono::seconds(10));
  ASSERT_TRUE(inside.connect());
  std::promise<void> done;
  server_->post(0, [&] {
    store_.replace(std::make_shared<grid::Policy>());
    done.set_value();
  });
  done.get_future().wait();
  EXPECT_EQ(list(inside), "");
}

TEST_F(RacsServerTest, LocksHoldAcrossProtocols) {
  auto phone = client("client");
  remote::RacsCard card(phone, "pay101", kPatience);
  ASSERT_TRUE(card.power_up(iso7816::ResetKind::kCold));
  testing::RawClient plain(server_->endpoints()[0].port);
  EXPECT_EQ(plain.line().substr(0, 3), "000");
  EXPECT_EQ(plain.ask("USE 101").substr(0, 3), "700");
  ASSERT_TRUE(card.power_down());
  EXPECT_EQ(plain.ask("USE 101").substr(0, 3), "000");
  EXPECT_EQ(card.power_up(iso7816::ResetKind::kCold).error().kind, ErrorKind::kBusy);
}

// Whoever speaks no TLS gets no word, and is no trouble for others.
TEST_F(RacsServerTest, SaysNothingInClear) {
  testing::RawClient plain(server_->racs_endpoints()[0]->port);
  ASSERT_TRUE(plain.send("BEGIN\r\nLIST\r\nEND\r\n"));
  EXPECT_EQ(plain.line().find("BEGIN"), std::string::npos);
  EXPECT_EQ(list(client("client")), "pay101 pay102");
}

TEST_F(RacsServerTest, DrainsBothProtocols) {
  auto phone = client("client");
  const auto channel = phone->connect(remote::kConnectPatience);
  ASSERT_TRUE(channel);
  EXPECT_TRUE(server_->drain(std::chrono::seconds(10)));
}

TEST(RacsServer, WantsCertificatesAndAPolicy) {
  testing::SharedClock clock;
  NullLog log;
  RackOptions options;
  options.listen.port = 0;
  options.racs.emplace().listen.port = 0;
  EXPECT_EQ(GridServer::start({options}, clock, log).error().kind, ErrorKind::kInvalid);
  options.racs->access = [](const auto&) { return std::make_unique<grid::OpenAccess>(); };
  EXPECT_EQ(GridServer::start({options}, clock, log).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace cose::net
