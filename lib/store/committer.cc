// SPDX-License-Identifier: Apache-2.0
#include "store/committer.h"

#include <algorithm>
#include <map>

namespace cose::store {

namespace {

template <typename T>
std::vector<T> take_first(std::vector<T>& from, std::size_t count) {
  const auto end = from.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<T> taken(std::make_move_iterator(from.begin()), std::make_move_iterator(end));
  from.erase(from.begin(), end);
  return taken;
}

// Of several records with one key the last counts, so only that one is written.
std::vector<Record> latest(const std::vector<std::vector<Record>>& all) {
  std::map<std::string_view, const Record*> by_key;
  for (const auto& records : all)
    for (const auto& record : records) by_key[record.key] = &record;
  std::vector<Record> kept;
  for (const auto& [key, record] : by_key) kept.push_back(*record);
  return kept;
}

}  // namespace

void Committer::submit(Change change, std::vector<Record> records, Done done) {
  waiting_.group_.changes.push_back(std::move(change));
  waiting_.records_.push_back(std::move(records));
  waiting_.done_.push_back(std::move(done));
}

Committer::Round Committer::gather() {
  Round round;
  const auto count = std::min(waiting_.group_.changes.size(), kMaximumGroup);
  round.group_.changes = take_first(waiting_.group_.changes, count);
  round.records_ = take_first(waiting_.records_, count);
  round.done_ = take_first(waiting_.done_, count);
  round.results_.resize(count);
  round.failure_ = failure_;
  round.group_.records = latest(round.records_);
  if (completer_ == nullptr || count == 0 || !failure_) return round;
  auto more = completer_->complete(round.group_.changes);
  std::ranges::move(more, std::back_inserter(round.group_.records));
  return round;
}

Status Committer::commit(const Group& group, Round& round) const {
  auto status = store_.commit(group, durability_);
  ++round.commits_;
  if (!status && status.error().kind == ErrorKind::kIo) round.failure_ = status;
  return status;
}

void Committer::write(Round& round) const {
  if (round.empty()) return;
  auto status = round.failure_ ? commit(round.group_, round) : round.failure_;
  const bool refused = !status && round.failure_ && status.error().kind != ErrorKind::kLimit;
  if (refused && round.results_.size() > 1) return write_one_by_one(round);
  std::ranges::fill(round.results_, status);
}

// One of them was refused: each on its own, so that it is the only one to fail.
void Committer::write_one_by_one(Round& round) const {
  for (std::size_t at = 0; at < round.results_.size(); ++at)
    round.results_[at] =
        round.failure_ ? commit({{round.group_.changes[at]}, round.records_[at]}, round) : round.failure_;
}

void Committer::finish(Round round) {
  statistics_.groups += round.commits_;
  statistics_.changes += round.results_.size();
  statistics_.largest_group = std::max(statistics_.largest_group, round.results_.size());
  if (failure_ && !round.failure_) failure_ = round.failure_;
  if (completer_ != nullptr && !round.empty()) completer_->settle(round.group_.changes, round.results_);
  for (std::size_t at = 0; at < round.done_.size(); ++at)
    if (round.done_[at]) round.done_[at](round.results_[at]);
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
