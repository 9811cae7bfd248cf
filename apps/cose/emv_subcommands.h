// SPDX-License-Identifier: Apache-2.0
// The subcommands of `cose emv`, a file each.
#pragma once

#include "command.h"

namespace cose::app {

[[nodiscard]] Command make_emv_personalize(CLI::App& emv);
[[nodiscard]] Command make_emv_issuer(CLI::App& emv);

}  // namespace cose::app
