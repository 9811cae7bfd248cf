// SPDX-License-Identifier: Apache-2.0
// The forms of INSTALL, and what LOAD shares with them.
#pragma once

#include "gpcard/command.h"
#include "gpcard/install_data.h"

namespace cose::gpcard {

[[nodiscard]] Answer<void> install_for_load(CommandContext& context);
// [for install], with or without [and make selectable].
[[nodiscard]] Answer<void> install_application(CommandContext& context);
// The end of [for load, install and make selectable].
[[nodiscard]] Answer<void> install_loaded(CommandContext& context);
[[nodiscard]] Answer<void> install_combined(CommandContext& context);
[[nodiscard]] Answer<void> make_selectable(CommandContext& context);
[[nodiscard]] Answer<void> extradite(CommandContext& context);
[[nodiscard]] Answer<void> install_for_personalization(CommandContext& context);
[[nodiscard]] Answer<void> update_registry(CommandContext& context);

// A load file that is complete comes onto the card; inside a change.
[[nodiscard]] Answer<void> register_file(CommandContext& context, const Loaded& loaded);

// One holder of card reset and of the final application at most (GPC 2.3.1 §6.6.2.5): who has it now gives it up when
// it is the issuer's domain or `taker` itself. 6985 otherwise.
[[nodiscard]] Answer<void> take_unique_privileges(const CommandContext& context, Privileges wanted, Slot taker);

// GPC 2.3.1 §6.6.3: privileges that only a domain with authorized management can give.
[[nodiscard]] bool may_grant(const CommandContext& context, Privileges wanted);

}  // namespace cose::gpcard
