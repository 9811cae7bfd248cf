// SPDX-License-Identifier: Apache-2.0
// Time as a port: floors 0 to 6 never ask the machine what time it is, so that one seed and one script replay a run.
//
// Implementations: host/system_clock.h, and ManualClock in bytes/testing/ for tests. Thread rule: both calls may come
// from any thread.
#pragma once

#include <chrono>

namespace cose {

using Nanoseconds = std::chrono::nanoseconds;

class Clock {
 public:
  virtual ~Clock() = default;

  // Never goes back; its zero means nothing. For deadlines and durations.
  [[nodiscard]] virtual Nanoseconds monotonic() const = 0;

  // Since 1970-01-01T00:00:00Z; may jump. For certificates and logs.
  [[nodiscard]] virtual Nanoseconds wall() const = 0;
};

}  // namespace cose
