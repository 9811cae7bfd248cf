// SPDX-License-Identifier: Apache-2.0
// A connected socket for the dialogue before the load: one line out, one line in, each with a deadline.
//
// Errors: kNotFound (host name), kClosed, kTimeout, kLimit (a line without end), kIo.
#pragma once

#include <string>
#include <string_view>

#include <sys/socket.h>

#include "bench/descriptor.h"
#include "bytes/clock.h"
#include "bytes/result.h"
#include "net/endpoint.h"

namespace cose::bench {

// Far above what a machine that halts for a moment needs.
inline constexpr Nanoseconds kReplyTimeout = std::chrono::seconds(10);

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] static Result<SocketAddress> resolve(const net::Endpoint& endpoint);
  // 127.0.0.0/8 (RFC 5735 §3): every address in it is this machine.
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

class LineSocket {
 public:
  // `connection` counts the connections made so far: a local address has 28,000 ports or so, and a closed connection
  // keeps its port for a minute, so to a server on this machine they come from several local addresses.
  [[nodiscard]] static Result<LineSocket> connect(const SocketAddress& to, std::size_t connection);

  // `text` ends with its line end.
  [[nodiscard]] Status send(std::string_view text);
  // Without the line end. Whatever follows the line is refused: nothing was asked for that.
  [[nodiscard]] Result<std::string> read_line();

  [[nodiscard]] int descriptor() const { return socket_.number(); }

 private:
  explicit LineSocket(Descriptor socket) : socket_(std::move(socket)) {}

  Descriptor socket_;
};

}  // namespace cose::bench
