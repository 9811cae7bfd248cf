// SPDX-License-Identifier: Apache-2.0
#include "store/committer.h"

#include <algorithm>
#include <iterator>

namespace cose::store {

void Committer::submit(Change change, std::vector<Record> records, Done done) {
  waiting_.push_back({std::move(change), std::move(records), std::move(done), {}});
}

Committer::Round Committer::gather() {
  Round round;
  const auto count = std::min(waiting_.size(), kMaximumGroup);
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
  round.entries_.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  round.failure_ = failure_;
  return round;
}

void Committer::write(Round& round) const {
  const auto is_final = [](const Status& status) { return !status && status.error().kind == ErrorKind::kIo; };
  const auto commit = [&](auto first, auto last) {
    Group group;
    for (auto entry = first; entry != last; ++entry) {
      group.changes.push_back(std::move(entry->change));
      std::ranges::copy(entry->records, std::back_inserter(group.records));
    }
    auto status = store_.commit(group, durability_);
    for (auto entry = first; entry != last; ++entry) {
      entry->change = std::move(group.changes[static_cast<std::size_t>(entry - first)]);
      entry->status = status;
    }
    ++round.commits_;
    if (is_final(status)) round.failure_ = status;
    return status.has_value();
  };

  auto& entries = round.entries_;
  if (entries.empty()) return;
  if (round.failure_ && (commit(entries.begin(), entries.end()) || entries.size() == 1)) return;
  // One of them was refused: each on its own, so that it is the only one to fail.
  for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
    if (round.failure_)
      commit(entry, entry + 1);
    else
      entry->status = round.failure_;
  }
}

void Committer::finish(Round round) {
  statistics_.groups += round.commits_;
  statistics_.changes += round.entries_.size();
  statistics_.largest_group = std::max(statistics_.largest_group, round.entries_.size());
  if (failure_ && !round.failure_) failure_ = round.failure_;
  for (const auto& entry : round.entries_)
    if (entry.done) entry.done(entry.status);
}

Status Committer::flush() {
  while (waiting()) {
    auto round = gather();
    write(round);
    finish(std::move(round));
  }
  return failure_;
}

}  // namespace cose::store
