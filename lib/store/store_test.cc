// SPDX-License-Identifier: Apache-2.0
// What every store must do, and random histories in which all stores must agree.
#include "store/store.h"

#include <functional>

#include <gtest/gtest.h>

#include "bytes/testing/seeded_rng.h"
#include "store/memory_store.h"
#include "store/rocks_store.h"
#include "store/testing/scratch_directory.h"

namespace cose::store {
namespace {

Change change(Change::Kind kind, CardId card, Fence fence, Sequence sequence, std::vector<Page> pages = {}) {
  return {.kind = kind,
          .card = card,
          .fence = fence,
          .sequence = sequence,
          .head = {static_cast<std::uint8_t>(sequence)},
          .pages = std::move(pages),
          .answer = {}};
}

// A store that can be ended and started again on what it left.
class Place {
 public:
  virtual ~Place() = default;
  virtual std::unique_ptr<Store> start() = 0;
};

class MemoryPlace final : public Place {
 public:
  std::unique_ptr<Store> start() override { return std::make_unique<MemoryStore>(state_); }

 private:
  std::shared_ptr<MemoryState> state_ = std::make_shared<MemoryState>();
};

class RocksPlace final : public Place {
 public:
  std::unique_ptr<Store> start() override {
    return RocksStore::open({.directory = scratch_.path() + "/state",
                             .if_missing = IfMissing::kCreate,
                             .write_buffer = 64 * 1024,
                             .block_cache = 1 << 20})
        .value();
  }

 private:
  testing::ScratchDirectory scratch_;
};

class AnyStore : public ::testing::TestWithParam<std::function<std::unique_ptr<Place>()>> {
 protected:
  void restart() {
    store_.reset();
    store_ = place_->start();
    fence_ = store_->raise_fence().value();
  }
  void SetUp() override { restart(); }

  Status commit(Change one) { return store_->commit({{std::move(one)}, {}}, Durability::kDurable); }

