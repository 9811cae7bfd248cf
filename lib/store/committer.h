// SPDX-License-Identifier: Apache-2.0
// Group commit: gathers the changes that wait and commits them with one flush, then tells each that it is durable.
//
// The object is passive: somebody else's thread drives it. flush() does a whole round. A driver that must not hold
// its lock over a flush of the disk takes the three steps itself: gather() and finish() under the lock, write()
// without it. One round at a time.
//
// A failed write or flush is never tried again, since the machine may have dropped what it could not write and would
// report success the second time. The committer then refuses everything (failure()), and its owner ends the process;
// the next start recovers from what is on disk. A change that the store refuses fails alone. A disk without room fails
// all that waited, and the next round may do better.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "store/store.h"

namespace cose::store {

struct CommitterStatistics {
  std::uint64_t groups = 0;  // commits of the store: each is one flush when durable
  std::uint64_t changes = 0;
  std::size_t largest_group = 0;
};

// What goes with a group as a whole, such as a sum over all cards.
class Completer {
 public:
  virtual ~Completer() = default;
  // Records to be committed with these changes; called in gather().
  [[nodiscard]] virtual std::vector<Record> complete(std::span<const Change> changes) = 0;
  // What became of them; called in finish(), before any Done. When a change was refused, the others were committed
  // one by one, without those records.
  virtual void settle(std::span<const Change> changes, std::span<const Status> results) = 0;
};

class Committer {
 public:
  static constexpr std::size_t kMaximumGroup = 1024;

  Committer(Store& store, Durability durability) : store_(store), durability_(durability) {}

  // Called once, in finish(), in the order of submission.
  using Done = std::function<void(const Status&)>;

  // Outlives the committer, or is taken away with null.
  void set_completer(Completer* completer) { completer_ = completer; }

  void submit(Change change, std::vector<Record> records, Done done);
  [[nodiscard]] bool waiting() const { return !waiting_.empty(); }
  [[nodiscard]] Durability durability() const { return durability_; }

  class Round {
   public:
    [[nodiscard]] bool empty() const { return group_.changes.empty(); }

   private:
    friend class Committer;
    Group group_;                               // the records of each change are in records_
    std::vector<std::vector<Record>> records_;  // as many as changes, like the two below
    std::vector<Done> done_;
    std::vector<Status> results_;
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
  void write_one_by_one(Round& round) const;
  [[nodiscard]] Status commit(const Group& group, Round& round) const;

  Store& store_;
  Durability durability_;
  Completer* completer_ = nullptr;
  Round waiting_;
  Status failure_;
  CommitterStatistics statistics_;
};

}  // namespace cose::store
