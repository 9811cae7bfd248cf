// SPDX-License-Identifier: Apache-2.0
// The lines between a grid and an agent that offers it a card from elsewhere (docs/protocols/agent.md).
//
//   agent: AGENT 1 <card>                     who he is, his certificate says
//   grid:  OFFER <slot> | REFUSED <why>       then the grid asks, one request at a time:
//   grid:  <n> STATE | <n> RESET COLD | <n> RESET WARM | <n> APDU <hex> | <n> OFF
//   agent: <n> OK [<hex>] | <n> ERR <kind> <text>
//
// STATE is answered with 01 (a card is there) or 00. Numbers rise by one; an answer with another number is none.
// Parsing keeps no views. Errors: kInvalid.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "iso7816/card.h"

namespace cose::grid {

inline constexpr std::size_t kMaximumAgentCard = 63;
inline constexpr std::size_t kMaximumAgentText = 512;

struct AgentRequest {
  enum class Kind : std::uint8_t { kState, kReset, kTransmit, kPowerDown };

  Kind kind = Kind::kState;
  iso7816::ResetKind reset = iso7816::ResetKind::kCold;
  Bytes command = {};
};

struct NumberedRequest {
  std::uint32_t number = 0;
  AgentRequest request;
};

struct NumberedAnswer {
  std::uint32_t number = 0;
  Result<Bytes> outcome;
};

// A card's name: 1 to 63 printable characters without blank.
[[nodiscard]] bool is_agent_card(std::string_view name);

// Lines without their end.
[[nodiscard]] std::string to_line(const NumberedRequest& request);
[[nodiscard]] Result<NumberedRequest> parse_agent_request(std::string_view line);
[[nodiscard]] std::string to_line(const NumberedAnswer& answer);
[[nodiscard]] Result<NumberedAnswer> parse_agent_answer(std::string_view line);

[[nodiscard]] std::string agent_greeting(std::string_view card);
// The card's name. Error: kInvalid, another version included.
[[nodiscard]] Result<std::string> parse_agent_greeting(std::string_view line);

}  // namespace cose::grid
