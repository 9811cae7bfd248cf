// SPDX-License-Identifier: Apache-2.0
// The subcommands of `cose kiosk` that have a file of their own.
#pragma once

#include "command.h"

namespace cose::app {

[[nodiscard]] Command make_kiosk_pay(CLI::App& kiosk);
[[nodiscard]] Command make_kiosk_meter(CLI::App& kiosk);

}  // namespace cose::app
