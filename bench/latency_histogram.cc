// SPDX-License-Identifier: Apache-2.0
#include "bench/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace cose::bench {

void LatencyHistogram::record(Nanoseconds duration) {
  constexpr std::uint64_t kLargest = (std::uint64_t{1} << kValueBits) - 1;
  const auto value = duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count());
  ++counts_[bucket_of(std::min(value, kLargest))];
  ++count_;
}

std::size_t LatencyHistogram::bucket_of(std::uint64_t value) {
  if (value < kDivisions) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kDivisionBits;
  return (shift + 1) * kDivisions + (value >> shift) - kDivisions;
}

std::uint64_t LatencyHistogram::middle_of(std::size_t bucket) {
  if (bucket < kDivisions) return bucket;
  const auto shift = bucket / kDivisions - 1;
  const auto low = (kDivisions + bucket % kDivisions) << shift;
  return low + ((std::uint64_t{1} << shift) >> 1);
}

Nanoseconds LatencyHistogram::percentile(double share) const {
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t passed = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    passed += counts_[bucket];
    if (passed >= rank && passed > 0) return Nanoseconds(middle_of(bucket));
  }
  return Nanoseconds::zero();
}

}  // namespace cose::bench
