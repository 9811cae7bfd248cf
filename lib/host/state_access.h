// SPDX-License-Identifier: Apache-2.0
// A state directory for whoever administers it: through the door of the process that has it, such as `cose serve`, or
// opened here (host/state_operations.h).
//
// Errors: those of StateDirectory::open() (kBusy when the process that has the directory opened no door), those of the
// way through a door, and those of the work.
#pragma once

#include <memory>
#include <string>

#include "bytes/clock.h"
#include "host/state_directory.h"
#include "net/local_door.h"

namespace cose::host {

// Takes requests for a directory from other processes of the same user, for as long as it lives. The directory and the
// clock outlive it.
[[nodiscard]] Result<std::unique_ptr<net::LocalDoor>> open_state_door(StateDirectory& directory, const Clock& clock,
                                                                      const std::string& path);

// Request and result in JSON. The options are for opening it here.
[[nodiscard]] Result<std::string> operate_on(const StateOptions& options, const Clock& clock,
                                             const std::string& request);

}  // namespace cose::host
