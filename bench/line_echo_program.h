// SPDX-License-Identifier: Apache-2.0
// LineEchoServer as a program of its own: what GridBenchOptions::limit_command starts.
#pragma once

#include <ostream>

#include "bytes/result.h"

namespace cose::bench {

// Says "line-echo listening on 127.0.0.1:PORT" and serves until SIGTERM or SIGINT, whose handling it takes over for
// the rest of the process.
[[nodiscard]] Status run_line_echo_program(std::ostream& out);

}  // namespace cose::bench
