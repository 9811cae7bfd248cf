// SPDX-License-Identifier: Apache-2.0
#include "grid/agent_roster.h"

#include <algorithm>

namespace cose::grid {

namespace {

bool covers(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with('*')) return pattern == name;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

const AgentRule* AgentRoster::rule_for(std::span<const Identity> peer, std::string_view card) const {
  for (const auto& rule : rules_)
    if (covers(rule.cards, card) && std::ranges::find(peer, rule.identity, &Identity::value) != peer.end())
      return &rule;
  return nullptr;
}

Result<SlotNumber> AgentRoster::slot_for(std::span<const Identity> peer, std::string_view card,
                                         const std::function<bool(SlotNumber)>& is_idle) {
  const auto* rule = rule_for(peer, card);
  if (rule == nullptr) return fail(ErrorKind::kRefused, "nobody by your name may offer this card here");
  const auto holder = rule->identity + " " + std::string(card);
  for (const auto slot : rule->slots)
    if (const auto found = holders_.find(slot); found != holders_.end() && found->second == holder) return slot;
  for (const bool forget : {false, true})
    for (const auto slot : rule->slots) {
      if (holders_.contains(slot) && !(forget && is_idle(slot))) continue;
      holders_[slot] = holder;
      return slot;
    }
  return fail(ErrorKind::kLimit, "no slot is left for your cards");
}

std::vector<SlotNumber> AgentRoster::slots() const {
  std::vector<SlotNumber> all;
  for (const auto& rule : rules_) all.insert(all.end(), rule.slots.begin(), rule.slots.end());
  std::ranges::sort(all);
  const auto twice = std::ranges::unique(all);
  all.erase(twice.begin(), twice.end());
  return all;
}

}  // namespace cose::grid
