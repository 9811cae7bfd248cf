// SPDX-License-Identifier: Apache-2.0
// cose admin URI lock | unlock | state: life cycles, of applications and of the card.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "admin_subcommands.h"
#include "bytes/hex.h"
#include "gphost/commands.h"

namespace cose::app {

namespace {

using gphost::StatusTarget;

constexpr std::uint8_t kLockedApplication = 0x80;
constexpr std::uint8_t kSelectable = 0x07;
constexpr std::uint8_t kSecuredCard = 0x0F;
constexpr std::uint8_t kLockedCard = 0x7F;

// GPC 2.3.1 table 11-6.
constexpr std::array kCardStates = {std::pair{"op_ready", std::uint8_t{0x01}},
                                    std::pair{"initialized", std::uint8_t{0x07}}, std::pair{"secured", kSecuredCard},
                                    std::pair{"card_locked", kLockedCard}, std::pair{"terminated", std::uint8_t{0xFF}}};

enum class Lock { kLock, kUnlock };

Status change_lock(AdminDesk& desk, const std::string& text, Lock lock, const AdminOptions& options) {
  const bool locks = lock == Lock::kLock;
  COSE_TRY(const auto aid, from_loose_hex(text));
  if (aid.empty()) {
    COSE_CHECK(gphost::change_status(desk.session(), StatusTarget::kCard, locks ? kLockedCard : kSecuredCard,
                                     desk.session().selected_aid()));
    report(options, locks ? "card locked" : "card unlocked");
    return {};
  }
  // §11.10.2.2: unlocking gives the state before back, whatever the other bits say.
  COSE_CHECK(gphost::change_status(desk.session(), StatusTarget::kApplication,
                                   locks ? static_cast<std::uint8_t>(kLockedApplication | kSelectable) : kSelectable,
                                   aid));
  report(options, to_hex(aid) + (locks ? " locked" : " unlocked"));
  return {};
}

struct StateOptions {
  std::string state;
  bool is_sure = false;
};

Status change_card_state(AdminDesk& desk, const StateOptions& what, const AdminOptions& options) {
  const auto* const state = std::ranges::find(kCardStates, what.state, [](const auto& each) { return each.first; });
  // GPC 2.3.1 §5.1.1.5: nothing leads back from there.
  if (what.state == "terminated" && !what.is_sure)
    return fail(ErrorKind::kInvalid, "TERMINATED ends the card for good: say --yes if that is meant");
  COSE_CHECK(gphost::change_status(desk.session(), StatusTarget::kCard, state->second, desk.session().selected_aid()));
  report(options, "card is " + what.state);
  return {};
}

void add_lock_verb(CLI::App& admin, const std::string& name, const std::string& description, Lock lock,
                   const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* verb = add_verb(admin, name, description);
  const auto aid = std::make_shared<std::string>();
  verb->add_option("AID", *aid, "an application or domain; without one, the card");
  verbs.push_back({verb, [options, aid, lock] {
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return change_lock(desk, *aid, lock, *options); });
                   }});
}

}  // namespace

void add_state_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  add_lock_verb(admin, "lock", "locks an application, or the card", Lock::kLock, options, verbs);
  add_lock_verb(admin, "unlock", "unlocks an application, or the card", Lock::kUnlock, options, verbs);
  auto* verb = add_verb(admin, "state", "moves the card on in its life: op_ready, initialized, secured, ...");
  const auto what = std::make_shared<StateOptions>();
  std::vector<std::string> names;
  for (const auto& [name, octet] : kCardStates) names.emplace_back(name);
  verb->add_option("STATE", what->state, "what the card becomes")->required()->check(CLI::IsMember(names));
  verb->add_flag("--yes", what->is_sure, "also when nothing leads back");
  verbs.push_back({verb, [options, what] {
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return change_card_state(desk, *what, *options); });
                   }});
}

}  // namespace cose::app
