// SPDX-License-Identifier: Apache-2.0
#include "host/state_access.h"

#include "host/state_operations.h"
#include "host/stored_cards.h"

namespace cose::host {

Result<std::unique_ptr<net::LocalDoor>> open_state_door(StateDirectory& directory, const Clock& clock,
                                                        const std::string& path) {
  return net::LocalDoor::open(path, kStateDoor, [&directory, &clock](const std::string& request) {
    return operate(directory, clock, request);
  });
}

// The door first: whoever asks a running grid need not have its key.
Result<std::string> operate_on(const StateOptions& options, const Clock& clock, const std::string& request) {
  const auto answer = net::ask_at_door(options.directory, kStateDoor, request);
  if (answer) return result_of(*answer);
  if (answer.error().kind != ErrorKind::kNotFound) return std::unexpected(answer.error());
  StoredCards cards(clock);
  COSE_TRY(const auto directory, StateDirectory::open(options, cards));
  return result_of(operate(*directory, clock, request));
}

}  // namespace cose::host
