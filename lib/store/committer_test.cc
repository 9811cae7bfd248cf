// SPDX-License-Identifier: Apache-2.0
#include "store/committer.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "store/memory_store.h"
#include "store/rocks_store.h"
#include "store/testing/scratch_directory.h"

namespace cose::store {
namespace {

Change create(CardId card, Fence fence, Sequence sequence = 1) {
  return {.kind = Change::Kind::kCreate,
          .card = card,
          .fence = fence,
          .sequence = sequence,
          .head = {1},
          .pages = {{0, Bytes(200)}},
          .answer = {}};
}

TEST(Committer, FlushesOnceForAllThatWait) {
  const testing::ScratchDirectory scratch;
  const auto store =
      RocksStore::open({.directory = scratch.path() + "/state", .if_missing = IfMissing::kCreate}).value();
  const auto fence = store->raise_fence().value();
  const auto before = store->statistics().value().flushes;
  Committer committer(*store, Durability::kDurable);
  std::vector<CardId> told;
  constexpr CardId kWaiting = 300;
  for (CardId card = 0; card < kWaiting; ++card)
    committer.submit(create(card, fence), {}, [&told, card](const Status& status) {
      if (status) told.push_back(card);
    });
  EXPECT_TRUE(told.empty()) << "acknowledged before the flush";
  ASSERT_TRUE(committer.flush());
  EXPECT_EQ(told.size(), kWaiting);
  EXPECT_TRUE(std::ranges::is_sorted(told));
  EXPECT_EQ(store->statistics().value().flushes - before, 1U);
  EXPECT_EQ(committer.statistics().groups, 1U);
  EXPECT_EQ(committer.statistics().largest_group, kWaiting);
}

TEST(Committer, ARelaxedCommitFlushesNothing) {
  const testing::ScratchDirectory scratch;
  const auto store =
      RocksStore::open({.directory = scratch.path() + "/state", .if_missing = IfMissing::kCreate}).value();
  const auto fence = store->raise_fence().value();
  const auto before = store->statistics().value().flushes;
  Committer committer(*store, Durability::kRelaxed);
  committer.submit(create(1, fence), {}, {});
  ASSERT_TRUE(committer.flush());
  EXPECT_EQ(store->statistics().value().flushes, before);
  ASSERT_TRUE(store->sync());
  EXPECT_EQ(store->statistics().value().flushes, before + 1);
}

TEST(Committer, OneRefusedChangeFailsAlone) {
  MemoryStore store;
  const auto fence = store.raise_fence().value();
  Committer committer(store, Durability::kDurable);
  std::vector<bool> told;
  const auto note = [&](const Status& status) { told.push_back(status.has_value()); };
  committer.submit(create(1, fence), {}, note);
  committer.submit(create(2, fence, 7), {}, note);
  committer.submit(create(3, fence), {{"record", {1}}}, note);
  ASSERT_TRUE(committer.flush());
  EXPECT_EQ(told, (std::vector<bool>{true, false, true}));
  EXPECT_TRUE(store.head(3).value());
  EXPECT_TRUE(store.record("record").value());
}

TEST(Committer, TakesALimitedGroupAtOnce) {
  MemoryStore store;
  const auto fence = store.raise_fence().value();
  Committer committer(store, Durability::kDurable);
  for (CardId card = 0; card <= Committer::kMaximumGroup; ++card) committer.submit(create(card, fence), {}, {});
  ASSERT_TRUE(committer.flush());
  EXPECT_EQ(committer.statistics().groups, 2U);
  EXPECT_EQ(committer.statistics().largest_group, Committer::kMaximumGroup);
}

TEST(RocksStore, RefusesWhatIsNoStateOrOfAnotherFormat) {
  const testing::ScratchDirectory scratch;
  const auto missing = RocksStore::open({.directory = scratch.path() + "/none"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  const auto directory = scratch.path() + "/state";
  const auto first = RocksStore::open({.directory = directory, .if_missing = IfMissing::kCreate});
  ASSERT_TRUE(first);
  const auto second = RocksStore::open({.directory = directory});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kBusy);
}

TEST(RocksStore, ABackupIsAStateOfItsOwn) {
  const testing::ScratchDirectory scratch;
  const auto store =
      RocksStore::open({.directory = scratch.path() + "/state", .if_missing = IfMissing::kCreate}).value();
  auto fence = store->raise_fence().value();
  ASSERT_TRUE(store->commit({{create(1, fence)}, {}}, Durability::kDurable));
  ASSERT_TRUE(store->backup(scratch.path() + "/backup"));
  ASSERT_TRUE(store->commit({{create(2, fence)}, {}}, Durability::kDurable));
  const auto copy = RocksStore::open({.directory = scratch.path() + "/backup"});
  ASSERT_TRUE(copy) << copy.error().message;
  EXPECT_TRUE((*copy)->head(1).value());
  EXPECT_FALSE((*copy)->head(2).value());
  EXPECT_GT((*copy)->raise_fence().value(), fence);
  EXPECT_FALSE(store->backup(scratch.path() + "/backup")) << "an existing directory";
}

TEST(RocksStore, ChecksCompactsAndCounts) {
  const testing::ScratchDirectory scratch;
  const auto store =
      RocksStore::open({.directory = scratch.path() + "/state", .if_missing = IfMissing::kCreate}).value();
  const auto fence = store->raise_fence().value();
  for (CardId card = 1; card <= 20; ++card)
    ASSERT_TRUE(store->commit({{create(card, fence)}, {{"r" + std::to_string(card), {1}}}}, Durability::kRelaxed));
  ASSERT_TRUE(store->compact());
  const auto report = store->check().value();
  EXPECT_EQ(report.cards, 20U);
  EXPECT_EQ(report.pages, 20U);
  EXPECT_EQ(report.records, 20U);
  EXPECT_TRUE(report.problems.empty());
  const auto statistics = store->statistics().value();
  EXPECT_EQ(statistics.cards, 20U);
  EXPECT_GT(statistics.disk_octets, 20U * 200U);
}

}  // namespace
}  // namespace cose::store
