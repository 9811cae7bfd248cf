// SPDX-License-Identifier: Apache-2.0
// Loses power at random operations of a simulated disk under load, thousands of times, and compares what is there
// afterwards with what was acknowledged. COSE_POWER_CUTS says how often (default 300), COSE_FIRST_DISK with which disk
// to begin.
#include <cstdlib>
#include <map>

#include <gtest/gtest.h>

#include "bytes/testing/seeded_rng.h"
#include "simulated_disk.h"
#include "store/committer.h"
#include "store/rocks_store.h"

// RocksDB 7.8 loses a memtable when the file for it cannot be made: a leak of the library's, on the way to a process
// that ends anyway. The name is the leak checker's.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:rocksdb::DBImpl::SwitchMemtable\n";
}

namespace cose::tests {
namespace {

using store::CardId;
using store::Change;
using store::PageNumber;

constexpr std::uint64_t kCards = 12;
constexpr PageNumber kPages = 24;

// What a card must look like. Its pages hold the sequence that wrote them, so a torn change shows.
struct Model {
  store::Sequence sequence = 0;
  std::map<PageNumber, Bytes> pages;
  Bytes request;
  friend bool operator==(const Model&, const Model&) = default;
};
using Models = std::map<CardId, Model>;

Bytes octets_of(CardId card, store::Sequence sequence, PageNumber page) {
  Bytes octets(64 + page * 8);
  testing::SeededRng rng(card << 40 ^ sequence << 8 ^ page);
  static_cast<void>(rng.fill(octets));
  return octets;
}

class PowerCuts {
 public:
  explicit PowerCuts(std::uint64_t seed) : rng_(seed) {}

  // One life of the store: from its start to a loss of power.
  void live_once() {
    disk_->cut_power_after(1 + rng_.below(rng_.below(4) == 0 ? 2000 : 120));
    if (auto opened = open(); opened) work(**opened);
    disk_->restore_power(rng_.below(~std::uint64_t{0}));
  }

  void check() {
    auto opened = open();
    ASSERT_TRUE(opened) << opened.error().message;
    const auto fence = (*opened)->raise_fence();
    ASSERT_TRUE(fence) << fence.error().message;
    ASSERT_GT(*fence, last_fence_) << "a fence was given out twice";
    last_fence_ = *fence;
    const auto found = read(**opened);
    ASSERT_TRUE(found == acknowledged_ || found == attempted_) << "neither before nor after the last group";
    acknowledged_ = attempted_ = found;
  }

  [[nodiscard]] std::uint64_t commits() const { return commits_; }

 private:
  [[nodiscard]] Result<std::unique_ptr<store::RocksStore>> open() {
    return store::RocksStore::open({.directory = "/state",
                                    .if_missing = store::IfMissing::kCreate,
                                    .write_buffer = 64 * 1024,
                                    .block_cache = 1 << 20,
                                    .env = environment_.get()});
  }

  void work(store::RocksStore& store) {
    const auto fence = store.raise_fence();
    if (!fence) return;
    last_fence_ = *fence;
    store::Committer committer(store, store::Durability::kDurable);
    while (disk_->has_power()) {
      attempted_ = acknowledged_;
      std::size_t confirmed = 0;
      const auto count = 1 + rng_.below(6);
      for (std::uint64_t change = 0; change < count; ++change)
        committer.submit(random_change(*fence), {}, [&](const Status& status) { confirmed += status ? 1U : 0U; });
      static_cast<void>(committer.flush());
      if (confirmed != count) return;
      acknowledged_ = attempted_;
      ++commits_;
    }
  }

  Change random_change(store::Fence fence) {
    const auto card = 1 + rng_.below(kCards);
    const bool is_new = !attempted_.contains(card);
    if (!is_new && rng_.below(40) == 0) {
      const Change gone{.kind = Change::Kind::kDestroy,
                        .card = card,
                        .fence = fence,
                        .sequence = attempted_[card].sequence + 1,
                        .head = {},
                        .pages = {},
                        .answer = {}};
      attempted_.erase(card);
      return gone;
    }
    auto& model = attempted_[card];
    ++model.sequence;
    Change change{.kind = is_new ? Change::Kind::kCreate : Change::Kind::kUpdate,
                  .card = card,
                  .fence = fence,
                  .sequence = model.sequence,
                  .head = octets_of(card, model.sequence, 0),
                  .pages = {},
                  .answer = {}};
    for (PageNumber page = 0; page < kPages; ++page) {
      if (rng_.below(4) != 0) continue;
      change.pages.push_back({page, octets_of(card, model.sequence, page)});
      model.pages[page] = change.pages.back().octets;
    }
    model.request = octets_of(card, model.sequence, 0);
    model.request.resize(8);
    change.answer = store::Answer{model.request, change.head};
    return change;
  }

  static Models read(const store::RocksStore& store) {
    Models models;
    const auto walked = store.visit_heads([&](CardId card, const store::Head& head) -> Status {
      auto& model = models[card];
      model.sequence = head.sequence;
      EXPECT_EQ(head.octets, octets_of(card, head.sequence, 0));
      COSE_TRY(const auto pages, store.pages(card));
      for (const auto& page : pages) model.pages[page.number] = page.octets;
      COSE_TRY(const auto answer, store.answer(card));
      if (answer) model.request = answer->request;
      return {};
    });
    EXPECT_TRUE(walked);
    return models;
  }

  testing::SeededRng rng_;
  std::shared_ptr<SimulatedDisk> disk_ = std::make_shared<SimulatedDisk>();
  std::unique_ptr<rocksdb::Env> environment_ = SimulatedDisk::environment(disk_);
  Models acknowledged_;
  Models attempted_;  // with the group that was under way
  store::Fence last_fence_ = 0;
  std::uint64_t commits_ = 0;
};

TEST(PowerCut, LeavesTheStateBeforeOrAfterAGroupAndLosesNothingAcknowledged) {
  const char* wanted = std::getenv("COSE_POWER_CUTS");
  const auto cuts = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 300;
  std::uint64_t commits = 0;
  // A new disk now and then, so that the making of a state directory is cut as well.
  constexpr std::uint64_t kLives = 20;
  const char* first = std::getenv("COSE_FIRST_DISK");
  const auto start = first != nullptr ? std::strtoull(first, nullptr, 10) : 0;
  for (std::uint64_t done = 0; done < cuts; done += kLives) {
    PowerCuts cut(start + done + 1);
    for (std::uint64_t life = 0; life < kLives; ++life) {
      SCOPED_TRACE("disk " + std::to_string(start + done + 1) + ", life " + std::to_string(life));
      cut.live_once();
      cut.check();
      if (HasFatalFailure()) return;
    }
    commits += cut.commits();
  }
  EXPECT_GT(commits, cuts) << "the cuts came too early to test anything";
  std::cout << cuts << " cuts, " << commits << " groups acknowledged\n";
}

}  // namespace
}  // namespace cose::tests
