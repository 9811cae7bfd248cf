// SPDX-License-Identifier: Apache-2.0
// A server in a process of its own, so that its time and memory are its own: started, found, watched and ended.
//
// The program says one line with " listening on HOST:PORT" on its standard output when it serves, says no more there
// than a pipe holds, and ends with code 0 upon SIGTERM. Its standard error is ours.
// Destruction kills what stop() has not ended. One thread.
// Errors: kNotFound (no such program), kTimeout, kClosed (it ended too early), kInvalid (no such line), kIo.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "bench/descriptor.h"
#include "bytes/clock.h"
#include "net/endpoint.h"

namespace cose::bench {

class ServerProcess {
 public:
  // `listeners` is how many such lines it says.
  [[nodiscard]] static Result<ServerProcess> start(const std::vector<std::string>& command, std::size_t listeners = 1);

  ServerProcess(ServerProcess&& other) noexcept;
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess();

  [[nodiscard]] const net::Endpoint& endpoint() const { return endpoints_.front(); }
  // In the order in which they were said.
  [[nodiscard]] const std::vector<net::Endpoint>& endpoints() const { return endpoints_; }

  // Processor time used so far, by all its threads.
  [[nodiscard]] Result<Nanoseconds> processor_time() const;
  // Octets of memory that belong to it alone and are in no file (RssAnon, proc(5)). What the kernel keeps for its
  // sockets is not in it.
  [[nodiscard]] Result<std::size_t> private_memory() const;

  [[nodiscard]] Status stop();

 private:
  ServerProcess(std::string name, pid_t process, Descriptor output)
      : name_(std::move(name)), process_(process), output_(std::move(output)) {}

  [[nodiscard]] Status find_endpoints(std::size_t listeners);
  void kill();

  std::string name_;
  pid_t process_;  // 0: has ended
  Descriptor output_;
  std::vector<net::Endpoint> endpoints_;
};

}  // namespace cose::bench
