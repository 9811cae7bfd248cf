// SPDX-License-Identifier: Apache-2.0
// Kills a process that counts durably, again and again, and compares its state with what it acknowledged.
// COSE_KILLS says how often (default 20).
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bytes/testing/seeded_rng.h"
#include "store/committer.h"
#include "store/rocks_store.h"
#include "store/testing/scratch_directory.h"

namespace cose::tests {
namespace {

using store::Change;
using store::RocksStore;

constexpr std::uint64_t kCards = 64;
constexpr int kGroup = 16;

struct Told {
  std::uint64_t card = 0;
  std::uint64_t count = 0;
};

Bytes count_octets(std::uint64_t count) {
  Bytes octets(32);
  for (auto& octet : octets) octet = static_cast<std::uint8_t>(count);
  for (std::size_t at = 0; at < 8; ++at) octets[at] = static_cast<std::uint8_t>(count >> 8 * at);
  return octets;
}

std::uint64_t count_of(ByteView octets) {
  std::uint64_t count = 0;
  for (std::size_t at = 8; at > 0; --at) count = count << 8 | octets[at - 1];
  return count;
}

// The child: counts on random cards for as long as it lives, and tells each acknowledged count.
[[noreturn]] void count_for_ever(const std::string& directory, int tell, std::uint64_t seed) {
  auto store = RocksStore::open({.directory = directory, .if_missing = store::IfMissing::kCreate});
  if (!store) _exit(1);
  const auto fence = (*store)->raise_fence();
  if (!fence) _exit(1);
  testing::SeededRng rng(seed);
  store::Committer committer(**store, store::Durability::kDurable);
  for (;;) {
    std::map<std::uint64_t, std::uint64_t> counts;
    for (int change = 0; change < kGroup; ++change) {
      const auto card = rng.below(kCards);
      const auto head = (*store)->head(card);
      if (!head) _exit(1);
      const auto last = *head ? (*head)->sequence : 0;
      if (!counts.emplace(card, last + 1).second) continue;
      committer.submit({.kind = last == 0 ? Change::Kind::kCreate : Change::Kind::kUpdate,
                        .card = card,
                        .fence = *fence,
                        .sequence = last + 1,
                        .head = count_octets(last + 1),
                        .pages = {{0, count_octets(last + 1)}, {1, count_octets(last + 1)}},
                        .answer = {}},
                       {}, [tell, told = Told{card, last + 1}](const Status& status) {
                         if (!status || write(tell, &told, sizeof told) != sizeof told) _exit(1);
                       });
    }
    static_cast<void>(committer.flush());
  }
}

// What the child told until it was killed.
std::map<std::uint64_t, std::uint64_t> run_and_kill(const std::string& directory, std::uint64_t seed) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe(ends.data()), 0);
  const auto child = fork();
  if (child == 0) {
    close(ends[0]);
    count_for_ever(directory, ends[1], seed);
  }
  close(ends[1]);
  std::map<std::uint64_t, std::uint64_t> told;
  testing::SeededRng rng(seed);
  // Killed after so many acknowledgements, wherever it is then.
  auto left = 1 + rng.below(2000);
  Told one;
  while (left > 0 && read(ends[0], &one, sizeof one) == sizeof one) {
    told[one.card] = std::max(told[one.card], one.count);
    --left;
  }
  EXPECT_EQ(left, 0U) << "the child ended by itself";
  kill(child, SIGKILL);
  while (read(ends[0], &one, sizeof one) == sizeof one) told[one.card] = std::max(told[one.card], one.count);
  close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return told;
}

TEST(Kill, LosesNoCountThatWasAcknowledged) {
  const char* wanted = std::getenv("COSE_KILLS");
  const auto kills = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 20;
  const store::testing::ScratchDirectory scratch;
  const auto directory = scratch.path() + "/state";
  std::map<std::uint64_t, std::uint64_t> reached;
  for (std::uint64_t round = 1; round <= kills; ++round) {
    SCOPED_TRACE("kill " + std::to_string(round));
    for (const auto& [card, count] : run_and_kill(directory, round)) reached[card] = std::max(reached[card], count);
    const auto store = RocksStore::open({.directory = directory});
    ASSERT_TRUE(store) << store.error().message;
    for (auto& [card, count] : reached) {
      const auto head = (*store)->head(card);
      ASSERT_TRUE(head && *head);
      ASSERT_GE((*head)->sequence, count) << "card " << card << " went back";
      ASSERT_LE((*head)->sequence, count + 1) << "card " << card << " counted twice";
      ASSERT_EQ(count_of((*head)->octets), (*head)->sequence);
      const auto pages = (*store)->pages(card);
      ASSERT_TRUE(pages && pages->size() == 2);
      for (const auto& page : *pages) ASSERT_EQ(page.octets, count_octets((*head)->sequence)) << "torn";
      count = (*head)->sequence;
    }
  }
}

TEST(Kill, ASecondProcessOnTheSameDirectoryIsRefused) {
  const store::testing::ScratchDirectory scratch;
  const auto directory = scratch.path() + "/state";
  const auto store = RocksStore::open({.directory = directory, .if_missing = store::IfMissing::kCreate});
  ASSERT_TRUE(store);
  const auto child = fork();
  if (child == 0) {
    const auto second = RocksStore::open({.directory = directory});
    _exit(!second && second.error().kind == ErrorKind::kBusy ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace cose::tests
