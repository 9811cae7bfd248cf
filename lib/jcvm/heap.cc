// SPDX-License-Identifier: Apache-2.0
#include "jcvm/heap.h"

#include <algorithm>

#include "bytes/result.h"

namespace cose::jcvm {

namespace {

constexpr std::size_t kMaximumHandles = 0xFFFF;
// A remainder smaller than this stays part of its block.
constexpr std::uint32_t kSmallestBlock = (kHeaderSize + kUnit) / kUnit;

std::uint32_t units_for(std::uint32_t contents) {
  return (kHeaderSize + contents + kUnit - 1) / kUnit;
}

}  // namespace

Heap::Heap(const HeapLimits& limits) : limits_(limits), memory_(limits.persistent, limits.commit_capacity), table_(1) {
  if (!memory_.reserve(kFirstBlock + kHeaderSize)) return;
  static_cast<void>(memory_.write(0, &kImageMagic, sizeof(kImageMagic)));
  end_ = kFirstBlock;
}

Reference Heap::allocate(const NewObject& wanted) {
  const bool transient = (wanted.flags & kTransient) != 0;
  const auto size = is_array(wanted.kind) ? wanted.length * element_size(wanted.kind) : wanted.length;
  if (wanted.length > UINT16_MAX) {
    last_error_ = AllocationError::kNoPersistent;
    return kNull;
  }
  const auto refused = beyond_allowance(wanted, size);
  if (refused != AllocationError::kNone) {
    last_error_ = refused;
    return kNull;
  }
  if (!transient) return place(wanted, nullptr, size);
  std::uint32_t offset = 0;
  if (!take_transient(wanted.flags, size, offset)) {
    last_error_ = AllocationError::kNoTransient;
    return kNull;
  }
  const auto made = place(wanted, &offset, sizeof(offset));
  if (made == kNull) {
    auto& area = area_of(wanted.flags);
    if ((wanted.flags & kTemporaryEntry) != 0) entry_octets_ -= static_cast<std::uint32_t>(area.size() - offset);
    area.resize(offset);
  }
  return made;
}

AllocationError Heap::beyond_allowance(const NewObject& wanted, std::uint32_t size) const {
  const bool transient = (wanted.flags & kTransient) != 0;
  for (const auto& each : allowances_) {
    if (each.applet != wanted.applet) continue;
    if (transient && each.transient != 0 && size > each.transient - std::min(each.transient, transient_of(each.applet)))
      return AllocationError::kNoTransient;
    const auto block = units_for(transient ? sizeof(std::uint32_t) : size) * kUnit;
    if (each.persistent != 0 && block > each.persistent - std::min(each.persistent, persistent_of(each.applet)))
      return AllocationError::kNoPersistent;
  }
  return AllocationError::kNone;
}

std::uint32_t Heap::persistent_of(AppletId applet) const {
  std::uint32_t sum = 0;
  for (const auto reference : all())
    if (const auto& header = *find(reference); header.applet == applet) sum += header.units * kUnit;
  return sum;
}

std::uint32_t Heap::transient_of(AppletId applet) const {
  std::uint32_t sum = 0;
  for (const auto reference : all())
    if (const auto& header = *find(reference); header.applet == applet && (header.flags & kTransient) != 0)
      sum += octets_in(header);
  return sum;
}

Reference Heap::allocate_view(const NewObject& wanted, const ViewInfo& info) {
  auto view = wanted;
  view.flags = static_cast<ObjectFlags>((wanted.flags | kView) & ~kTransient);
  return place(view, &info, sizeof(info));
}

// The header is written last, so that a cut leaves either nothing or the whole object.
Reference Heap::place(const NewObject& wanted, const void* contents, std::uint32_t size) {
  last_error_ = AllocationError::kNoPersistent;
  const auto units = units_for(size);
  if (units > UINT16_MAX) return kNull;
  const auto handle = take_handle();
  if (handle == kNull) return kNull;
  const auto address = take_block(units);
  if (address == 0 || !fill_block(address, units, handle, wanted, contents, size)) {
    free_handles_.push_back(handle);
    return kNull;
  }
  table_[handle] = address;
  if ((wanted.flags & kClearOnDeselect) != 0) holders_known_ = false;
  if (memory_.in_transaction()) transaction().created.push_back(handle);
  last_error_ = AllocationError::kNone;
  return handle;
}

bool Heap::fill_block(std::uint32_t address, std::uint32_t units, Reference handle, const NewObject& wanted,
                      const void* contents, std::uint32_t size) {
  ObjectHeader header{
      handle,         wanted.class_id, static_cast<std::uint16_t>(wanted.length), 0, wanted.kind, wanted.flags,
      wanted.context, wanted.applet};
  header.units = static_cast<std::uint16_t>(units);
  const bool at_end = address == end_;
  last_error_ = AllocationError::kJournalFull;
  if (at_end) {
    // With the header behind it, which ends the list.
    memory_.clear_unused(address, units * kUnit + kHeaderSize);
  } else {
    const std::uint32_t old_units = header_at(address)->units;
    memory_.clear_unused(address + kHeaderSize, units * kUnit - kHeaderSize);
    if (old_units - units < kSmallestBlock) {
      header.units = static_cast<std::uint16_t>(old_units);
    } else {
      ObjectHeader rest{};
      rest.units = static_cast<std::uint16_t>(old_units - units);
      if (!write_header(address + units * kUnit, rest)) return false;
    }
  }
  if (contents != nullptr) std::memcpy(memory_.data() + address + kHeaderSize, contents, size);
  if (!write_header(address, header)) return false;
  if (at_end) {
    end_ = address + units * kUnit;
  } else {
    free_units_ -= header.units;
  }
  return true;
}

bool Heap::write_header(std::uint32_t address, const ObjectHeader& header) {
  return memory_.write(address, &header, sizeof(header));
}

Reference Heap::take_handle() {
  if (!free_handles_.empty()) {
    const auto handle = free_handles_.back();
    free_handles_.pop_back();
    return handle;
  }
  if (table_.size() > kMaximumHandles) return kNull;
  table_.push_back(0);
  return static_cast<Reference>(table_.size() - 1);
}

// Inside a transaction the end comes first: what stands behind fresh_from() needs no journal.
std::uint32_t Heap::take_block(std::uint32_t units) {
  const auto at_end = [&] { return memory_.reserve(end_ + units * kUnit + kHeaderSize) ? end_ : 0; };
  if (memory_.in_transaction())
    if (const auto address = at_end()) return address;
  if (free_units_ >= units)
    if (const auto address = find_free_block(units)) return address;
  return at_end();
}

// First fit; neighbours are joined on the way.
std::uint32_t Heap::find_free_block(std::uint32_t units) {
  for (auto address = kFirstBlock; address < end_; address += header_at(address)->units * kUnit) {
    if (header_at(address)->handle != kNull) continue;
    for (;;) {
      const auto next = address + header_at(address)->units * kUnit;
      if (next >= end_ || header_at(next)->handle != kNull) break;
      auto joined = *header_at(address);
      const auto sum = std::uint32_t{joined.units} + header_at(next)->units;
      if (sum > UINT16_MAX) break;
      joined.units = static_cast<std::uint16_t>(sum);
      if (!write_header(address, joined)) break;
    }
    if (header_at(address)->units >= units) return address;
  }
  return 0;
}

bool Heap::take_transient(ObjectFlags flags, std::uint32_t size, std::uint32_t& offset) {
  auto& area = area_of(flags);
  const auto rounded = (size + kUnit - 1) / kUnit * kUnit;
  if ((flags & kTemporaryEntry) != 0) {
    entry_octets_ += rounded;
  } else if (counted_transient() + rounded > limits_.transient) {
    return false;
  }
  offset = static_cast<std::uint32_t>(area.size());
  area.resize(area.size() + rounded);
  return true;
}

std::uint32_t Heap::transient_offset(const ObjectHeader& header) const {
  std::uint32_t offset = 0;
  std::memcpy(&offset, reinterpret_cast<const std::uint8_t*>(&header) + kHeaderSize, sizeof(offset));
  return offset;
}

ViewInfo Heap::view_info(const ObjectHeader& view) const {
  ViewInfo info;
  std::memcpy(&info, reinterpret_cast<const std::uint8_t*>(&view) + kHeaderSize, sizeof(info));
  return info;
}

const std::uint8_t* Heap::special_contents(const ObjectHeader& header) const {
  if ((header.flags & kTransient) != 0) return area_of(header.flags).data() + transient_offset(header);
  const auto info = view_info(header);
  const auto* array = find(info.array);
  if (array == nullptr || (array->flags & kView) != 0) return nullptr;
  return contents(*array) + info.first * element_size(array->kind);
}

bool Heap::special_write(const ObjectHeader& header, std::uint32_t offset, const void* octets, std::uint32_t size,
                         Atomicity atomicity) {
  auto* to = prepare(header, offset, size, atomicity);
  if (to == nullptr) return false;
  std::memcpy(to, octets, size);
  return true;
}

std::uint8_t* Heap::prepare(const ObjectHeader& header, std::uint32_t offset, std::uint32_t size, Atomicity atomicity) {
  if ((header.flags & kView) != 0) {
    const auto info = view_info(header);
    const auto* array = find(info.array);
    if (array == nullptr || (array->flags & kView) != 0) return nullptr;
    return prepare(*array, info.first * element_size(array->kind) + offset, size, atomicity);
  }
  if ((header.flags & kTransient) != 0) return area_of(header.flags).data() + transient_offset(header) + offset;
  return memory_.prepare(address_of(header) + kHeaderSize + offset, size, atomicity);
}

void Heap::begin(std::uint32_t capacity) {
  memory_.begin(end_, capacity);
  auto& begun = transaction();
  begun.created.clear();
  begun.removed.clear();
  begun.free_units = free_units_;
  begun.reset_size = reset_area_.size();
  begun.deselect_size = deselect_area_.size();
  begun.entry_octets = entry_octets_;
}

void Heap::commit() {
  auto& ended = transaction();
  memory_.commit();
  if (memory_.in_transaction()) {
    auto& outer = transaction();
    outer.created.insert(outer.created.end(), ended.created.begin(), ended.created.end());
    outer.removed.insert(outer.removed.end(), ended.removed.begin(), ended.removed.end());
    return;
  }
  for (const auto& removed : ended.removed) {
    free_block(removed.address);
    dead_handles_.push_back(removed.reference);
  }
}

void Heap::abort() {
  const auto end = memory_.fresh_from();
  holders_known_ = false;
  auto& ended = transaction();
  memory_.abort();
  for (const auto& removed : ended.removed) table_[removed.reference] = removed.address;
  for (const auto handle : ended.created) {
    table_[handle] = 0;
    dead_handles_.push_back(handle);
  }
  end_ = end;
  free_units_ = ended.free_units;
  reset_area_.resize(ended.reset_size);
  deselect_area_.resize(ended.deselect_size);
  entry_octets_ = ended.entry_octets;
}

}  // namespace cose::jcvm
