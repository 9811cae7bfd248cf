// SPDX-License-Identifier: Apache-2.0
#include "bench/line_echo_program.h"

#include <csignal>
#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

#include "bench/line_echo_server.h"

namespace cose::bench {

namespace {

// Set once, before the handler that reads it.
int stop_event = -1;

// POSIX.1-2017 §2.4.3: a handler may call write(), and little else.
void on_stop_signal(int) {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(stop_event, &one, sizeof(one)));
}

}  // namespace

Status run_line_echo_program(std::ostream& out) {
  const Descriptor stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop.is_open()) return system_failure("cannot make an event descriptor");
  stop_event = stop.number();
  std::signal(SIGTERM, on_stop_signal);
  std::signal(SIGINT, on_stop_signal);
  COSE_TRY(auto server, LineEchoServer::listen());
  out << "line-echo listening on 127.0.0.1:" << server.port() << "\n" << std::flush;
  return server.serve(stop.number());
}

}  // namespace cose::bench
