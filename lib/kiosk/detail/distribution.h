// SPDX-License-Identifier: Apache-2.0
// Samples of a number, compared as distributions.
// Source: two-sample Kolmogorov-Smirnov test, one-sided, with its asymptotic tail (Smirnov 1939).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "kiosk/item.h"

namespace cose::kiosk::detail {

class Distribution {
 public:
  explicit Distribution(std::vector<double> values) : sorted_(std::move(values)) { std::ranges::sort(sorted_); }

  [[nodiscard]] std::size_t size() const { return sorted_.size(); }
  [[nodiscard]] const std::vector<double>& sorted() const { return sorted_; }
  // Of a share from 0 to 1, interpolated; 0 when empty.
  [[nodiscard]] double quantile(double share) const {
    if (sorted_.empty()) return 0;
    const auto place = share * static_cast<double>(sorted_.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const auto above = std::min(below + 1, sorted_.size() - 1);
    return sorted_[below] + (sorted_[above] - sorted_[below]) * (place - static_cast<double>(below));
  }
  // The share of values up to this one.
  [[nodiscard]] double share_below(double value) const {
    if (sorted_.empty()) return 0;
    const auto count = std::ranges::upper_bound(sorted_, value) - sorted_.begin();
    return static_cast<double>(count) / static_cast<double>(sorted_.size());
  }

 private:
  std::vector<double> sorted_;
};

// The most by which the new values lag behind the old ones in reaching any time.
[[nodiscard]] inline double slower_distance(const Distribution& before, const Distribution& now) {
  double distance = 0;
  for (const auto value : before.sorted())
    distance = std::max(distance, before.share_below(value) - now.share_below(value));
  return distance;
}

// Of such a distance or more between two samples of one distribution.
[[nodiscard]] inline double probability_of(double distance, std::size_t before, std::size_t now) {
  const auto m = static_cast<double>(before), n = static_cast<double>(now);
  return before == 0 || now == 0 ? 1 : std::exp(-2 * distance * distance * m * n / (m + n));
}

[[nodiscard]] inline Histogram histogram_of(const Distribution& before, const Distribution& now) {
  constexpr std::size_t kBins = 24;
  Histogram made;
  made.unit = "ms";
  made.low = std::min(before.quantile(0), now.quantile(0));
  // The slowest few would squeeze all others into one bin.
  const auto high = std::max(before.quantile(0.98), now.quantile(0.98));
  made.width = std::max((high - made.low) / static_cast<double>(kBins), 1e-6);
  made.baseline.resize(kBins);
  made.observed.resize(kBins);
  const auto count = [&](const Distribution& from, std::vector<std::size_t>& into) {
    for (const auto value : from.sorted())
      ++into[std::min(static_cast<std::size_t>((value - made.low) / made.width), kBins - 1)];
  };
  count(before, made.baseline);
  count(now, made.observed);
  return made;
}

}  // namespace cose::kiosk::detail
