// SPDX-License-Identifier: Apache-2.0
// What happens to the heap as a whole: reset, deselection, restart, removal, the index over its blocks.
#include <algorithm>
#include <cstddef>

#include "bytes/result.h"
#include "jcvm/heap.h"

namespace cose::jcvm {

void Heap::clear_on_reset() {
  std::ranges::fill(reset_area_, std::uint8_t{0});
  std::ranges::fill(deselect_area_, std::uint8_t{0});
}

void Heap::clear_on_deselect(Context context) {
  if (deselect_area_.empty()) return;
  if (!holders_known_) {
    deselect_holders_ = all();
    std::erase_if(deselect_holders_, [&](Reference each) { return (find(each)->flags & kClearOnDeselect) == 0; });
    holders_known_ = true;
  }
  for (const auto reference : deselect_holders_) {
    const auto* header = find(reference);
    if (header->context != context) continue;
    std::memset(deselect_area_.data() + transient_offset(*header), 0, octets_in(*header));
  }
}

bool Heap::restore(const Snapshot& snapshot) {
  memory_.restore(snapshot);
  table_.assign(1, 0);
  free_handles_.clear();
  dead_handles_.clear();
  reset_area_.clear();
  deselect_area_.clear();
  entry_octets_ = 0;
  holders_known_ = false;
  transactions_ = {};
  return index_blocks();
}

bool Heap::index_blocks() {
  std::uint32_t magic = 0;
  if (memory_.size() < kFirstBlock + kHeaderSize || memory_.size() > memory_.limit()) return false;
  std::memcpy(&magic, memory_.data(), sizeof(magic));
  if (magic != kImageMagic) return false;
  free_units_ = 0;
  end_ = kFirstBlock;
  while (header_at(end_)->units != 0) {
    const auto* header = header_at(end_);
    const auto size = header->units * kUnit;
    if (size < kHeaderSize || size > memory_.size() - end_ - kHeaderSize) return false;
    if (header->kind == ObjectKind::kFree) {
      // Removed by a transaction that was committed when the power went.
      if (header->handle != kNull) static_cast<void>(write_header(end_, {kNull, 0, 0, header->units, {}, 0, 0, 0}));
      free_units_ += header->units;
    } else if (!index_block(*header, end_)) {
      return false;
    }
    end_ += size;
  }
  for (std::size_t handle = table_.size() - 1; handle > 0; --handle)
    if (table_[handle] == 0) free_handles_.push_back(static_cast<Reference>(handle));
  return true;
}

bool Heap::index_block(const ObjectHeader& header, std::uint32_t address) {
  if (header.handle >= table_.size()) table_.resize(std::size_t{header.handle} + 1);
  if (table_[header.handle] != 0) return false;
  table_[header.handle] = address;
  const auto room = header.units * kUnit - kHeaderSize;
  if ((header.flags & kView) != 0) return room >= sizeof(ViewInfo) && is_array(header.kind);
  if ((header.flags & kTransient) == 0) return octets_in(header) <= room;
  if (room < sizeof(std::uint32_t)) return false;
  auto& area = area_of(header.flags);
  const auto offset = transient_offset(header);
  const auto bound = limits_.transient + kMaximumEntryOctets;
  if (offset > bound || octets_in(header) > bound - offset) return false;
  const auto end = (offset + octets_in(header) + kUnit - 1) / kUnit * kUnit;
  if ((header.flags & kTemporaryEntry) != 0) entry_octets_ += end - offset;
  if (end > area.size()) area.resize(end);
  return true;
}

bool Heap::remove(Reference reference) {
  const auto* header = find(reference);
  if (header == nullptr) return true;
  const auto address = address_of(*header);
  if (memory_.in_transaction()) {
    constexpr auto kFree = ObjectKind::kFree;
    if (!memory_.write(address + offsetof(ObjectHeader, kind), &kFree, sizeof(kFree))) return false;
    transaction().removed.push_back({reference, address});
  } else {
    free_block(address);
    dead_handles_.push_back(reference);
  }
  table_[reference] = 0;
  holders_known_ = false;
  return true;
}

bool Heap::set_flags(Reference reference, ObjectFlags flags) {
  const auto* header = find(reference);
  COSE_ASSERT(header != nullptr && ((header->flags ^ flags) & (kTransient | kView)) == 0);
  return memory_.write(address_of(*header) + offsetof(ObjectHeader, flags), &flags, sizeof(flags));
}

void Heap::free_block(std::uint32_t address) {
  ObjectHeader freed{};
  const auto units = header_at(address)->units;
  if (address + units * kUnit == end_) {
    end_ = address;
  } else {
    freed.units = units;
    free_units_ += units;
  }
  static_cast<void>(write_header(address, freed));
}

void Heap::forget_dead() {
  if (dead_handles_.empty()) return;
  scrub_transient_references();
  free_handles_.insert(free_handles_.end(), dead_handles_.begin(), dead_handles_.end());
  dead_handles_.clear();
}

// Persistent references to dead objects do not exist: the journal or the collector has seen to that.
void Heap::scrub_transient_references() {
  for (const auto reference : all()) {
    const auto* header = find(reference);
    if ((header->flags & kTransient) == 0 || header->kind != ObjectKind::kReferenceArray) continue;
    auto* elements = area_of(header->flags).data() + transient_offset(*header);
    for (std::uint32_t at = 0; at < octets_in(*header); at += sizeof(Reference)) {
      Reference element = kNull;
      std::memcpy(&element, elements + at, sizeof(element));
      element = normalized(element);
      std::memcpy(elements + at, &element, sizeof(element));
    }
  }
}

void Heap::compact_transient() {
  entry_octets_ = 0;
  for (const auto kind : {kClearOnReset, kClearOnDeselect}) {
    std::vector<Reference> holders;
    for (const auto reference : all())
      if ((find(reference)->flags & kind) != 0) holders.push_back(reference);
    std::ranges::sort(holders, {}, [&](Reference reference) { return transient_offset(*find(reference)); });
    auto& area = area_of(kind);
    std::uint32_t end = 0;
    for (const auto reference : holders) {
      const auto& header = *find(reference);
      const auto offset = transient_offset(header);
      const auto size = (octets_in(header) + kUnit - 1) / kUnit * kUnit;
      if (offset != end) {
        std::memmove(area.data() + end, area.data() + offset, size);
        static_cast<void>(memory_.write(address_of(header) + kHeaderSize, &end, sizeof(end)));
      }
      if ((header.flags & kTemporaryEntry) != 0) entry_octets_ += size;
      end += size;
    }
    area.resize(end);
  }
}

std::vector<Reference> Heap::all() const {
  std::vector<Reference> live;
  for (std::size_t reference = 1; reference < table_.size(); ++reference)
    if (table_[reference] != 0) live.push_back(static_cast<Reference>(reference));
  return live;
}

std::uint32_t Heap::free_persistent() const {
  const auto used = end_ + kHeaderSize;
  return (memory_.limit() > used ? memory_.limit() - used : 0) + free_units_ * kUnit;
}

std::uint32_t Heap::free_transient() const {
  return limits_.transient - std::min(limits_.transient, counted_transient());
}

std::size_t Heap::footprint() const {
  return sizeof(*this) + memory_.size() + memory_.size() / kPageSize + table_.capacity() * sizeof(table_[0]) +
         (free_handles_.capacity() + dead_handles_.capacity()) * sizeof(Reference) + reset_area_.capacity() +
         deselect_area_.capacity();
}

}  // namespace cose::jcvm
