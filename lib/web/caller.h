// SPDX-License-Identifier: Apache-2.0
// Who is at the other end of a connection of HTTP. A value.
#pragma once

#include <string>
#include <vector>

#include "grid/policy.h"
#include "grid/session.h"

namespace cose::web {

struct Caller {
  grid::SessionId connection = 0;
  std::string peer;
  bool loopback = false;                   // comes from this machine
  bool proven = false;                     // over TLS, with a certificate
  std::vector<grid::Identity> identities;  // of that certificate
};

}  // namespace cose::web
