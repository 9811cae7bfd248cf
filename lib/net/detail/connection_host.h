// SPDX-License-Identifier: Apache-2.0
// Who owns connections (net/detail/connection.h): a rack, or what agents dial into. Called on the thread that runs
// them.
#pragma once

#include "bytes/log.h"
#include "grid/session.h"

namespace cose::net {

class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;

  [[nodiscard]] virtual Log& log() = 0;
  // The connection of that session has ended; it may be destroyed when the call has returned.
  virtual void remove(grid::SessionId id) = 0;
};

}  // namespace cose::net
