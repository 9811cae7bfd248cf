// SPDX-License-Identifier: Apache-2.0
#include "host/state_access.h"

#include "host/state_operations.h"

namespace cose::host {

Result<std::unique_ptr<net::LocalDoor>> open_state_door(StateDirectory& directory, const Clock& clock,
                                                        const std::string& path) {
  return net::LocalDoor::open(path, kStateDoor, [&directory, &clock](const std::string& request) {
    return operate(directory, clock, request);
  });
}

Result<std::unique_ptr<StateAccess>> StateAccess::open(const StateOptions& options, const Clock& clock) {
  std::unique_ptr<StateAccess> access(new StateAccess(clock, options.directory));
  auto opened = StateDirectory::open(options, access->cards_);
  if (opened)
    access->directory_ = *std::move(opened);
  else if (opened.error().kind != ErrorKind::kBusy)
    return std::unexpected(opened.error());
  return access;
}

Result<std::string> StateAccess::operate(const std::string& request) {
  if (directory_) return result_of(host::operate(*directory_, clock_, request));
  const auto answer = net::ask_at_door(path_, kStateDoor, request);
  if (answer) return result_of(*answer);
  if (answer.error().kind == ErrorKind::kNotFound)
    return fail(ErrorKind::kBusy, path_ + ": another process uses this state, and takes no requests");
  return std::unexpected(answer.error());
}

}  // namespace cose::host
