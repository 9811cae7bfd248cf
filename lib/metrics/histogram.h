// SPDX-License-Identifier: Apache-2.0
// How long things take: counts of durations in fixed buckets, from 50 microseconds to 30 seconds, which spans a
// software card's command and a slow card's key generation.
//
// A value of some hundred octets, however much is counted. One thread.
#pragma once

#include <array>
#include <cstdint>

#include "bytes/clock.h"

namespace cose::metrics {

class Histogram {
 public:
  using Micros = std::chrono::microseconds;
  // Upper bounds; what is longer than the last is counted in the total only.
  static constexpr std::array<Micros, 17> kBounds{
      Micros(50),      Micros(100),       Micros(250),       Micros(500),        Micros(1000),      Micros(2500),
      Micros(5000),    Micros(10'000),    Micros(25'000),    Micros(50'000),     Micros(100'000),   Micros(250'000),
      Micros(500'000), Micros(1'000'000), Micros(2'500'000), Micros(10'000'000), Micros(30'000'000)};

  void add(Nanoseconds duration);

  // How many were not longer than the bound.
  [[nodiscard]] std::uint64_t up_to(std::size_t bound) const;
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] Nanoseconds sum() const { return sum_; }

 private:
  std::array<std::uint64_t, kBounds.size()> counts_{};  // each of its own bucket alone
  std::uint64_t count_ = 0;
  Nanoseconds sum_{0};
};

}  // namespace cose::metrics
