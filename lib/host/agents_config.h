// SPDX-License-Identifier: Apache-2.0
// Who may offer cards from elsewhere to which slots, as a table of a rack's configuration or as flags.
//
//   [rack.agents]
//   listen = "0.0.0.0:7778"
//   [[rack.agents.offer]]
//   identity = "lab-7"       # a name that the agent's certificate proves
//   cards = "visa*"          # the names it may give its cards; default: any
//   slots = "301-310"
//
// Errors: kInvalid with file and line.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytes/result.h"
#include "grid/agent_roster.h"
#include "net/agent_hub.h"

namespace cose::host {

struct AgentsConfig {
  net::Endpoint listen{.host = "127.0.0.1", .port = net::kAgentPort};
  std::vector<grid::AgentRule> rules;
};

// A slot whose card an agent brings, among the card URIs of a rack.
inline constexpr std::string_view kAgentSlot = "agent:";

// "301" or "301-310".
[[nodiscard]] Result<std::vector<grid::SlotNumber>> parse_slots(std::string_view text);

// IDENTITY[/CARDS]=SLOTS, as a flag says it.
[[nodiscard]] Result<grid::AgentRule> parse_agent_rule(std::string_view text);

}  // namespace cose::host
