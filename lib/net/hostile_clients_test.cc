// SPDX-License-Identifier: Apache-2.0
// Clients of RACS that a grid must not let in, or must not wait for: each is refused, logged, and no trouble for
// others.
#include <algorithm>
#include <future>
#include <mutex>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "grid/policy_access.h"
#include "iso7816/echo_card.h"
#include "net/grid_server.h"
#include "net/line_client.h"
#include "net/psk_file.h"
#include "net/testing/raw_client.h"
#include "net/testing/shared_clock.h"
#include "remote/racs_card.h"

namespace cose::net {
namespace {

using grid::Identity;

std::string pki(const std::string& file) {
  return std::string(COSE_TEST_PKI "/") + file;
}

class KeptLog final : public Log {
 public:
  [[nodiscard]] bool enabled(LogLevel) const override { return true; }
  void write(LogLevel, std::string_view event, std::initializer_list<LogField> fields) override {
    const std::lock_guard lock(mutex_);
    text_ += event;
    for (const auto& field : fields) text_.append(" ").append(field.name).append("=").append(field.value);
    text_ += "\n";
  }
  [[nodiscard]] bool has(std::string_view text) {
    const std::lock_guard lock(mutex_);
    return text_.find(text) != std::string::npos;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

class HostileClientsTest : public ::testing::Test {
 protected:
  void start(const TlsServerFiles& files) {
    auto policy = std::make_shared<grid::Policy>();
    policy->roles = {{"phones", grid::Plane::kUser, {"pay*"}, {{grid::ApplicationGrant::Kind::kAny, {}, {}}}, {}}};
    policy->users = {{"seven",
                      {{Identity::Kind::kCommonName, "phone-7"},
                       {Identity::Kind::kAlternativeName, "urn:lab:seven"},
                       {Identity::Kind::kPreSharedKey, "seven"}},
                      {"phones"}}};
    ASSERT_TRUE(policy->check());
    store_.replace(policy);
    RackOptions options;
    options.listen.port = 0;
    auto& racs = options.racs.emplace();
    racs.listen.port = 0;
    racs.tls = TlsContext::server(files).value();
    racs.access = [this](const auto& visitor) {
      return std::make_unique<grid::PolicyAccess>(store_, visitor.identities);
    };
    const auto slot = grid::SlotNumber::from_value(101).value();
    options.slots[slot] = std::make_shared<iso7816::EchoSource>();
    ASSERT_TRUE(racs.seids.add("pay101", slot));
    server_ = GridServer::start({options}, clock_, log_).value();
  }

  static TlsServerFiles files() {
    return {.certificate = pki("server.pem"),
            .key = pki("server.key"),
            .client_ca = pki("ca.pem"),
            .client_crl = pki("clients.crl")};
  }

  [[nodiscard]] std::uint16_t port() const { return server_->racs_endpoints()[0]->port; }

  // What LIST says to a client with these files; "refused" when it does not come so far.
  std::string list(TlsClientFiles client) {
    LineClientOptions options;
    options.endpoint = *server_->racs_endpoints()[0];
    options.opening = LineClientOptions::Opening::kTls;
    client.ca = pki("ca.pem");
    options.tls = TlsContext::client(client).value();
    remote::RacsClient once(std::make_shared<LineClient>(options), std::chrono::seconds(10));
    if (!once.connect()) return "refused";
    const auto names = once.run(remote::RacsBatch().list());
    return names ? names->answers.front().text : "refused";
  }

  std::string list_as(const std::string& name) {
    return list({.ca = {}, .certificate = pki(name + ".pem"), .key = pki(name + ".key")});
  }

  void expect_others_served() { EXPECT_EQ(list_as("client"), "pay101"); }

  testing::SharedClock clock_;
  KeptLog log_;
  grid::PolicyStore store_{nullptr};
  std::unique_ptr<GridServer> server_;
};

TEST_F(HostileClientsTest, CertificatesThatAreNoGoodAreRefusedAndLogged) {
  start(files());
  for (const auto& [name, reason] :
       {std::pair{"stranger", "unable to get local issuer certificate"},
        std::pair{"expired", "certificate has expired"}, std::pair{"revoked", "certificate revoked"}}) {
    EXPECT_EQ(list_as(name), "refused") << name;
    EXPECT_TRUE(log_.has(std::string("session.tls_failed session=")) && log_.has(reason)) << name;
    expect_others_served();
  }
  EXPECT_EQ(list({}), "refused") << "no certificate";
  EXPECT_TRUE(log_.has("peer did not return a certificate"));
  expect_others_served();
}

// A certificate is good and names nobody: it is not taken for somebody whose name begins like that.
TEST_F(HostileClientsTest, OddNamesAreNobody) {
  start(files());
  EXPECT_EQ(list_as("odd"), "");
  EXPECT_FALSE(log_.has("level=error"));
  EXPECT_EQ(list_as("twice"), "");
  EXPECT_EQ(list_as("mallory"), "");
  EXPECT_EQ(list_as("uri"), "pay101") << "known by its URI";
  EXPECT_TRUE(log_.has("detail=Schl\xC3\xBCssel \"7\"")) << "UTF-8 is a name";
  expect_others_served();
}

TEST_F(HostileClientsTest, HalfOpenAndSlowPeersAreGivenUp) {
  start(files());
  testing::RawClient silent(port());
  testing::RawClient half(port());
  testing::RawClient slow(port());
  // The beginning of a ClientHello, and then one more octet at a time: no octet buys time.
  const std::string beginning("\x16\x03\x01\x02\x00\x01\x00", 7);
  ASSERT_TRUE(half.send(beginning));
  ASSERT_TRUE(slow.send(beginning));
  for (int second = 0; second < 100 && !slow.is_cut_within(100); ++second) {
    slow.send(std::string(1, '\x01'));
    clock_.advance(std::chrono::seconds(1));
  }
  EXPECT_EQ(silent.line(), "(closed)");
  EXPECT_EQ(half.line(), "(closed)");
  EXPECT_EQ(slow.line(), "(closed)");
  EXPECT_TRUE(log_.has("session.idle"));
  expect_others_served();
}

TEST_F(HostileClientsTest, NoiseIsRefused) {
  start(files());
  testing::RawClient noise(port());
  ASSERT_TRUE(noise.send("GET / HTTP/1.1\r\n\r\n"));
  while (noise.line() != "(closed)") {
  }
  EXPECT_TRUE(log_.has("session.tls_failed"));
  expect_others_served();
}

TEST_F(HostileClientsTest, OldVersionsComeInOnlyWhereTheyAreAllowed) {
  start(files());
  testing::RawClient old(port());
  const std::string hello_1_2(
      "\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03"
      "0123456789ABCDEF0123456789ABCDEF"
      "\x00\x00\x04\xc0\x2b\xc0\x2f\x01\x00",
      52);
  ASSERT_TRUE(old.send(hello_1_2));
  while (old.line() != "(closed)") {
  }
  EXPECT_TRUE(log_.has("unsupported protocol"));
  expect_others_served();
}

TEST_F(HostileClientsTest, PreSharedKeysNameUsers) {
  auto with_keys = files();
  with_keys.client_psk = pki("clients.psk");
  start(with_keys);
  EXPECT_EQ(list({.ca = {}, .certificate = {}, .key = {}, .psk = pki("clients.psk")}), "pay101");
  EXPECT_TRUE(log_.has("session.secured") && log_.has("detail=seven"));
  expect_others_served();
  EXPECT_EQ(list({}), "refused") << "neither key nor certificate";
}

TEST_F(HostileClientsTest, KeysAloneWantOneOfThem) {
  start(
      {.certificate = pki("server.pem"), .key = pki("server.key"), .client_ca = {}, .client_psk = pki("clients.psk")});
  EXPECT_EQ(list({.ca = {}, .certificate = {}, .key = {}, .psk = pki("clients.psk")}), "pay101");
  EXPECT_EQ(list({}), "refused");
  EXPECT_TRUE(log_.has("neither a certificate nor a pre-shared key"));
}

// ---- one connection of TLS 1.2, by hand ----

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* connection) const { SSL_free(connection); }
};

class OldClient {
 public:
  OldClient() : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_max_proto_version(context_.get(), TLS1_2_VERSION);
    SSL_CTX_use_certificate_chain_file(context_.get(), pki("client.pem").c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), pki("client.key").c_str(), SSL_FILETYPE_PEM);
    connection_.reset(SSL_new(context_.get()));
    incoming_ = BIO_new(BIO_s_mem());
    outgoing_ = BIO_new(BIO_s_mem());
    SSL_set_bio(connection_.get(), incoming_, outgoing_);
    SSL_set_connect_state(connection_.get());
  }

