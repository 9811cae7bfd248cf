// SPDX-License-Identifier: Apache-2.0
// The subcommands of `cose cap` that have files of their own.
#pragma once

#include "command.h"

namespace cose::app {

[[nodiscard]] Command make_cap_api(CLI::App& cap);
[[nodiscard]] Command make_cap_stubs(CLI::App& cap);
[[nodiscard]] Command make_cap_exports(CLI::App& cap);
[[nodiscard]] Command make_cap_build(CLI::App& cap);
[[nodiscard]] Command make_cap_convert(CLI::App& cap);

}  // namespace cose::app
