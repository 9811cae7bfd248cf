// SPDX-License-Identifier: Apache-2.0
// A service of one line in, one line out, over TCP in clear: for programs of one machine that talk to each other.
//
// Owns its sockets. Thread rule: serve() blocks its caller, and all answers are made on that thread, one after the
// other; it returns after SIGINT or SIGTERM. Bounds: lines, connections and silence, each named below. Errors: kIo
// (address in use, no permission), kNotFound (host name).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bytes/result.h"
#include "net/endpoint.h"

namespace cose::net {

class LineServer {
 public:
  static constexpr std::size_t kMaximumLine = 64U << 10;
  static constexpr std::size_t kMaximumConnections = 64;
  static constexpr std::chrono::seconds kMaximumSilence{300};

  // Both without the end of line.
  using Answer = std::function<std::string(std::string_view line)>;

  [[nodiscard]] static Result<std::unique_ptr<LineServer>> listen(const Endpoint& endpoint, Answer answer);
  LineServer(const LineServer&) = delete;
  LineServer& operator=(const LineServer&) = delete;
  ~LineServer();

  // Where it really listens.
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  void serve();
  // From any thread.
  void stop();

 private:
  struct Parts;
  class Session;
  LineServer(std::unique_ptr<Parts> parts, Endpoint endpoint);
  void accept();

  std::unique_ptr<Parts> parts_;
  Endpoint endpoint_;
};

}  // namespace cose::net
