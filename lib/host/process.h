// SPDX-License-Identifier: Apache-2.0
// Runs another program and waits for its end. Its output goes where ours goes, its input is empty.
//
// Errors: kNotFound (no such program), kIo.
#pragma once

#include <string>
#include <vector>

#include "bytes/result.h"

namespace cose::host {

// The exit code; 128 and the number of the signal that ended it.
[[nodiscard]] Result<int> run_program(std::vector<std::string> command);

}  // namespace cose::host
