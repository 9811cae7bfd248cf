// SPDX-License-Identifier: Apache-2.0
// Which slot a card gets that an agent offers: rules say whose cards may go where, and a card that comes back finds the
// slot that it had. Without a rule nobody may offer anything.
//
// Value type of one thread. Memory is bounded by the slots of the rules.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/result.h"
#include "grid/policy.h"
#include "grid/slot_number.h"

namespace cose::grid {

struct AgentRule {
  std::string identity;           // a name that the agent's certificate proves
  std::string cards = "*";        // a card's name; one that ends with * stands for all that start so
  std::vector<SlotNumber> slots;  // in the order in which they are given
};

class AgentRoster {
 public:
  explicit AgentRoster(std::vector<AgentRule> rules) : rules_(std::move(rules)) {}

  // `is_idle` says that nobody's card is in a slot just now: its last one may be forgotten when there is no other.
  // Errors: kRefused (no rule), kLimit (no slot is left).
  [[nodiscard]] Result<SlotNumber> slot_for(std::span<const Identity> peer, std::string_view card,
                                            const std::function<bool(SlotNumber)>& is_idle);
  [[nodiscard]] std::vector<SlotNumber> slots() const;

 private:
  [[nodiscard]] const AgentRule* rule_for(std::span<const Identity> peer, std::string_view card) const;

  std::vector<AgentRule> rules_;
  std::map<SlotNumber, std::string> holders_;  // identity, blank, card
};

}  // namespace cose::grid
