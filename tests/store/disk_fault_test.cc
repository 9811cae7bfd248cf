// SPDX-License-Identifier: Apache-2.0
// A disk that is full, cannot be read, or fails to flush; and pages torn or changed behind the store's back.
#include <gtest/gtest.h>

#include "simulated_disk.h"
#include "store/committer.h"
#include "store/rocks_store.h"

namespace cose::tests {
namespace {

using store::Change;
using store::Durability;
using store::RocksStore;

class DiskFault : public ::testing::Test {
 protected:
  Result<std::unique_ptr<RocksStore>> open() {
    return RocksStore::open({.directory = "/state",
                             .if_missing = store::IfMissing::kCreate,
                             .write_buffer = 64 * 1024,
                             .env = environment_.get()});
  }

  void start() {
    store_.reset();
    auto opened = open();
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = *std::move(opened);
    fence_ = store_->raise_fence().value();
  }

  Change next(std::uint8_t value) {
    ++sequence_;
    return {.kind = sequence_ == 1 ? Change::Kind::kCreate : Change::Kind::kUpdate,
            .card = 7,
            .fence = fence_,
            .sequence = sequence_,
            .head = {value},
            .pages = {{0, Bytes(100, value)}},
            .answer = {}};
  }

  Status commit(std::uint8_t value) { return store_->commit({{next(value)}, {}}, Durability::kDurable); }

  [[nodiscard]] int value() const {
    const auto head = store_->head(7);
    return head && *head ? (*head)->octets.front() : -1;
  }

  std::shared_ptr<SimulatedDisk> disk_ = std::make_shared<SimulatedDisk>();
  std::unique_ptr<rocksdb::Env> environment_ = SimulatedDisk::environment(disk_);
  std::unique_ptr<RocksStore> store_;
  store::Fence fence_ = 0;
  store::Sequence sequence_ = 0;
};

TEST_F(DiskFault, AFailedFlushStopsTheStoreAndIsNeverTriedAgain) {
  start();
  ASSERT_TRUE(commit(1));
  store::Committer committer(*store_, Durability::kDurable);
  std::vector<Status> told;
  const auto note = [&](const Status& status) { told.push_back(status); };
  disk_->fail_next_sync();
  committer.submit(next(2), {}, note);
  EXPECT_FALSE(committer.flush());
  const auto attempts = disk_->sync_attempts();
  committer.submit(next(3), {}, note);
  EXPECT_FALSE(committer.flush());
  EXPECT_FALSE(store_->commit({{next(4)}, {}}, Durability::kDurable));
  EXPECT_FALSE(store_->sync());
  EXPECT_FALSE(store_->raise_fence());
  store_.reset();
  EXPECT_EQ(disk_->sync_attempts(), attempts);
  ASSERT_EQ(told.size(), 2U);
  for (const auto& status : told) EXPECT_EQ(status.error().kind, ErrorKind::kIo);
  // What was acknowledged is there; what was not may not be half there.
  disk_->restore_power(1);
  start();
  EXPECT_EQ(value(), 1);
}

TEST_F(DiskFault, ANearlyFullDiskRefusesBeforeItTouchesAnything) {
  start();
  ASSERT_TRUE(commit(1));
  disk_->set_free_space(1 << 20);
  const auto refused = commit(2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kLimit);
  EXPECT_EQ(value(), 1);
  disk_->set_free_space(1ULL << 40);
  --sequence_;
  EXPECT_TRUE(commit(3));
  EXPECT_EQ(value(), 3);
}

TEST_F(DiskFault, AFullDiskStopsTheStoreWithWhatWasAcknowledged) {
  start();
  ASSERT_TRUE(commit(1));
  disk_->fill_up(true);
  const auto failed = commit(2);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kIo);
  disk_->fill_up(false);
  EXPECT_FALSE(commit(3)) << "the store went on after a failed write";
  start();
  EXPECT_EQ(value(), 1);
  sequence_ = 1;
  EXPECT_TRUE(commit(4));
}

TEST_F(DiskFault, AReadErrorIsAnErrorAndNoMissingCard) {
  start();
  ASSERT_TRUE(commit(1));
  // So many that starting does not read the card by the way.
  for (store::CardId card = 100; card < 400; ++card) {
    auto other = next(1);
    other.kind = Change::Kind::kCreate;
    other.card = card;
    other.sequence = 1;
    other.pages.push_back({1, Bytes(100)});
    ASSERT_TRUE(store_->commit({{other}, {}}, Durability::kNone));
  }
  start();  // the end flushed the memory into a file
  disk_->fail_reads(true);
  EXPECT_FALSE(store_->head(7));
  EXPECT_FALSE(store_->pages(300));
  EXPECT_FALSE(store_->check().value_or(store::CheckReport{.problems = {"unreadable"}}).problems.empty());
  disk_->fail_reads(false);
  EXPECT_EQ(value(), 1);
}

// A bit anywhere in a data file: the card is read as it was, or an error says that it cannot be.
TEST_F(DiskFault, AFlippedBitIsFoundOrHarmless) {
  start();
  for (std::uint8_t round = 1; round <= 50; ++round) ASSERT_TRUE(commit(round));
  start();
  int found = 0;
  constexpr std::uint64_t kBits = 200;
  for (std::uint64_t bit = 0; bit < kBits; ++bit) {
    const auto place = bit * 0x9E3779B97F4A7C15ULL;
    ASSERT_TRUE(disk_->flip_bit(".sst", place));
    store_.reset();
    auto opened = open();
    if (!opened) {
      ++found;
    } else {
      store_ = *std::move(opened);
      const auto pages = store_->pages(7);
      if (!pages)
        ++found;
      else
        ASSERT_TRUE(pages->size() == 1 && pages->front().octets == Bytes(100, 50)) << "bit " << bit;
    }
    store_.reset();
    ASSERT_TRUE(disk_->flip_bit(".sst", place));
  }
  EXPECT_GT(found, 20);
}

}  // namespace
}  // namespace cose::tests
