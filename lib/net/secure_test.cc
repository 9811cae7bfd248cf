// SPDX-License-Identifier: Apache-2.0
// TLS over octets, and lines to a far grid with and without it.
#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "iso7816/echo_card.h"
#include "net/grid_server.h"
#include "net/line_client.h"
#include "net/testing/raw_client.h"
#include "net/testing/shared_clock.h"
#include "net/tls.h"
#include "remote/grid_card.h"

namespace cose::net {
namespace {

using namespace literals;
using grid::SecureMode;

std::string pki(const std::string& file) {
  return std::string(COSE_TEST_PKI "/") + file;
}

std::shared_ptr<const TlsContext> server_context(const std::string& name = "server",
                                                 const std::string& client_ca = {}) {
  return TlsContext::server({.certificate = pki(name + ".pem"),
                             .key = pki(name + ".key"),
                             .client_ca = client_ca.empty() ? "" : pki(client_ca)})
      .value();
}

std::shared_ptr<const TlsContext> client_context(const std::string& ca = "ca.pem", const std::string& identity = {}) {
  return TlsContext::client({.ca = pki(ca),
                             .certificate = identity.empty() ? "" : pki(identity + ".pem"),
                             .key = identity.empty() ? "" : pki(identity + ".key")})
      .value();
}

// Two engines joined by hand.
struct Pair {
  Pair(std::shared_ptr<const TlsContext> server_side, std::shared_ptr<const TlsContext> client_side,
       const std::string& host = "localhost")
      : server(TlsEngine::server(std::move(server_side)).value()),
        client(TlsEngine::client(std::move(client_side), host).value()) {}

  // Carries records to and fro until nothing moves; the first error of either side.
  Status handshake() {
    COSE_CHECK(client->feed({}));
    for (int flight = 0; flight < 10; ++flight) {
      COSE_CHECK(carry(*client, *server));
      COSE_CHECK(carry(*server, *client));
    }
    return {};
  }

  static Status carry(TlsEngine& from, TlsEngine& to) {
    std::string records;
    from.output(records);
    return records.empty() ? Status{} : to.feed(as_bytes(records));
  }

