// SPDX-License-Identifier: Apache-2.0
// The machine's clock. Any thread.
#pragma once

#include "bytes/clock.h"

namespace cose::host {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Nanoseconds monotonic() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
  [[nodiscard]] Nanoseconds wall() const override { return std::chrono::system_clock::now().time_since_epoch(); }
};

}  // namespace cose::host
