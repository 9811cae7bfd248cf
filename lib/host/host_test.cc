// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/manual_clock.h"
#include "host/card_opener.h"
#include "host/card_profile_file.h"
#include "host/card_uri.h"
#include "host/grid_service.h"
#include "host/log.h"
#include "host/serve_config.h"

namespace cose::host {
namespace {

using namespace literals;

TEST(CardUri, ReadsEveryScheme) {
  EXPECT_EQ(CardUri::parse("echo:")->scheme, CardScheme::kEcho);
  EXPECT_EQ(CardUri::parse("replay:what?.apdu")->text, "what?.apdu");
  EXPECT_EQ(CardUri::parse("pcsc:")->text, "");
  const auto reader = CardUri::parse("pcsc:ACS%20ACR%3F?exclusive&timeout=5").value();
  EXPECT_EQ(reader.text, "ACS ACR?");
  EXPECT_TRUE(reader.options.contains("exclusive"));
  EXPECT_EQ(reader.option("timeout"), "5");
  const auto far = CardUri::parse("grid://[::1]:99/725?secure=require&ca=a%26b.pem").value();
  EXPECT_EQ(far.endpoint, (net::Endpoint{"::1", 99}));
  EXPECT_EQ(far.slot->value(), 725U);
  EXPECT_EQ(far.option("ca"), "a&b.pem");
  EXPECT_EQ(CardUri::parse("grid://rack")->endpoint.port, net::kSimArrayPort);
  EXPECT_FALSE(CardUri::parse("grid://rack")->slot.has_value());
  const auto element = CardUri::parse("racs://rack/device%2345?ca=a.pem").value();
  EXPECT_EQ(element.scheme, CardScheme::kRacs);
  EXPECT_EQ(element.endpoint.port, net::kRacsPort);
  EXPECT_EQ(element.text, "device#45");
  EXPECT_EQ(element.option("ca"), "a.pem");
  EXPECT_TRUE(CardUri::parse("racs://rack").value().text.empty()) << "the grid itself";
  for (const auto* bad : {"racs:///s", "racs://rack/a%20b", "racs://rack/s?secure=off"})
    EXPECT_FALSE(CardUri::parse(bad).has_value()) << bad;
}

TEST(CardUri, SaysWhatItExpected) {
  for (const auto* text :
       {"", "pcsc", "card:1", "echo:x", "replay:", "grid://", "grid://rack/", "grid://rack/0", "grid://rack/1333",
        "grid://rack:x/101", "pcsc:x?colour=red", "pcsc:%4", "grid://rack/101?slow"}) {
    const auto uri = CardUri::parse(text);
    if (std::string_view(text) == "grid://rack/") continue;  // the grid as a whole
    ASSERT_FALSE(uri.has_value()) << text;
    EXPECT_NE(uri.error().message.find("expected"), std::string::npos) << uri.error().message;
  }
  EXPECT_EQ(CardUri::parse("pcsc:x?colour=red").error().message,
            "card URI \"pcsc:x?colour=red\": expected options of these: exclusive, shared, protocol, timeout");
}

TEST(CardOpener, OpensWhatNeedsNoHardware) {
  cose::testing::ManualClock clock;
  CardOpener opener(clock);
  const auto echo = opener.source("echo:").value()->open().value();
  EXPECT_TRUE(echo->power_up(iso7816::ResetKind::kCold).has_value());
  const auto file = ::testing::TempDir() + "host_test.apdu";
  std::ofstream(file) << "* cold 3B00\n> 00A40400\n< 6A82\n";
  const auto recorded = opener.source("replay:" + file).value()->open().value();
  EXPECT_EQ(recorded->power_up(iso7816::ResetKind::kCold).value(), "3B00"_hex);
  EXPECT_EQ(iso7816::transceive(*recorded, "00A40400"_hex).value(), "6A82"_hex);
}

TEST(CardOpener, GivesEachSoftwareCardOfAKindItsOwnNumber) {
  const cose::testing::ManualClock clock;
  CardOpener opener(clock);
  const auto cplc = [&](std::string_view uri) {
    const auto card = opener.source(uri).value()->open().value();
    EXPECT_TRUE(card->power_up(iso7816::ResetKind::kCold).has_value());
    return to_hex(ByteView(iso7816::transceive(*card, "80CA9F7F00"_hex).value()).subspan(15, 4));
  };
  EXPECT_EQ(cplc("sim:"), "00000001");
  EXPECT_EQ(cplc("sim:"), "00000002");
  EXPECT_EQ(cplc("sim:?scp=03"), "00000001");
  EXPECT_EQ(cplc("sim:?serial=7"), "00000007");
  for (const auto* bad : {"sim:?scp=04", "sim:?serial=x", "sim:?load=/nowhere.cap", "sim:?profile=/nowhere.toml"})
    EXPECT_FALSE(opener.source(bad).has_value()) << bad;
}

TEST(CardProfileFile, ReadsWhatItKnowsAndNothingElse) {
  const auto product = parse_card_product(R"(
diversification = "visa2"
[card]
state = "secured"
protocols = ["03:70"]
first_serial = 9
[[keys]]
version = 0x30
algorithm = "aes"
key = "404142434445464748494A4B4C4D4E4F"
[limits]
channels = 4
instructions = 5_000_000
)",
                                          "card.toml", ".");
  ASSERT_TRUE(product.has_value()) << product.error().message;
  EXPECT_EQ(product->profile.state, gpcard::CardState::kSecured);
  EXPECT_EQ(product->profile.protocols, (std::vector<scp::Protocol>{{0x03, 0x70}}));
  EXPECT_EQ(product->master_keys.at(0).version, 0x30);
  EXPECT_EQ(product->profile.limits.channels, 4);
  EXPECT_EQ(product->runtime.machine.instruction_budget, 5'000'000);
  EXPECT_EQ(product->first_serial, 9U);
  for (const auto* bad :
       {"colour = 1", "[card]\natr = \"3B\"", "[[keys]]\nversion = 1\nkey = \"00\"", "[aids]\nissuer_domain = \"00\"",
        "[card]\nprotocols = [\"03:71\", \"x\"]", "[limits]\ninstructions = 9"})
    EXPECT_FALSE(parse_card_product(bad, "card.toml", ".").has_value()) << bad;
}

TEST(CardOpener, NamesTheFileOrOptionThatIsWrong) {
  cose::testing::ManualClock clock;
  CardOpener opener(clock);
  EXPECT_EQ(opener.source("replay:/nowhere.apdu").error().message,
            "/nowhere.apdu: no such file, or no right to read it");
  const auto file = ::testing::TempDir() + "host_test_bad.apdu";
  std::ofstream(file) << "* cold 3B00\nnonsense\n";
  EXPECT_TRUE(opener.source("replay:" + file).error().message.starts_with(file));
  EXPECT_FALSE(opener.source("pcsc:?protocol=t2").has_value());
  EXPECT_FALSE(opener.source("pcsc:?timeout=0").has_value());
  EXPECT_FALSE(opener.source("grid://rack").has_value());
  EXPECT_FALSE(opener.source("grid://rack/101?secure=maybe").has_value());
  EXPECT_FALSE(opener.source("grid://rack/101?ca=/nowhere.pem").has_value());
}

constexpr auto kFullConfig = R"(
name = "lab"
drain_seconds = 3
[log]
level = "debug"
format = "json"
[tls]
certificate = "grid.pem"
key = "/etc/cose/grid.key"
[[rack]]
listen = "127.0.0.1:0"
secure = "offer"
idle_seconds = 30
maximum_connections = 5
[rack.slots]
101 = "echo:"
"130-202" = "pcsc:Virtual"
[rack.racs]
listen = "127.0.0.1:7778"
mode = "reference"
policy = "policy.toml"
[rack.racs.seids]
"device#45" = 101
[[rack]]
listen = "[::1]:2311"
policy = "other.toml"
[rack.seids]
s = 1332
[rack.racs]
[rack.http]
listen = "[::1]:8443"
plain = true
open_status = true
maximum_connections = 7
)";