  // What it has to say goes to the server, and the answer comes back; false when the server ends it.
  bool step(TlsEngine& server) {
    static_cast<void>(SSL_do_handshake(connection_.get()));
    std::string records(static_cast<std::size_t>(BIO_ctrl_pending(outgoing_)), '\0');
    if (!records.empty()) BIO_read(outgoing_, records.data(), static_cast<int>(records.size()));
    const auto fed = server.feed(as_bytes(records));
    Bytes plain;
    const auto read = fed && server.is_established() ? server.read(plain) : Status();
    std::string answer;
    server.output(answer);
    if (!answer.empty()) BIO_write(incoming_, answer.data(), static_cast<int>(answer.size()));
    read_ += as_text(plain);
    return fed && read;
  }

  [[nodiscard]] SSL* raw() { return connection_.get(); }
  [[nodiscard]] const std::string& read_by_server() const { return read_; }

 private:
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> connection_;
  BIO* incoming_ = nullptr;
  BIO* outgoing_ = nullptr;
  std::string read_;
};

TEST(OldTls, IsSpokenWhereItIsAllowed) {
  TlsServerFiles files{.certificate = pki("server.pem"), .key = pki("server.key"), .client_ca = pki("ca.pem")};
  {
    auto engine = TlsEngine::server(TlsContext::server(files).value()).value();
    OldClient client;
    EXPECT_FALSE(client.step(*engine));
  }
  files.minimum = TlsVersion::k12;
  auto engine = TlsEngine::server(TlsContext::server(files).value()).value();
  OldClient client;
  for (int flight = 0; flight < 4; ++flight) ASSERT_TRUE(client.step(*engine));
  EXPECT_TRUE(engine->is_established());
  EXPECT_EQ(engine->version(), "TLSv1.2");
  EXPECT_EQ(engine->identities(), (std::vector<Identity>{{Identity::Kind::kCommonName, "phone-7"}}));
  EXPECT_EQ(SSL_session_reused(client.raw()), 0);
}

