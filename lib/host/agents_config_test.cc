// SPDX-License-Identifier: Apache-2.0
#include "host/agents_config.h"

#include <gtest/gtest.h>

#include "host/card_opener.h"
#include "host/serve_config.h"
#include "host/system_clock.h"

namespace cose::host {
namespace {

TEST(AgentsConfig, IsReadFromAFile) {
  const auto config = ServeConfig::parse(R"([tls]
certificate = "grid.pem"
key = "grid.key"
client_ca = "clients.pem"
[[rack]]
[rack.slots]
101 = "echo:"
[rack.agents]
listen = "0.0.0.0:7000"
[[rack.agents.offer]]
identity = "lab-7"
cards = "visa*"
slots = "301-310"
[[rack.agents.offer]]
identity = "lab-8"
slots = "401"
)",
                                         "grid.toml", "");
  ASSERT_TRUE(config) << config.error().message;
  const auto& rack = config->racks.front();
  ASSERT_TRUE(rack.agents);
  EXPECT_EQ(rack.agents->listen.port, 7000);
  ASSERT_EQ(rack.agents->rules.size(), 2U);
  EXPECT_EQ(rack.agents->rules[0].slots.size(), 10U);
  EXPECT_EQ(rack.agents->rules[1].cards, "*");
  EXPECT_EQ(rack.slots.size(), 12U);
  EXPECT_TRUE(config->check());
}

TEST(AgentsConfig, IsRefusedWhereItIsWrong) {
  const auto parse = [](const std::string& offer) {
    return ServeConfig::parse("[[rack]]\n[rack.slots]\n101 = \"echo:\"\n[rack.agents]\n[[rack.agents.offer]]\n" + offer,
                              "grid.toml", "");
  };
  EXPECT_TRUE(parse("identity = \"a\"\nslots = \"201\"\n"));
  for (const auto* bad :
       {"slots = \"201\"\n", "identity = \"a\"\nslots = \"101\"\n", "identity = \"a\"\nslots = \"7\"\n",
        "identity = \"a\"\nslots = \"210-201\"\n", "identity = \"a\"\ncards = \"a b\"\nslots = \"201\"\n",
        "identity = \"a\"\nslots = \"201\"\nslot = \"202\"\n"})
    EXPECT_EQ(parse(bad).error().kind, ErrorKind::kInvalid) << bad;
  EXPECT_FALSE(parse("identity = \"a\"\nslots = \"201\"\n")->check()) << "no certificates";
}

TEST(AgentsConfig, IsReadFromFlags) {
  const auto rule = parse_agent_rule("lab-7/visa*=301-302").value();
  EXPECT_EQ(rule.identity, "lab-7");
  EXPECT_EQ(rule.cards, "visa*");
  EXPECT_EQ(rule.slots.size(), 2U);
  EXPECT_EQ(parse_agent_rule("CN=x=301").value().identity, "CN=x") << "the last = counts";
  for (const auto* bad : {"", "x", "=301", "x/=301", "x=", "x=9999", "x/a b=301"})
    EXPECT_EQ(parse_agent_rule(bad).error().kind, ErrorKind::kInvalid) << bad;
}

TEST(CardOpener, GivesAPrefixOnePlaceForEachSource) {
  const SystemClock clock;
  CardOpener opener(clock);
  const std::string uri = "racs://127.0.0.1:1/pay*";
  const auto first = opener.source(uri);
  const auto second = opener.source(uri);
  ASSERT_TRUE(first && second);
  EXPECT_EQ((*first)->uri(), uri);
  EXPECT_EQ((*first)->presence(), iso7816::Presence::kAbsent);
  EXPECT_EQ((*second)->open().error().kind, ErrorKind::kCardRemoved);
}

}  // namespace
}  // namespace cose::host
