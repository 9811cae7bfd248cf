// SPDX-License-Identifier: Apache-2.0
#include "jcvm/memory.h"

#include <algorithm>

#include "bytes/result.h"

namespace cose::jcvm {

namespace {

constexpr std::uint32_t kGrowth = 2048;
// How far back an equal range is looked for, so that a loop over one field does not fill the journal.
constexpr std::size_t kLookBack = 8;

// By an entry from `first` on.
bool covered(const Journal& journal, std::size_t first, std::uint32_t address, std::uint32_t size) {
  const auto count = std::min(journal.entries.size() - first, kLookBack);
  return std::any_of(
      journal.entries.end() - static_cast<std::ptrdiff_t>(count), journal.entries.end(),
      [&](const Undo& undo) { return undo.address <= address && address + size <= undo.address + undo.size; });
}

}  // namespace

void Journal::clear() {
  entries.clear();
  old_octets.clear();
}

Memory::Memory(std::uint32_t limit, std::uint32_t commit_capacity)
    : limit_(std::min(limit, kMaximumPersistent)), commit_capacity_(commit_capacity) {}

void Memory::restore(const Snapshot& snapshot) {
  image_ = snapshot.image;
  dirty_.assign((image_.size() + kPageSize - 1) / kPageSize, 1);
  dirty_any_ = true;
  open_ = 0;
  journal_.clear();
  watched_ = static_cast<bool>(hook_);
  if (snapshot.in_transaction) roll_back(snapshot.journal, {snapshot.fresh_from, 0, 0, 0});
}

Snapshot Memory::snapshot() const {
  return {image_, in_transaction(), levels_[0].fresh_from, journal_};
}

bool Memory::reserve(std::uint32_t end) {
  if (end <= image_.size()) return true;
  if (end > limit_) return false;
  const auto size = std::min(limit_, (end + kGrowth - 1) / kGrowth * kGrowth);
  image_.reserve(size);
  image_.resize(size);
  dirty_.resize((size + kPageSize - 1) / kPageSize);
  return true;
}

std::uint8_t* Memory::prepare(std::uint32_t address, std::uint32_t size, Atomicity atomicity) {
  if (watched_ && !note(address, size, atomicity)) return nullptr;
  if (size != 0) mark(address, size);
  return image_.data() + address;
}

void Memory::clear_unused(std::uint32_t address, std::uint32_t size) {
  if (size == 0) return;
  mark(address, size);
  std::memset(image_.data() + address, 0, size);
}

void Memory::begin(std::uint32_t end_of_objects, std::uint32_t capacity) {
  COSE_ASSERT(open_ < kMaximumTransactions);
  levels_[static_cast<std::size_t>(open_++)] = {end_of_objects, capacity, journal_.entries.size(),
                                                journal_.old_octets.size()};
  watched_ = true;
}

void Memory::commit() {
  COSE_ASSERT(in_transaction());
  if (--open_ > 0) return;
  watched_ = static_cast<bool>(hook_);
  journal_.clear();
}

void Memory::abort() {
  COSE_ASSERT(in_transaction());
  const auto ended = level();
  roll_back(journal_, ended);
  journal_.entries.resize(ended.entries);
  journal_.old_octets.resize(ended.old_octets);
  if (--open_ == 0) watched_ = static_cast<bool>(hook_);
}

// Backwards: the oldest value of a range noted twice comes last.
void Memory::roll_back(const Journal& journal, const Level& level) {
  for (auto at = journal.entries.size(); at > level.entries; --at) {
    const auto& undo = journal.entries[at - 1];
    mark(undo.address, undo.size);
    std::memcpy(image_.data() + undo.address, journal.old_octets.data() + undo.old, undo.size);
  }
  clear_unused(level.fresh_from, size() - level.fresh_from);
}

std::size_t Memory::used(const Level& level) const {
  return journal_.old_octets.size() - level.old_octets + (journal_.entries.size() - level.entries) * Journal::kOverhead;
}

std::uint32_t Memory::unused_commit_capacity() const {
  if (!in_transaction()) return commit_capacity_;
  const auto taken = used(level());
  return taken >= level().capacity ? 0 : level().capacity - static_cast<std::uint32_t>(taken);
}

bool Memory::note(std::uint32_t address, std::uint32_t size, Atomicity atomicity) {
  if (hook_) hook_();
  if (!in_transaction() || atomicity == Atomicity::kNonAtomic || size == 0) return true;
  const auto& open = level();
  if (address >= open.fresh_from || covered(journal_, open.entries, address, size)) return true;
  if (used(open) + size + Journal::kOverhead > open.capacity) return false;
  journal_.entries.push_back({address, size, static_cast<std::uint32_t>(journal_.old_octets.size())});
  journal_.old_octets.insert(journal_.old_octets.end(), image_.begin() + address, image_.begin() + address + size);
  return true;
}

std::vector<std::uint32_t> Memory::take_dirty_pages() {
  std::vector<std::uint32_t> pages;
  if (!dirty_any_) return pages;
  for (std::uint32_t page = 0; page < dirty_.size(); ++page) {
    if (dirty_[page] != 0) pages.push_back(page);
    dirty_[page] = 0;
  }
  dirty_any_ = false;
  return pages;
}

void Memory::set_write_hook(WriteHook hook) {
  hook_ = std::move(hook);
  watched_ = in_transaction() || hook_;
}

}  // namespace cose::jcvm
