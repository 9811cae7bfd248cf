// SPDX-License-Identifier: Apache-2.0
#include "host/agents_config.h"

#include "host/detail/agents_table.h"
#include "host/detail/table_reader.h"

namespace cose::host {

namespace {

using detail::TableReader;

Status check(const grid::AgentRule& rule) {
  if (rule.identity.empty()) return fail(ErrorKind::kInvalid, "expected the identity of an agent");
  if (!grid::is_agent_card(rule.cards))
    return fail(ErrorKind::kInvalid, "expected a name of cards of 1 to 63 characters, which may end with *");
  return {};
}

}  // namespace

Result<std::vector<grid::SlotNumber>> parse_slots(std::string_view text) {
  const auto dash = text.find('-');
  auto first = grid::SlotNumber::parse(text.substr(0, dash));
  auto last = dash == std::string_view::npos ? first : grid::SlotNumber::parse(text.substr(dash + 1));
  for (const auto* each : {&first, &last})
    if (!*each) return fail(ErrorKind::kInvalid, each->error().message);
  if (*last < *first) return fail(ErrorKind::kInvalid, "the range " + std::string(text) + " goes backwards");
  std::vector<grid::SlotNumber> slots;
  for (auto index = first->index(); index <= last->index(); ++index)
    slots.push_back(grid::SlotNumber::from_index(index));
  return slots;
}

Result<grid::AgentRule> parse_agent_rule(std::string_view text) {
  const auto equals = text.rfind('=');
  if (equals == std::string_view::npos)
    return fail(ErrorKind::kInvalid, "expected IDENTITY[/CARDS]=SLOTS, such as lab-7/visa*=301-310");
  const auto who = text.substr(0, equals);
  const auto slash = who.find('/');
  grid::AgentRule rule;
  rule.identity = who.substr(0, slash);
  if (slash != std::string_view::npos) rule.cards = who.substr(slash + 1);
  COSE_TRY(rule.slots, parse_slots(text.substr(equals + 1)));
  COSE_CHECK(check(rule));
  return rule;
}

Result<AgentsConfig> detail::read_agents(const toml::table& table, std::string_view origin) {
  AgentsConfig agents;
  TableReader reader(table, origin);
  COSE_CHECK(reader.parsed("listen", agents.listen,
                           [](const std::string& text) { return net::Endpoint::parse(text, net::kAgentPort); }));
  COSE_TRY(const auto* offers, reader.tables("offer"));
  if (offers != nullptr)
    for (const auto& node : *offers) {
      TableReader offer(*node.as_table(), origin);
      grid::AgentRule rule;
      COSE_CHECK(offer.text("identity", rule.identity));
      COSE_CHECK(offer.text("cards", rule.cards));
      COSE_CHECK(offer.parsed("slots", rule.slots, parse_slots));
      COSE_CHECK(offer.expect_no_more());
      if (auto checked = check(rule); !checked) return std::unexpected(checked.error().within(offer.where(node)));
      agents.rules.push_back(std::move(rule));
    }
  COSE_CHECK(reader.expect_no_more());
  return agents;
}

}  // namespace cose::host
