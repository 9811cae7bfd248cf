// SPDX-License-Identifier: Apache-2.0
#include "metrics/histogram.h"

#include <algorithm>
#include <numeric>

namespace cose::metrics {

void Histogram::add(Nanoseconds duration) {
  const auto* const bucket = std::ranges::lower_bound(kBounds, duration);
  if (bucket != kBounds.end()) ++counts_[static_cast<std::size_t>(bucket - kBounds.begin())];
  ++count_;
  sum_ += duration;
}

std::uint64_t Histogram::up_to(std::size_t bound) const {
  return std::accumulate(counts_.begin(), counts_.begin() + static_cast<std::ptrdiff_t>(bound) + 1, std::uint64_t{0});
}

}  // namespace cose::metrics
