// SPDX-License-Identifier: Apache-2.0
#include "bench/latency_histogram.h"

#include <chrono>

#include <gtest/gtest.h>

namespace cose::bench {
namespace {

TEST(LatencyHistogram, KnowsNothingBeforeTheFirst) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.percentile(0.5), Nanoseconds::zero());
}

TEST(LatencyHistogram, TellsSmallValuesExactly) {
  LatencyHistogram histogram;
  for (int value = 1; value <= 60; ++value) histogram.record(Nanoseconds(value));
  EXPECT_EQ(histogram.percentile(0.5), Nanoseconds(30));
  EXPECT_EQ(histogram.percentile(0.99), Nanoseconds(60));
  EXPECT_EQ(histogram.percentile(0.001), Nanoseconds(1));
}

TEST(LatencyHistogram, IsWithinOneDivisionOnAllScales) {
  for (const auto unit : {Nanoseconds(1), Nanoseconds(733), Nanoseconds(1'000'003)}) {
    LatencyHistogram histogram;
    for (int value = 1; value <= 100'000; ++value) histogram.record(value * unit);
    EXPECT_EQ(histogram.count(), 100'000U);
    for (const double share : {0.01, 0.5, 0.99, 1.0}) {
      const double expected = share * 100'000 * static_cast<double>(unit.count());
      EXPECT_NEAR(static_cast<double>(histogram.percentile(share).count()), expected, expected / 64) << share;
    }
  }
}

TEST(LatencyHistogram, SeesTheSlowFew) {
  LatencyHistogram histogram;
  for (int count = 0; count < 980; ++count) histogram.record(std::chrono::microseconds(10));
  for (int count = 0; count < 20; ++count) histogram.record(std::chrono::milliseconds(500));
  EXPECT_LT(histogram.percentile(0.98), std::chrono::microseconds(11));
  EXPECT_GT(histogram.percentile(0.99), std::chrono::milliseconds(490));
}

TEST(LatencyHistogram, BoundsWhatIsOutOfRange) {
  LatencyHistogram histogram;
  histogram.record(Nanoseconds(-5));
  EXPECT_EQ(histogram.percentile(1), Nanoseconds::zero());
  histogram.record(std::chrono::hours(24));
  EXPECT_GT(histogram.percentile(1), std::chrono::minutes(17));
  EXPECT_LT(histogram.percentile(1), std::chrono::minutes(19));
}

}  // namespace
}  // namespace cose::bench