TEST(ServeConfig, ReadsEveryKey) {
  const auto config = ServeConfig::parse(kFullConfig, "grid.toml", "/srv/grid").value();
  EXPECT_EQ(config.name, "lab");
  EXPECT_EQ(config.drain, std::chrono::seconds(3));
  EXPECT_EQ(config.log_level, LogLevel::kDebug);
  EXPECT_EQ(config.log_format, LogFormat::kJson);
  EXPECT_EQ(config.tls.certificate, "/srv/grid/grid.pem");
  EXPECT_EQ(config.tls.key, "/etc/cose/grid.key");
  EXPECT_EQ(config.tls.client_ca, "");
  ASSERT_EQ(config.racks.size(), 2U);
  const auto& rack = config.racks[0];
  EXPECT_EQ(rack.secure, grid::SecureMode::kOffer);
  EXPECT_EQ(rack.idle, std::chrono::seconds(30));
  EXPECT_EQ(rack.maximum_connections, 5U);
  std::string slots;
  for (const auto& [slot, uri] : rack.slots) slots += slot.text() + "=" + uri + " ";
  EXPECT_EQ(slots, "101=echo: 130=pcsc:Virtual 131=pcsc:Virtual 132=pcsc:Virtual 201=pcsc:Virtual 202=pcsc:Virtual ");
  ASSERT_TRUE(rack.racs.has_value());
  EXPECT_EQ(rack.racs->listen, (net::Endpoint{"127.0.0.1", 7778}));
  EXPECT_EQ(rack.racs->mode, grid::RacsMode::kReference);
  EXPECT_EQ(rack.policy, "/srv/grid/policy.toml");
  EXPECT_EQ(rack.seids.at("device#45").value(), 101U);
  EXPECT_EQ(config.racks[1].listen, (net::Endpoint{"::1", 2311}));
  EXPECT_EQ(config.racks[1].racs->listen, (net::Endpoint{"127.0.0.1", net::kRacsPort}));
  EXPECT_EQ(config.racks[1].policy, "/srv/grid/other.toml");
  EXPECT_EQ(config.racks[1].seids.at("s").value(), 1332U);
  EXPECT_FALSE(rack.http.has_value());
  ASSERT_TRUE(config.racks[1].http.has_value());
  EXPECT_EQ(config.racks[1].http->listen, (net::Endpoint{"::1", 8443}));
  EXPECT_TRUE(config.racks[1].http->plain);
  EXPECT_TRUE(config.racks[1].http->open_status);
  EXPECT_EQ(config.racks[1].http->maximum_connections, 7U);
}

