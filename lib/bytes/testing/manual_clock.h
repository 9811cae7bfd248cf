// SPDX-License-Identifier: Apache-2.0
// A clock that moves when a test says so. One thread.
#pragma once

#include "bytes/clock.h"

namespace cose::testing {

class ManualClock final : public Clock {
 public:
  [[nodiscard]] Nanoseconds monotonic() const override { return monotonic_; }
  [[nodiscard]] Nanoseconds wall() const override { return wall_; }

  void advance(Nanoseconds by) {
    monotonic_ += by;
    wall_ += by;
  }
  // Only the wall jumps, as when an administrator sets the date.
  void jump_wall(Nanoseconds by) { wall_ += by; }

 private:
  Nanoseconds monotonic_{0};
  Nanoseconds wall_{0};
};

}  // namespace cose::testing
