// SPDX-License-Identifier: Apache-2.0
// A LineEchoServer on a thread of its own, for the length of a test.
#pragma once

#include <thread>

#include <sys/eventfd.h>

#include "bench/line_echo_server.h"
#include "bench/line_socket.h"
#include "bytes/result.h"

namespace cose::bench::testing {

class EchoThread {
 public:
  EchoThread()
      : server_(LineEchoServer::listen().value()),
        thread_([this] { COSE_ASSERT(server_.serve(stop_.number()).has_value()); }) {}
  EchoThread(const EchoThread&) = delete;
  EchoThread& operator=(const EchoThread&) = delete;
  ~EchoThread() {
    ::eventfd_write(stop_.number(), 1);
    thread_.join();
  }

  [[nodiscard]] net::Endpoint endpoint() const { return {.host = "127.0.0.1", .port = server_.port()}; }
  [[nodiscard]] LineSocket connect() const {
    return LineSocket::connect(SocketAddress::resolve(endpoint()).value(), 0).value();
  }

 private:
  Descriptor stop_{::eventfd(0, EFD_CLOEXEC)};
  LineEchoServer server_;
  std::thread thread_;
};

}  // namespace cose::bench::testing
