// SPDX-License-Identifier: Apache-2.0
// How long things took: counts in buckets whose width grows with the value, so that a percentile of nanoseconds and
// one of minutes are both within 1.6 % of the truth. Fixed size; record() never allocates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "bytes/clock.h"

namespace cose::bench {

class LatencyHistogram {
 public:
  void record(Nanoseconds duration);

  [[nodiscard]] std::uint64_t count() const { return count_; }

  // The duration that this share of the recorded ones does not exceed, to the middle of its bucket; 0 < share <= 1.
  // Zero when nothing has been recorded.
  [[nodiscard]] Nanoseconds percentile(double share) const;

 private:
  // Each power of two is divided into so many buckets; smaller values have a bucket each.
  static constexpr unsigned kDivisionBits = 6;
  static constexpr std::uint64_t kDivisions = 1U << kDivisionBits;
  // 2^40 ns are 18 minutes; whatever takes longer counts as that.
  static constexpr unsigned kValueBits = 40;
  static constexpr std::size_t kBuckets = (kValueBits - kDivisionBits + 1) * kDivisions;

  [[nodiscard]] static std::size_t bucket_of(std::uint64_t value);
  [[nodiscard]] static std::uint64_t middle_of(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
};

}  // namespace cose::bench
