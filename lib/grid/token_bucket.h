// SPDX-License-Identifier: Apache-2.0
// How often something may happen: so many times at once, then at a rate. It counts in time, not in tokens: it remembers
// when a source that keeps exactly to the rate would come next (the generic cell rate algorithm, ITU-T I.371 §A), so a
// rate may change in between. A value; the time is the caller's.
#pragma once

#include <algorithm>

#include "bytes/clock.h"

namespace cose::grid {

struct Rate {
  unsigned per_second = 0;  // 0: no limit
  unsigned burst = 1;       // at least 1
};

class TokenBucket {
 public:
  [[nodiscard]] bool has_token(Nanoseconds now, Rate rate) const {
    if (rate.per_second == 0) return true;
    const auto interval = Nanoseconds(std::chrono::seconds(1)) / rate.per_second;
    return due_ - now <= interval * (std::max(rate.burst, 1U) - 1);
  }
  // Also from an empty bucket: then later ones wait for it.
  void charge(Nanoseconds now, Rate rate) {
    if (rate.per_second == 0) return;
    due_ = std::max(due_, now) + Nanoseconds(std::chrono::seconds(1)) / rate.per_second;
  }
  [[nodiscard]] bool take(Nanoseconds now, Rate rate) {
    if (!has_token(now, rate)) return false;
    charge(now, rate);
    return true;
  }
  // Nothing to remember.
  [[nodiscard]] bool is_full(Nanoseconds now) const { return due_ <= now; }

 private:
  Nanoseconds due_ = Nanoseconds::min() / 2;
};

}  // namespace cose::grid