  std::unique_ptr<TlsEngine> server;
  std::unique_ptr<TlsEngine> client;
};

TEST(TlsEngine, CarriesDataBothWays) {
  Pair pair(server_context("server", "ca.pem"), client_context("ca.pem", "client"));
  ASSERT_TRUE(pair.handshake().has_value());
  EXPECT_TRUE(pair.client->is_established() && pair.server->is_established());
  EXPECT_EQ(pair.server->identities(), (std::vector<grid::Identity>{{grid::Identity::Kind::kCommonName, "phone-7"}}));
  const Bytes much(100'000, 0x5A);
  ASSERT_TRUE(pair.client->write(much).has_value());
  ASSERT_TRUE(Pair::carry(*pair.client, *pair.server).has_value());
  Bytes read;
  ASSERT_TRUE(pair.server->read(read).has_value());
  EXPECT_EQ(read, much);
  pair.client->close();
  ASSERT_TRUE(Pair::carry(*pair.client, *pair.server).has_value());
  EXPECT_EQ(pair.server->read(read).error().kind, ErrorKind::kClosed);
}

TEST(TlsEngine, RefusesWhomItDoesNotKnow) {
  EXPECT_EQ(Pair(server_context(), client_context("other-ca.pem")).handshake().error().kind, ErrorKind::kRefused);
  EXPECT_EQ(Pair(server_context("elsewhere"), client_context()).handshake().error().kind, ErrorKind::kRefused);
  EXPECT_EQ(Pair(server_context(), client_context(), "10.0.0.1").handshake().error().kind, ErrorKind::kRefused);
  EXPECT_TRUE(Pair(server_context(), client_context(), "127.0.0.1").handshake().has_value());
  EXPECT_FALSE(Pair(server_context("server", "ca.pem"), client_context()).handshake().has_value());
  EXPECT_FALSE(Pair(server_context("server", "ca.pem"), client_context("ca.pem", "stranger")).handshake().has_value());
}

TEST(TlsEngine, RefusesNoise) {
  auto engine = TlsEngine::server(server_context()).value();
  EXPECT_EQ(engine->feed("160301000500000000FF"_hex).error().kind, ErrorKind::kRefused);
}

TEST(TlsContext, NamesTheFileThatIsWrong) {
  const auto missing = TlsContext::server({.certificate = "/nowhere.pem", .key = "/nowhere.key", .client_ca = ""});
  EXPECT_TRUE(missing.error().message.starts_with("/nowhere.pem: no usable certificate (PEM expected)"));
  const auto mixed = TlsContext::server({.certificate = pki("server.pem"), .key = pki("client.key"), .client_ca = ""});
  EXPECT_FALSE(mixed.has_value());
  EXPECT_FALSE(TlsContext::client({.ca = pki("server.key"), .certificate = "", .key = ""}).has_value());
}

class SecureGridTest : public ::testing::Test {
 protected:
  void start(SecureMode mode, const std::string& client_ca = {}) {
    RackOptions options;
    options.listen.port = 0;
    options.session.secure = mode;
    if (mode != SecureMode::kOff) options.tls = server_context("server", client_ca);
    options.slots[grid::SlotNumber::from_value(101).value()] = std::make_shared<iso7816::EchoSource>();
    server_ = GridServer::start({options}, clock_, log_).value();
  }

  // What a card in slot 101 answers through a client with these options.
  Result<Bytes> ask(SecureMode mode, std::shared_ptr<const TlsContext> tls) {
    const auto client = std::make_shared<LineClient>(
        LineClientOptions{.endpoint = server_->endpoints().front(), .secure = mode, .tls = std::move(tls)});
    remote::GridCard card(client, grid::SlotNumber::from_value(101).value());
    COSE_CHECK(card.power_up(iso7816::ResetKind::kCold));
    return iso7816::transceive(card, "00CA000003AABBCC"_hex);
  }

  testing::SharedClock clock_;
  NullLog log_;
  std::unique_ptr<GridServer> server_;
};

TEST_F(SecureGridTest, ClearWhereNobodyAsks) {
  start(SecureMode::kOff);
  EXPECT_EQ(ask(SecureMode::kOff, nullptr).value(), "AABBCC9000"_hex);
  EXPECT_EQ(ask(SecureMode::kOffer, client_context()).value(), "AABBCC9000"_hex);
  const auto refused = ask(SecureMode::kRequire, client_context());
  EXPECT_EQ(refused.error().kind, ErrorKind::kRefused);
}

TEST_F(SecureGridTest, UpgradesInPlaceWhereOffered) {
  start(SecureMode::kOffer);
  EXPECT_EQ(ask(SecureMode::kRequire, client_context()).value(), "AABBCC9000"_hex);
  EXPECT_EQ(ask(SecureMode::kOffer, client_context()).value(), "AABBCC9000"_hex);
  EXPECT_EQ(ask(SecureMode::kOff, nullptr).value(), "AABBCC9000"_hex);
  EXPECT_EQ(ask(SecureMode::kOffer, client_context("other-ca.pem")).error().kind, ErrorKind::kRefused);
}

TEST_F(SecureGridTest, NothingInClearWhereRequired) {
  start(SecureMode::kRequire, "ca.pem");
  EXPECT_EQ(ask(SecureMode::kOff, nullptr).error().kind, ErrorKind::kRefused);
  EXPECT_EQ(ask(SecureMode::kOffer, client_context("ca.pem", "client")).value(), "AABBCC9000"_hex);
  EXPECT_FALSE(ask(SecureMode::kOffer, client_context()).has_value()) << "no client certificate";
  EXPECT_FALSE(ask(SecureMode::kOffer, client_context("ca.pem", "stranger")).has_value());
}

TEST_F(SecureGridTest, BrokenHandshakesEndTheirConnectionOnly) {
  start(SecureMode::kRequire);
  testing::RawClient broken(server_->endpoints().front().port);
  EXPECT_EQ(broken.line(), "000 OK: CoSE grid of secure elements");
  EXPECT_EQ(broken.ask("HELLO x"), "000 CoSE SECURE");
  broken.send(std::string("\x16\x03\x01\x00\x05", 5) + "noise and more of it");
  while (broken.line() != "(closed)") {
  }
  EXPECT_TRUE(ask(SecureMode::kRequire, client_context()).has_value());
}

// What is slipped in behind HELLO, before TLS, is not taken for something said inside TLS.
TEST_F(SecureGridTest, LinesInClearDoNotReachTheSecureChannel) {
  start(SecureMode::kRequire);
  testing::RawClient client(server_->endpoints().front().port);
  client.line();
  client.send("HELLO x\nUSE 101\n");
  EXPECT_EQ(client.line(), "000 CoSE SECURE");
  EXPECT_EQ(client.line(), "301 this grid asks for a secure channel; send HELLO <client>, then start TLS");
}

TEST(Endpoint, ReadsWhatPeopleWrite) {
  EXPECT_EQ(Endpoint::parse("127.0.0.1:99", 1).value(), (Endpoint{"127.0.0.1", 99}));
  EXPECT_EQ(Endpoint::parse("rack", 2310).value(), (Endpoint{"rack", 2310}));
  EXPECT_EQ(Endpoint::parse("[::1]:99", 1)->text(), "[::1]:99");
  EXPECT_EQ(Endpoint::parse("[::1]", 7)->text(), "[::1]:7");
  for (const auto* text : {"", ":1", "rack:", "rack:x", "rack:70000", "[::1", "[::1]x", "rack:1x", "::1"})
    EXPECT_FALSE(Endpoint::parse(text, 1).has_value()) << text;
}

TEST(LineClient, SaysWhyThereIsNoGrid) {
  // Port 1 of the loopback has no listener.
  LineClient nobody({.endpoint = {"127.0.0.1", 1}, .tls = nullptr});
  EXPECT_EQ(nobody.connect(remote::kConnectPatience).error().kind, ErrorKind::kClosed);
  EXPECT_TRUE(nobody.connect(remote::kConnectPatience).error().message.starts_with("127.0.0.1:1: "));
  LineClient unknown({.endpoint = {"no.such.host.invalid", 1}, .tls = nullptr});
  EXPECT_EQ(unknown.connect(remote::kConnectPatience).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace cose::net
