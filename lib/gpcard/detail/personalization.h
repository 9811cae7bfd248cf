// SPDX-License-Identifier: Apache-2.0
// STORE DATA for an application (GPC 2.3.1 §7.3.3): Personalization.processData(), or Application.processData().
#pragma once

#include "gpcard/command.h"

namespace cose::gpcard {

// The whole command goes to the application, header first; an answer of Personalization's comes back.
[[nodiscard]] Answer<void> personalize(CommandContext& context, Slot target);

}  // namespace cose::gpcard
