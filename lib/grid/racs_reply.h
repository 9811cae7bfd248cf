// SPDX-License-Identifier: Apache-2.0
// One status line of RACS as a client reads it: "+006 001 9000", "-408 001 Error line 1 invalid SEID".
#pragma once

#include <string_view>

#include "bytes/result.h"
#include "grid/racs_request.h"

namespace cose::grid {

struct RacsStatus {
  bool success = false;
  RacsClass event = RacsClass::kExecution;  // of a failure
  unsigned command = 0;                     // the last two digits
  unsigned line = 0;
  std::string_view text;  // into the parsed line
};

// Without its line end. Error: kInvalid.
[[nodiscard]] Result<RacsStatus> parse_racs_status(std::string_view line);
// What a client makes of a failure.
[[nodiscard]] ErrorKind error_kind_for(RacsClass event);

}  // namespace cose::grid