TEST(ServeConfig, WantsCertificatesForRacs) {
  const auto bare = ServeConfig::parse("[[rack]]\n[rack.racs]", "f", "/srv").value();
  EXPECT_NE(bare.check().error().message.find("RACS needs"), std::string::npos);
  for (const auto* bad : {"[[rack]]\n[rack.racs]\nmode = \"strict\"", "[[rack]]\n[rack.racs.seids]\na = 99",
                          "[[rack]]\n[rack.racs.seids]\n\"a b\" = 101", "[[rack]]\n[rack.racs]\ncolour = 1",
                          "[[rack]]\n[rack.seids]\na = 101\n[rack.racs.seids]\na = 102"})
    EXPECT_FALSE(ServeConfig::parse(bad, "f", "/srv")) << bad;
}

// In clear for this machine, over TLS with certificates of clients, or in clear because somebody said so.
TEST(ServeConfig, DoesNotOpenHttpByAccident) {
  const std::string certificate = "[tls]\ncertificate = \"c\"\nkey = \"k\"\n";
  const std::string far = "[[rack]]\n[rack.http]\nlisten = \"0.0.0.0:8080\"\n";
  EXPECT_TRUE(ServeConfig::parse("[[rack]]\n[rack.http]", "f", "/srv")->check());
  EXPECT_NE(ServeConfig::parse(far, "f", "/srv")->check().error().message.find("in clear"), std::string::npos);
  EXPECT_TRUE(ServeConfig::parse(far + "plain = true", "f", "/srv")->check());
  EXPECT_NE(ServeConfig::parse(certificate + far, "f", "/srv")->check().error().message.find("authority"),
            std::string::npos);
  EXPECT_TRUE(ServeConfig::parse(certificate + "client_ca = \"a\"\n" + far, "f", "/srv")->check());
  EXPECT_FALSE(ServeConfig::parse("[[rack]]\n[rack.http]\ncolour = 1", "f", "/srv"));
  EXPECT_FALSE(ServeConfig::parse("[[rack]]\n[rack.http]\nmaximum_connections = 0", "f", "/srv"));
}

