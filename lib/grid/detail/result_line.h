// SPDX-License-Identifier: Apache-2.0
// How a result of work reads on the wire, without the line's end.
#pragma once

#include <string>

#include "grid/ascii_session.h"

namespace cose::grid {

void append_result(std::string& to, const WorkResult& result);

}  // namespace cose::grid
