// SPDX-License-Identifier: Apache-2.0
// What happened at the terminal, as a tree: outcome, each step with its time and commands, data objects decoded.
#pragma once

#include "emv/dictionary.h"
#include "kiosk/item.h"
#include "terminal/transaction.h"

namespace cose::kiosk {

[[nodiscard]] Item item_of(const terminal::Outcome& outcome, emv::Accounts accounts);

}  // namespace cose::kiosk
