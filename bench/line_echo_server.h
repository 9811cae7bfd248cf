// SPDX-License-Identifier: Apache-2.0
// The limit of a line protocol on this machine: a bare server on one thread and one epoll set that sends each line
// back as it came. Nothing that parses, looks up or locks can be faster.
//
// A peer has one line under way at a time, as the load has: one that sends lines without end or does not take its
// echo is dropped. Use from one thread; serve() returns once `stop` is readable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/descriptor.h"
#include "bytes/result.h"

namespace cose::bench {

class LineEchoServer {
 public:
  // On 127.0.0.1, any free port.
  [[nodiscard]] static Result<LineEchoServer> listen();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] Status serve(int stop);

 private:
  static constexpr std::size_t kReadBuffer = std::size_t{16} * 1024;

  struct Peer {
    Descriptor socket;
    std::string unfinished;  // the beginning of a line
  };

  LineEchoServer(Descriptor listener, Descriptor events, std::uint16_t port);

  [[nodiscard]] Status watch(int descriptor);
  void accept();
  void on_readable(int descriptor);
  [[nodiscard]] bool echo(Peer& peer, std::string_view octets);
  void drop(int descriptor) { peers_[static_cast<std::size_t>(descriptor)].reset(); }

  Descriptor listener_;
  Descriptor events_;
  std::uint16_t port_;
  std::vector<std::unique_ptr<Peer>> peers_;  // by descriptor
  std::array<char, kReadBuffer> buffer_{};
};

}  // namespace cose::bench
