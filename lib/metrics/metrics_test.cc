// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "metrics/exposition.h"
#include "metrics/histogram.h"

namespace cose::metrics {
namespace {

TEST(Histogram, CountsUpToAndWithEachBound) {
  Histogram histogram;
  for (const auto& duration : {Nanoseconds(0), Nanoseconds(50'000), Nanoseconds(50'001), Nanoseconds(31'000'000'000)})
    histogram.add(duration);
  EXPECT_EQ(histogram.up_to(0), 2U);
  EXPECT_EQ(histogram.up_to(1), 3U);
  EXPECT_EQ(histogram.up_to(Histogram::kBounds.size() - 1), 3U);
  EXPECT_EQ(histogram.count(), 4U);
  EXPECT_EQ(histogram.sum(), Nanoseconds(31'000'100'001));
}

TEST(Exposition, WritesFamiliesAndSamples) {
  Exposition exposition;
  exposition.counter("cose_commands_total", "Commands.");
  exposition.sample({{"kind", "transmit"}, {"what", "a\"b\\c\nd"}}, 12);
  exposition.gauge("cose_slots", "Slots.");
  exposition.sample(3);
  EXPECT_EQ(exposition.text(),
            "# HELP cose_commands_total Commands.\n# TYPE cose_commands_total counter\n"
            "cose_commands_total{kind=\"transmit\",what=\"a\\\"b\\\\c\\nd\"} 12\n"
            "# HELP cose_slots Slots.\n# TYPE cose_slots gauge\ncose_slots 3\n");
}

TEST(Exposition, WritesHistogramsThatAddUp) {
  Histogram histogram;
  histogram.add(std::chrono::milliseconds(3));
  Exposition exposition;
  exposition.histogram("cose_command_seconds", "Durations.");
  exposition.sample({{"kind", "reset"}}, histogram);
  const auto& text = exposition.text();
  EXPECT_NE(text.find("cose_command_seconds_bucket{kind=\"reset\",le=\"5e-05\"} 0\n"), std::string::npos) << text;
  EXPECT_NE(text.find("cose_command_seconds_bucket{kind=\"reset\",le=\"0.0025\"} 0\n"), std::string::npos);
  EXPECT_NE(text.find("cose_command_seconds_bucket{kind=\"reset\",le=\"0.005\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("cose_command_seconds_bucket{kind=\"reset\",le=\"+Inf\"} 1\n"), std::string::npos);
  EXPECT_TRUE(
      text.ends_with("cose_command_seconds_sum{kind=\"reset\"} 0.003\n"
                     "cose_command_seconds_count{kind=\"reset\"} 1\n"));
}

}  // namespace
}  // namespace cose::metrics