  std::unique_ptr<Place> place_ = GetParam()();
  std::unique_ptr<Store> store_;
  Fence fence_ = 0;
};

TEST_P(AnyStore, KeepsPagesHeadsAnswersAndRecordsOverARestart) {
  auto first = change(Change::Kind::kCreate, 1, fence_, 1, {{0, {1, 2}}, {0xFFFFFFFF, {3}}});
  first.answer = Answer{{9}, {0x90, 0x00}};
  ASSERT_TRUE(store_->commit({{first}, {{"name/anna", {1}}, {"name/bob", {2}}, {"other", {3}}}}, Durability::kDurable));
  ASSERT_TRUE(commit(change(Change::Kind::kUpdate, 1, fence_, 2, {{0, {}}, {5, {4}}})));
  const auto fence = fence_;
  restart();
  EXPECT_GT(fence_, fence);
  EXPECT_EQ(store_->head(1).value(), (Head{fence, 2, {2}}));
  EXPECT_EQ(store_->pages(1).value(), (std::vector<Page>{{5, {4}}, {0xFFFFFFFF, {3}}}));
  EXPECT_EQ(store_->answer(1).value(), (Answer{{9}, {0x90, 0x00}}));
  EXPECT_EQ(store_->record("name/bob").value(), Bytes{2});
  EXPECT_EQ(store_->record("name/").value(), std::nullopt);
  std::vector<std::string> keys;
  ASSERT_TRUE(store_->visit_records("name/", [&](std::string_view key, ByteView) -> Status {
    keys.emplace_back(key);
    return {};
  }));
  EXPECT_EQ(keys, (std::vector<std::string>{"name/anna", "name/bob"}));
}

TEST_P(AnyStore, RefusesAStaleOwner) {
  ASSERT_TRUE(commit(change(Change::Kind::kCreate, 1, fence_, 1)));
  const auto stale = fence_;
  fence_ = store_->raise_fence().value();
  const auto refused = commit(change(Change::Kind::kUpdate, 1, stale, 2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kRefused);
  EXPECT_FALSE(commit(change(Change::Kind::kUpdate, 1, fence_ + 1, 2)));
  EXPECT_TRUE(commit(change(Change::Kind::kUpdate, 1, fence_, 2)));
}

TEST_P(AnyStore, RefusesChangesOutOfOrder) {
  EXPECT_FALSE(commit(change(Change::Kind::kUpdate, 1, fence_, 1))) << "no such card";
  EXPECT_FALSE(commit(change(Change::Kind::kCreate, 1, fence_, 2))) << "the first change is 1";
  ASSERT_TRUE(commit(change(Change::Kind::kCreate, 1, fence_, 1)));
  EXPECT_FALSE(commit(change(Change::Kind::kCreate, 1, fence_, 2))) << "exists";
  EXPECT_FALSE(commit(change(Change::Kind::kUpdate, 1, fence_, 1))) << "doubled";
  EXPECT_FALSE(commit(change(Change::Kind::kUpdate, 1, fence_, 3))) << "one is missing";
  ASSERT_TRUE(commit(change(Change::Kind::kDestroy, 1, fence_, 2)));
  EXPECT_EQ(store_->head(1).value(), std::nullopt);
  EXPECT_FALSE(commit(change(Change::Kind::kUpdate, 1, fence_, 3))) << "destroyed";
}

TEST_P(AnyStore, RefusesChangesOfBadShape) {
  const std::vector<Change> bad{
      change(Change::Kind::kCreate, 1, fence_, 1, {{1, {1}}, {1, {2}}}),
      change(Change::Kind::kCreate, 1, fence_, 1, {{2, {1}}, {1, {2}}}),
      change(Change::Kind::kCreate, 1, fence_, 1, {{1, Bytes(kMaximumPage + 1)}}),
  };
  for (const auto& one : bad) EXPECT_FALSE(commit(one));
  auto head = change(Change::Kind::kCreate, 1, fence_, 1);
  head.head.resize(kMaximumHead + 1);
  EXPECT_FALSE(commit(head));
  auto request = change(Change::Kind::kCreate, 1, fence_, 1);
  request.answer = Answer{{}, {0x90, 0x00}};
  EXPECT_FALSE(commit(request));
  EXPECT_FALSE(store_->commit({{}, {{"", {1}}}}, Durability::kDurable));
  EXPECT_EQ(store_->head(1).value(), std::nullopt);
}

TEST_P(AnyStore, CommitsAGroupAsAWholeOrNotAtAll) {
  ASSERT_TRUE(store_->commit(
      {{change(Change::Kind::kCreate, 1, fence_, 1, {{0, {1}}}),
        change(Change::Kind::kUpdate, 1, fence_, 2, {{0, {2}}}), change(Change::Kind::kCreate, 2, fence_, 1)},
       {}},
      Durability::kDurable));
  EXPECT_EQ(store_->pages(1).value().front().octets, Bytes{2});
  EXPECT_FALSE(store_->commit(
      {{change(Change::Kind::kUpdate, 1, fence_, 3, {{0, {3}}}), change(Change::Kind::kUpdate, 2, fence_, 3)},
       {{"record", {1}}}},
      Durability::kDurable));
  EXPECT_EQ(store_->head(1).value()->sequence, 2U);
  EXPECT_EQ(store_->pages(1).value().front().octets, Bytes{2});
  EXPECT_EQ(store_->record("record").value(), std::nullopt);
}

TEST_P(AnyStore, KeepsWhatWasSyncedAtEveryLevel) {
  Sequence sequence = 0;
  for (const auto level : {Durability::kNone, Durability::kRelaxed, Durability::kDurable, Durability::kNone}) {
    const auto kind = sequence == 0 ? Change::Kind::kCreate : Change::Kind::kUpdate;
    ++sequence;
    ASSERT_TRUE(store_->commit({{change(kind, 1, fence_, sequence)}, {}}, level));
    ASSERT_TRUE(store_->sync());
  }
  restart();
  EXPECT_EQ(store_->head(1).value()->sequence, 4U);
}

TEST_P(AnyStore, DestroyingOneCardLeavesItsNeighbours) {
  for (const CardId card : {0xFEULL, 0xFFULL, 0x100ULL, ~0ULL})
    ASSERT_TRUE(commit(change(Change::Kind::kCreate, card, fence_, 1, {{0, {1}}, {0xFFFFFFFF, {2}}})));
  ASSERT_TRUE(commit(change(Change::Kind::kDestroy, 0xFF, fence_, 2)));
  ASSERT_TRUE(commit(change(Change::Kind::kDestroy, ~0ULL, fence_, 2)));
  std::vector<CardId> left;
  ASSERT_TRUE(store_->visit_heads([&](CardId card, const Head&) -> Status {
    left.push_back(card);
    return {};
  }));
  EXPECT_EQ(left, (std::vector<CardId>{0xFE, 0x100}));
  for (const auto card : left) EXPECT_EQ(store_->pages(card).value().size(), 2U);
  EXPECT_TRUE(store_->pages(0xFF).value().empty());
  EXPECT_TRUE(store_->pages(~0ULL).value().empty());
}

INSTANTIATE_TEST_SUITE_P(Memory, AnyStore,
                         ::testing::Values([]() -> std::unique_ptr<Place> { return std::make_unique<MemoryPlace>(); }));
INSTANTIATE_TEST_SUITE_P(Rocks, AnyStore,
                         ::testing::Values([]() -> std::unique_ptr<Place> { return std::make_unique<RocksPlace>(); }));

// ---- the oracle ----

class Histories {
 public:
  explicit Histories(std::uint64_t seed) : rng_(seed) { restart(); }

  void step() {
    if (rng_.below(200) == 0) restart();
    Group group;
    const auto changes = 1 + rng_.below(4);
    for (std::uint64_t made = 0; made < changes; ++made) group.changes.push_back(random_change());
    if (rng_.below(3) == 0) group.records.push_back({"key/" + std::to_string(rng_.below(8)), random_octets(20)});
    const auto level = static_cast<Durability>(rng_.below(3));
    const auto left = oracle_->commit(group, level);
    const auto right = tested_->commit(group, level);
    ASSERT_EQ(left, right);
    accepted_ += left ? 1 : 0;
  }

  void compare() {
    const auto dump = [](const Store& store) {
      std::vector<std::tuple<CardId, Head, std::vector<Page>, std::optional<Answer>>> all;
      EXPECT_TRUE(store.visit_heads([&](CardId card, const Head& head) -> Status {
        all.emplace_back(card, head, store.pages(card).value(), store.answer(card).value());
        return {};
      }));
      return all;
    };
    ASSERT_EQ(dump(*oracle_), dump(*tested_));
    std::vector<Record> left;
    std::vector<Record> right;
    for (auto [store, records] : {std::pair(oracle_.get(), &left), std::pair(tested_.get(), &right)})
      ASSERT_TRUE(store->visit_records("", [&](std::string_view key, ByteView octets) -> Status {
        records->push_back({std::string(key), to_bytes(octets)});
        return {};
      }));
    ASSERT_EQ(left, right);
  }

  [[nodiscard]] int accepted() const { return accepted_; }

 private:
  void restart() {
    oracle_.reset();
    tested_.reset();
    oracle_ = memory_.start();
    tested_ = rocks_.start();
    fence_ = oracle_->raise_fence().value();
    ASSERT_EQ(tested_->raise_fence().value(), fence_);
  }

  Bytes random_octets(std::size_t maximum) {
    Bytes octets(rng_.below(maximum + 1));
    static_cast<void>(rng_.fill(octets));
    return octets;
  }

  // Mostly one that will be accepted.
  Change random_change() {
    const CardId card = rng_.below(10) * 0x1234567;
    const auto head = oracle_->head(card).value();
    auto kind = head ? Change::Kind::kUpdate : Change::Kind::kCreate;
    if (rng_.below(20) == 0) kind = Change::Kind::kDestroy;
    const auto sequence = (head ? head->sequence : 0) + (rng_.below(50) == 0 ? 2 : 1);
    auto made = change(kind, card, fence_ - (rng_.below(50) == 0 ? 1 : 0), sequence);
    made.head = random_octets(64);
    for (PageNumber page = 0; page < 16; ++page)
      if (rng_.below(4) == 0) made.pages.push_back({page << 24, random_octets(300)});
    if (rng_.below(3) == 0) made.answer = Answer{{static_cast<std::uint8_t>(card)}, random_octets(30)};
    return made;
  }

  cose::testing::SeededRng rng_;
  MemoryPlace memory_;
  RocksPlace rocks_;
  std::unique_ptr<Store> oracle_;
  std::unique_ptr<Store> tested_;
  Fence fence_ = 0;
  int accepted_ = 0;
};

TEST(Stores, AgreeInRandomHistories) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Histories histories(seed);
    for (int step = 0; step < 600; ++step) {
      SCOPED_TRACE("seed " + std::to_string(seed) + " step " + std::to_string(step));
      histories.step();
      if (step % 40 == 0) histories.compare();
      if (::testing::Test::HasFatalFailure()) return;
    }
    histories.compare();
    EXPECT_GT(histories.accepted(), 200);
  }
}

}  // namespace
}  // namespace cose::store
