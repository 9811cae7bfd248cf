// SPDX-License-Identifier: Apache-2.0
// How long to wait before the next try to reach somebody: twice as long each time, up to a limit, with chance in it so
// that many clients of a server that comes back do not come all at once.
//
// next() gives between half of the current pause and all of it. A value type that shares its source
// of chance; without one there is no chance in it. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "bytes/clock.h"
#include "bytes/rng.h"

namespace cose::remote {

struct BackoffLimits {
  Nanoseconds first = std::chrono::milliseconds(500);
  Nanoseconds longest = std::chrono::seconds(30);
};

class Backoff {
 public:
  explicit Backoff(std::shared_ptr<Rng> rng, BackoffLimits limits = {})
      : rng_(std::move(rng)), limits_(limits), pause_(limits.first) {}

  [[nodiscard]] Nanoseconds next() {
    const auto pause = pause_;
    pause_ = std::min(2 * pause_, limits_.longest);
    return pause / 2 + share_of(pause - pause / 2);
  }
  // It worked: the next failure is a first one.
  void reset() { pause_ = limits_.first; }

 private:
  [[nodiscard]] Nanoseconds share_of(Nanoseconds whole) {
    std::array<std::uint8_t, 2> chance{0xFF, 0xFF};
    if (rng_ != nullptr && !rng_->fill(chance)) chance = {0xFF, 0xFF};
    return whole * (chance[0] << 8 | chance[1]) / 0xFFFF;
  }

  std::shared_ptr<Rng> rng_;
  BackoffLimits limits_;
  Nanoseconds pause_;
};

}  // namespace cose::remote
