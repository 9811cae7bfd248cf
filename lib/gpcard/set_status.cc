// SPDX-License-Identifier: Apache-2.0
// SET STATUS (GPC 2.3.1 §11.10): the card's life, and locking and unlocking of applications and domains.
#include "gpcard/card_manager.h"

namespace cose::gpcard {

namespace {

// P1, table 11-97.
constexpr std::uint8_t kCard = 0x80;
constexpr std::uint8_t kApplication = 0x40;
constexpr std::uint8_t kDomainAndItsApplications = 0x60;

Answer<void> set_card(CommandContext& context) {
  const auto wanted = context.command.p2;
  const auto self = context.self();
  const auto current = context.registry.card().card_state();
  if (!card_may_become(current, wanted)) return refuse(StatusWord::kConditionsNotSatisfied);
  const auto state = static_cast<CardState>(wanted);
  // §5.1.1.4, §5.1.1.5: a privilege for locking and unlocking, one for the end; the rest is the issuer's.
  const bool allowed = state == CardState::kTerminated ? self.privileges.has(Privilege::kCardTerminate)
                       : state == CardState::kLocked || current == CardState::kLocked
                           ? self.privileges.has(Privilege::kCardLock)
                           : context.domain == context.manager.issuer_domain();
  if (!allowed) return refuse(StatusWord::kConditionsNotSatisfied);
  if (!context.manager.set_card_state(state)) return refuse(StatusWord::kMemoryFailure);
  return {};
}

// §11.10.2.2: bit 8 locks; without it what was locked goes back to the state before. A domain may make itself
// PERSONALIZED.
Answer<std::uint8_t> next_state(const CommandContext& context, const Entry<Application>& target) {
  const auto wanted = context.command.p2;
  const auto state = target.value.state;
  if (is_locked(wanted)) {
    if (is_locked(state)) return refuse(StatusWord::kConditionsNotSatisfied);
    return static_cast<std::uint8_t>(state | kLockedBit);
  }
  if (is_locked(state)) return static_cast<std::uint8_t>(state & ~kLockedBit);
  const bool itself = target.slot == context.domain && target.value.is_domain();
  if (itself && domain_may_become(state, wanted)) return wanted;
  return refuse(StatusWord::kConditionsNotSatisfied);
}

bool may_lock(const CommandContext& context, const Entry<Application>& target) {
  if (context.self().privileges.has(Privilege::kGlobalLock)) return true;
  return target.value.domain == context.domain || target.slot == context.domain;
}

Answer<void> set_one(CommandContext& context, const Entry<Application>& target) {
  // The issuer's domain has the card's states.
  if (target.slot == context.manager.issuer_domain()) return refuse(StatusWord::kConditionsNotSatisfied);
  if (!may_lock(context, target)) return refuse(StatusWord::kConditionsNotSatisfied);
  COSE_TRY(const auto state, next_state(context, target));
  auto changed = target.value;
  changed.state = state;
  return answered(context.registry.replace(target.slot, changed));
}

Answer<void> set_all_of(CommandContext& context, const Entry<Application>& domain) {
  if (!domain.value.is_domain()) return refuse(StatusWord::kReferencedDataNotFound);
  for (const auto& each : context.registry.all<Application>()) {
    if (each.slot != domain.slot && each.value.domain != domain.slot) continue;
    if (each.slot == context.manager.issuer_domain()) continue;
    // What is in the state already stays as it is.
    if (is_locked(each.value.state) == is_locked(context.command.p2)) continue;
    COSE_CHECK(set_one(context, each));
  }
  return {};
}

}  // namespace

Answer<void> set_status(CommandContext& context) {
  const auto& command = context.command;
  if (command.p1 == kCard) return set_card(context);
  if (command.p1 != kApplication && command.p1 != kDomainAndItsApplications) return refuse(StatusWord::kIncorrectP1P2);
  if (command.data.empty() || command.data.size() > jcre::Aid::kMaximum) return refuse(StatusWord::kWrongData);
  const auto target = context.registry.find_application(command.data);
  if (!target) return refuse(StatusWord::kReferencedDataNotFound);
  return context.change(
      [&] { return command.p1 == kApplication ? set_one(context, *target) : set_all_of(context, *target); });
}

}  // namespace cose::gpcard