TEST(ServeConfig, TakesFilesFromItsOwnFolder) {
  EXPECT_EQ(relocate_files("replay:card.apdu", "/srv"), "replay:/srv/card.apdu");
  EXPECT_EQ(relocate_files("replay:/card.apdu", "/srv"), "replay:/card.apdu");
  EXPECT_EQ(relocate_files("grid://a/101?secure=require&ca=lab.pem&key=/k", "/s&v"),
            "grid://a/101?secure=require&ca=/s%26v/lab.pem&key=/k");
  EXPECT_EQ(relocate_files("pcsc:ca=x", "/srv"), "pcsc:ca=x");
  const auto config = ServeConfig::parse("[[rack]]\n[rack.slots]\n101 = \"replay:x\"", "f", "/srv").value();
  EXPECT_EQ(config.racks[0].slots.begin()->second, "replay:/srv/x");
}

struct BadConfig {
  std::string_view text;
  std::string_view complaint;
};

TEST(ServeConfig, NamesFileLineAndWhatItExpected) {
  constexpr BadConfig kBad[] = {
      {"nmae = \"lab\"", "f:1: unknown key \"nmae\""},
      {"name = 7", "f:1: name: expected a text in quotes"},
      {"\n[[rack]]\nidle_seconds = 0", "f:3: idle_seconds: expected a number from 1 to 86400"},
      {"[rack]\n", "f:1: rack: expected tables, written [[rack]]"},
      {"[[rack]]\nsecure = \"maybe\"", "f:2: secure: expected off, offer or require, found \"maybe\""},
      {"[[rack]]\nlisten = \"\"", "f:2: expected HOST, HOST:PORT or [IPV6]:PORT, found \"\""},
      {"[[rack]]\n[rack.slots]\n1333 = \"echo:\"",
       "f:3: no slot 1333: expected 100 * board + position, board 1 to 13, position 1 to 32"},
      {"[[rack]]\n[rack.slots]\n101 = 5", "f:3: slot 101: expected a card URI in quotes"},
      {"[[rack]]\n[rack.slots]\n101 = \"echo:\"\n\"101-102\" = \"echo:\"", "f:4: slot 101 is assigned twice"},
      {"[[rack]]\n[rack.slots]\n\"102-101\" = \"echo:\"", "f:3: the range 102-101 goes backwards"},
      {"[log]\nlevel = \"loud\"", "f:2: log level: expected trace, debug, info, warning or error, found \"loud\""},
      {"log = 1", "f:1: log: expected a table"},
  };
  for (const auto& bad : kBad) {
    const auto config = ServeConfig::parse(bad.text, "f", "");
    ASSERT_FALSE(config.has_value()) << bad.text;
    EXPECT_EQ(config.error().message, bad.complaint);
  }
  EXPECT_TRUE(ServeConfig::parse("name = ", "f", "").error().message.starts_with("f:1: "));
  EXPECT_EQ(ServeConfig::load("/nowhere.toml").error().kind, ErrorKind::kNotFound);
}

