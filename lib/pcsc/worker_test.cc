// SPDX-License-Identifier: Apache-2.0
#include "pcsc/detail/worker.h"

#include <future>
#include <latch>
#include <memory>

#include <gtest/gtest.h>

namespace cose::pcsc::detail {
namespace {

using namespace std::chrono_literals;

// For what must happen; only a defect waits this long.
constexpr auto kLong = 60s;
constexpr auto kShort = 20ms;

TEST(Worker, ReturnsWhenTheTaskIsDone) {
  Worker worker([] {});
  int done = 0;
  ASSERT_TRUE(worker.run([&](const auto& abandoned) { done += abandoned ? 10 : 1; }, kLong).has_value());
  ASSERT_TRUE(worker.run([&](const auto&) { ++done; }, std::chrono::milliseconds::max()).has_value());
  EXPECT_EQ(done, 2);
  EXPECT_FALSE(worker.busy());
}

TEST(Worker, CleansUpOnceAtTheEnd) {
  int cleaned = 0;
  {
    Worker worker([&] { ++cleaned; });
    ASSERT_TRUE(worker.run([](const auto&) {}, kLong).has_value());
    EXPECT_EQ(cleaned, 0);
  }
  EXPECT_EQ(cleaned, 1);
}

TEST(Worker, StartsNoThreadWithoutATask) {
  int cleaned = 0;
  {
    const Worker worker([&] { ++cleaned; });
  }
  EXPECT_EQ(cleaned, 0);
}

TEST(Worker, IsBusyUntilAnAbandonedTaskHasComeBack) {
  const auto release = std::make_shared<std::latch>(1);
  const auto cleaned = std::make_shared<std::promise<void>>();
  Worker worker([release, cleaned, once = std::make_shared<bool>(true)] {
    if (std::exchange(*once, false)) cleaned->set_value();
  });
  auto* const gate = release.get();
  const auto late = worker.run([gate](const auto&) { gate->wait(); }, kShort);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().kind, ErrorKind::kTimeout);
  EXPECT_TRUE(worker.busy());

  const auto refused = worker.run([](const auto&) { FAIL(); }, kLong);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kBusy);

  release->count_down();
  ASSERT_EQ(cleaned->get_future().wait_for(kLong), std::future_status::ready) << "clean_up after the abandoned task";
  while (worker.busy()) std::this_thread::yield();
  EXPECT_TRUE(worker.run([](const auto& abandoned) { EXPECT_FALSE(abandoned); }, kLong).has_value());
}

TEST(Worker, TellsTheTaskThatNobodyWaits) {
  const auto saw = std::make_shared<std::promise<void>>();
  Worker worker([saw] {});
  auto* const told = saw.get();
  const auto late = worker.run(
      [told](const auto& abandoned) {
        while (!abandoned) std::this_thread::yield();
        told->set_value();
      },
      kShort);
  EXPECT_FALSE(late.has_value());
  EXPECT_EQ(saw->get_future().wait_for(kLong), std::future_status::ready);
}

TEST(Worker, LetsAStuckThreadGoAndKeepsWhatItUses) {
  struct Kept {
    std::latch release{1};
    std::promise<void> gone;
    ~Kept() { gone.set_value(); }
  };
  auto kept = std::make_shared<Kept>();
  auto* const used = kept.get();
  auto gone = kept->gone.get_future();
  auto worker = std::make_unique<Worker>([kept] { EXPECT_NE(kept, nullptr); });
  kept.reset();
  EXPECT_FALSE(worker->run([used](const auto&) { used->release.wait(); }, kShort).has_value());
  worker.reset();  // must not wait for the task
  EXPECT_EQ(gone.wait_for(0s), std::future_status::timeout) << "destroyed under the feet of its thread";
  used->release.count_down();
  EXPECT_EQ(gone.wait_for(kLong), std::future_status::ready) << "leaked";
}

}  // namespace
}  // namespace cose::pcsc::detail
