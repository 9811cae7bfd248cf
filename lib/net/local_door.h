// SPDX-License-Identifier: Apache-2.0
// A door for programs of the same user on the same machine: a socket in the file system that takes one request of a
// connection and gives one answer.
//
// A request ends with the sender's end of sending, an answer with the end of the connection; both are text of any kind.
// A peer of another user is turned away, whatever the rights of the socket's file. The door's thread serves one request
// after the other; a sender that does not come to an end is given up after kRequestPatience. Made and destroyed by one
// thread; the destruction waits for the request in hand and removes the file. Errors: kIo; kNotFound, nobody serves
// there.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bytes/clock.h"
#include "bytes/result.h"

namespace cose::net {

inline constexpr std::size_t kMaximumLocalRequest = std::size_t{1} << 20;
inline constexpr std::size_t kMaximumLocalAnswer = std::size_t{64} << 20;
inline constexpr Nanoseconds kRequestPatience = std::chrono::seconds(5);

class LocalDoor {
 public:
  // Called by the door's thread.
  using Handler = std::function<std::string(const std::string& request)>;

  // A file that a process which was killed left behind is taken over: the caller owns the folder. The folder's path may
  // have any length, `name` is short.
  [[nodiscard]] static Result<std::unique_ptr<LocalDoor>> open(const std::string& folder, const std::string& name,
                                                               Handler handler);
  virtual ~LocalDoor() = default;
};

// Waits for as long as the work takes.
[[nodiscard]] Result<std::string> ask_at_door(const std::string& folder, const std::string& name,
                                              std::string_view request);

}  // namespace cose::net
