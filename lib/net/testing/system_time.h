// SPDX-License-Identifier: Apache-2.0
// The machine's own time, and waiting for what other threads do: for tests whose parts are real. Test only.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "bytes/clock.h"

namespace cose::net::testing {

class SystemTime final : public Clock {
 public:
  [[nodiscard]] Nanoseconds monotonic() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
  [[nodiscard]] Nanoseconds wall() const override { return std::chrono::system_clock::now().time_since_epoch(); }
};

// False after half a minute: reached only when a test fails.
inline bool eventually(const std::function<bool()>& question) {
  for (int tries = 0; tries < 3000; ++tries) {
    if (question()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace cose::net::testing
