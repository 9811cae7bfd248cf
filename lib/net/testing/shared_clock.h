// SPDX-License-Identifier: Apache-2.0
// A clock that a test moves while a server's threads read it.
#pragma once

#include <atomic>

#include "bytes/clock.h"

namespace cose::net::testing {

class SharedClock final : public Clock {
 public:
  [[nodiscard]] Nanoseconds monotonic() const override { return Nanoseconds(now_.load()); }
  [[nodiscard]] Nanoseconds wall() const override { return monotonic(); }
  void advance(Nanoseconds by) { now_ += by.count(); }

 private:
  std::atomic<Nanoseconds::rep> now_ = 0;
};

}  // namespace cose::net::testing