TEST(Log, OnePeerCannotForgeALine) {
  EXPECT_EQ(format_event(LogFormat::kText, "slot.use", {{"peer", "127.0.0.1:99"}, {"detail", ""}}),
            "slot.use peer=127.0.0.1:99");
  EXPECT_EQ(format_event(LogFormat::kText, "x", {{"detail", "two words\n\"quoted\" \x1b"}}),
            R"(x detail="two words\n\"quoted\" \u001b")");
  EXPECT_EQ(format_event(LogFormat::kJson, "x", {{"detail", "a\"b\n\xff"}}),
            "\"event\":\"x\",\"detail\":\"a\\\"b\\n\\ufffd\"");
  EXPECT_FALSE(parse_log_level("loud").has_value());
  EXPECT_FALSE(parse_log_format("xml").has_value());
}

class GridServiceTest : public ::testing::Test {
 protected:
  static ServeConfig config(const std::string& slot, const std::string& uri) {
    ServeConfig config;
    RackConfig rack;
    rack.listen.port = 0;
    EXPECT_TRUE(assign_slots(rack, slot, uri).has_value());
    config.racks.push_back(rack);
    return config;
  }

  Result<Bytes> ask(const GridService& service, const std::string& slot, ByteView command) {
    CardOpener opener(clock_);
    COSE_TRY(const auto source, opener.source("grid://" + service.listeners().front().endpoint.text() + "/" + slot));
    COSE_TRY(const auto card, source->open());
    COSE_CHECK(card->power_up(iso7816::ResetKind::kCold));
    return iso7816::transceive(*card, command);
  }

  cose::testing::ManualClock clock_;
  NullLog log_;
};

// A slot of one grid that is a slot of another gives the same answers, errors included.
TEST_F(GridServiceTest, ChainedGridsAnswerAsOneDoes) {
  const auto file = ::testing::TempDir() + "chain.apdu";
  std::ofstream(file) << "* cold 3B00\n> 00A40400\n< 6F00 9000\n> 00A40401\n! timeout: too late\n";
  const auto inner = GridService::start(config("101", "replay:" + file), clock_, log_).value();
  const auto far = "grid://" + inner->listeners().front().endpoint.text() + "/101";
  const auto outer = GridService::start(config("725", far), clock_, log_).value();
  for (const auto* command : {"00A40400", "00A40401", "00A40402", "00"}) {
    const auto octets = from_hex(command).value();
    const auto through_one = ask(*inner, "101", octets);
    const auto through_two = ask(*outer, "725", octets);
    EXPECT_EQ(through_one.has_value(), through_two.has_value()) << command;
    if (through_one)
      EXPECT_EQ(*through_one, *through_two);
    else
      EXPECT_EQ(through_one.error(), through_two.error()) << command;
  }
  EXPECT_EQ(ask(*inner, "101", "00A40401"_hex).error().kind, ErrorKind::kTimeout);
}

TEST_F(GridServiceTest, AnUnreachableGridIsAnEmptySlot) {
  // Port 1 of the loopback has no listener.
  const auto service = GridService::start(config("101", "grid://127.0.0.1:1/101"), clock_, log_).value();
  const auto refused = ask(*service, "101", "00A40400"_hex);
  EXPECT_EQ(refused.error().kind, ErrorKind::kClosed);
  EXPECT_TRUE(service->stop(std::chrono::seconds(10)));
}

TEST_F(GridServiceTest, NamesTheSlotThatCannotBe) {
  EXPECT_EQ(GridService::start(config("103", "replay:/nowhere"), clock_, log_).error().message,
            "slot 103: /nowhere: no such file, or no right to read it");
  auto blank = config("101", "echo:");
  blank.name = "two words";
  EXPECT_EQ(GridService::start(blank, clock_, log_).error().kind, ErrorKind::kInvalid);
  auto secure = config("101", "echo:");
  secure.racks[0].secure = grid::SecureMode::kRequire;
  EXPECT_EQ(GridService::start(secure, clock_, log_).error().message,
            "a secure channel needs a certificate and its key (--tls-certificate and --tls-key, or [tls])");
}

}  // namespace
}  // namespace cose::host