TEST(OldTls, DoesNotRenegotiate) {
  const TlsServerFiles files{.certificate = pki("server.pem"),
                             .key = pki("server.key"),
                             .client_ca = pki("ca.pem"),
                             .minimum = TlsVersion::k12};
  auto engine = TlsEngine::server(TlsContext::server(files).value()).value();
  OldClient client;
  for (int flight = 0; flight < 4; ++flight) ASSERT_TRUE(client.step(*engine));
  ASSERT_EQ(SSL_renegotiate(client.raw()), 1);
  static_cast<void>(client.step(*engine));
  static_cast<void>(client.step(*engine));
  // Refused: the client is still in the middle of what it asked for, or has given up.
  EXPECT_EQ(SSL_is_init_finished(client.raw()), 0);
  EXPECT_TRUE(engine->is_established());
}

TEST(PskFile, IsReadLineByLine) {
  const auto table =
      parse_psk_table("# keys\nseven:000102030405060708090A0B0C0D0E0F\r\n\nurn-8:" + std::string(128, 'f'), "x");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->size(), 2U);
  EXPECT_EQ(table->at("urn-8").size(), 64U);
  for (const auto& bad : {std::string(), std::string("seven"), std::string(":00"), "seven:" + std::string(30, '0'),
                          "seven:" + std::string(130, '0'), "se ven:" + std::string(32, '0'),
                          "seven:" + std::string(32, 'x'), std::string(129, 'i') + ":" + std::string(32, '0'),
                          "a:" + std::string(32, '0') + "\na:" + std::string(32, '1')})
    EXPECT_EQ(parse_psk_table(bad, "x").error().kind, ErrorKind::kInvalid) << bad;
  EXPECT_EQ(parse_psk_table("a:" + std::string(31, '9'), "x").error().message.find("9999"), std::string::npos);
}

TEST(PskFile, IsForItsOwnerAlone) {
  EXPECT_TRUE(load_psk_file(pki("clients.psk")));
  EXPECT_EQ(load_psk_file(pki("loose.psk")).error().kind, ErrorKind::kRefused);
  EXPECT_EQ(load_psk_file("/nowhere.psk").error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace cose::net
