// SPDX-License-Identifier: Apache-2.0
// A state directory for whoever administers it: opened here, or, when a process such as `cose serve` has it, through
// that process's door (host/state_operations.h).
//
// One thread. The clock outlives it. Errors: those of StateDirectory::open(), kBusy when the process that has the
// directory opens no door, and those of the work.
#pragma once

#include <memory>
#include <string>

#include "bytes/clock.h"
#include "host/state_directory.h"
#include "host/stored_cards.h"
#include "net/local_door.h"

namespace cose::host {

// Takes requests for a directory from other processes of the same user, for as long as it lives.
[[nodiscard]] Result<std::unique_ptr<net::LocalDoor>> open_state_door(StateDirectory& directory, const Clock& clock,
                                                                      const std::string& path);

class StateAccess {
 public:
  [[nodiscard]] static Result<std::unique_ptr<StateAccess>> open(const StateOptions& options, const Clock& clock);

  // Request and result in JSON.
  [[nodiscard]] Result<std::string> operate(const std::string& request);

 private:
  StateAccess(const Clock& clock, std::string path) : clock_(clock), path_(std::move(path)), cards_(clock) {}

  const Clock& clock_;
  std::string path_;
  StoredCards cards_;
  std::unique_ptr<StateDirectory> directory_;  // none: through the door
};

}  // namespace cose::host
