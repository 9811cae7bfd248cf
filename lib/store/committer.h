// SPDX-License-Identifier: Apache-2.0
// Group commit: gathers the changes that wait and commits them with one flush, then tells each that it is durable.
//
// The object is passive: somebody else's thread drives it. flush() does a whole round. A driver that must not hold
// its lock over a flush of the disk takes the three steps itself: gather() and finish() under the lock, write()
// without it. One round at a time.
//
// A failed write or flush is never tried again, since the machine may have dropped what it could not write and would
// report success the second time. The committer then refuses everything (failure()), and its owner ends the process;
// the next start recovers from what is on disk. A change that the store refuses fails alone.
#pragma once

#include <functional>
#include <vector>

#include "store/store.h"

namespace cose::store {

struct CommitterStatistics {
  std::uint64_t groups = 0;  // commits of the store: each is one flush when durable
  std::uint64_t changes = 0;
  std::size_t largest_group = 0;
};

class Committer {
 public:
  static constexpr std::size_t kMaximumGroup = 1024;

  Committer(Store& store, Durability durability) : store_(store), durability_(durability) {}

  // Called once, in finish(), in the order of submission.
  using Done = std::function<void(const Status&)>;

  void submit(Change change, std::vector<Record> records, Done done);
  [[nodiscard]] bool waiting() const { return !waiting_.empty(); }
  [[nodiscard]] Durability durability() const { return durability_; }

  class Round {
   public:
    [[nodiscard]] bool empty() const { return entries_.empty(); }

   private:
    friend class Committer;
    struct Entry {
      Change change;
      std::vector<Record> records;
      Done done;
      Status status;
    };
    std::vector<Entry> entries_;
    std::uint64_t commits_ = 0;
    Status failure_;
  };

  [[nodiscard]] Round gather();
  // Touches nothing but the store and the round.
  void write(Round& round) const;
  void finish(Round round);

  // Rounds until nothing waits. The failure, if there is one.
  Status flush();

  // Why this committer works no more.
  [[nodiscard]] const Status& failure() const { return failure_; }
  [[nodiscard]] const CommitterStatistics& statistics() const { return statistics_; }

 private:
  Store& store_;
  Durability durability_;
  std::vector<Round::Entry> waiting_;
  Status failure_;
  CommitterStatistics statistics_;
};

}  // namespace cose::store
