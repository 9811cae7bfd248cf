// SPDX-License-Identifier: Apache-2.0
#include "gpcard/registry.h"

#include <algorithm>
#include <cstring>

namespace cose::gpcard {

using jcvm::kNull;
using jcvm::ObjectKind;
using jcvm::Reference;
using jcvm::Root;

namespace {

constexpr std::size_t kFirstEntries = 16;

std::unexpected<Error> no_memory() {
  return fail(ErrorKind::kLimit, "no memory for the registry");
}

}  // namespace

Status Registry::create() {
  COSE_TRY(const auto table, make_table(kFirstEntries));
  if (!machine_.set_root(Root::kRegistry, table)) return no_memory();
  COSE_TRY(const auto slot, insert(CardRecord{}));
  COSE_ASSERT(slot == kCardSlot);
  return {};
}

std::size_t Registry::size() const {
  const auto* header = machine_.heap().find(machine_.root(Root::kRegistry));
  return header == nullptr || header->kind != ObjectKind::kReferenceArray ? 0 : header->length;
}

Reference Registry::reference_at(Slot slot) const {
  if (slot >= size()) return kNull;
  const auto* header = machine_.heap().find(machine_.root(Root::kRegistry));
  Reference reference = kNull;
  std::memcpy(&reference, machine_.heap().contents(*header) + sizeof(Reference) * slot, sizeof(reference));
  return reference;
}

Status Registry::set_reference(Slot slot, Reference reference) {
  const auto* header = machine_.heap().find(machine_.root(Root::kRegistry));
  COSE_ASSERT(header != nullptr && slot < header->length);
  const auto offset = static_cast<std::uint32_t>(sizeof(Reference) * slot);
  if (!machine_.heap().write(*header, offset, &reference, sizeof(reference))) return no_memory();
  return {};
}

ByteView Registry::octets_of(Slot slot) const {
  const auto* header = machine_.heap().find(reference_at(slot));
  if (header == nullptr || header->kind != ObjectKind::kByteArray) return {};
  return {machine_.heap().contents(*header), header->length};
}

// Owned by the runtime's context, so no application reaches it.
Result<Reference> Registry::allocate(ByteView octets) {
  if (octets.size() > jcvm::kMaximumArrayLength) return no_memory();
  jcvm::NewObject wanted;
  wanted.kind = ObjectKind::kByteArray;
  wanted.length = static_cast<std::uint32_t>(octets.size());
  const auto made = machine_.heap().allocate(wanted);
  if (made == kNull) return no_memory();
  if (!machine_.heap().write(*machine_.heap().find(made), 0, octets.data(), wanted.length)) return no_memory();
  return made;
}

Result<Reference> Registry::make_table(std::size_t entries) {
  jcvm::NewObject wanted;
  wanted.kind = ObjectKind::kReferenceArray;
  wanted.length = static_cast<std::uint32_t>(entries);
  const auto made = machine_.heap().allocate(wanted);
  if (made == kNull) return no_memory();
  return made;
}

Result<Slot> Registry::free_slot() {
  const auto count = size();
  for (std::size_t at = 0; at < count; ++at)
    if (reference_at(static_cast<Slot>(at)) == kNull) return static_cast<Slot>(at);
  if (count >= kMaximumEntries) return fail(ErrorKind::kLimit, "the registry is full");
  COSE_TRY(const auto larger, make_table(std::min(2 * count, kMaximumEntries)));
  const auto before = machine_.root(Root::kRegistry);
  const auto* old = machine_.heap().find(before);
  const auto copied = to_bytes({machine_.heap().contents(*old), jcvm::Heap::octets_in(*old)});
  if (!machine_.heap().write(*machine_.heap().find(larger), 0, copied.data(),
                             static_cast<std::uint32_t>(copied.size())) ||
      !machine_.set_root(Root::kRegistry, larger) || !machine_.heap().remove(before))
    return no_memory();
  return static_cast<Slot>(count);
}

Result<Slot> Registry::insert(const Record& record) {
  COSE_TRY(const auto made, allocate(encode(record).view()));
  COSE_TRY(const auto slot, free_slot());
  COSE_CHECK(set_reference(slot, made));
  return slot;
}

Status Registry::replace(Slot slot, const Record& record, jcvm::Atomicity atomicity) {
  const auto octets = encode(record);
  const auto before = reference_at(slot);
  const auto* header = machine_.heap().find(before);
  COSE_ASSERT(header != nullptr);
  if (header->length != octets.size()) {
    COSE_TRY(const auto made, allocate(octets.view()));
    COSE_CHECK(set_reference(slot, made));
    if (!machine_.heap().remove(before)) return no_memory();
    return {};
  }
  if (!machine_.heap().write(*header, 0, octets.view().data(), static_cast<std::uint32_t>(octets.size()), atomicity))
    return no_memory();
  return {};
}

Status Registry::erase(Slot slot) {
  const auto before = reference_at(slot);
  COSE_CHECK(set_reference(slot, kNull));
  if (!machine_.heap().remove(before)) return no_memory();
  return {};
}

Status Registry::set_state(Slot slot, std::uint8_t state) {
  const auto* header = machine_.heap().find(reference_at(slot));
  COSE_ASSERT(header != nullptr && header->length > kStateOffset);
  if (!machine_.heap().write(*header, kStateOffset, &state, sizeof(state), jcvm::Atomicity::kNonAtomic))
    return no_memory();
  return {};
}

std::optional<Entry<Application>> Registry::find_application(ByteView aid) const {
  for (auto& each : all<Application>())
    if (equal(each.value.aid, aid)) return std::move(each);
  return std::nullopt;
}

std::optional<Entry<Application>> Registry::find_applet(jcvm::AppletId applet) const {
  for (auto& each : all<Application>())
    if (each.value.applet == applet) return std::move(each);
  return std::nullopt;
}

std::optional<Entry<LoadFile>> Registry::find_load_file(ByteView aid) const {
  for (auto& each : all<LoadFile>())
    if (equal(each.value.aid, aid)) return std::move(each);
  return std::nullopt;
}

std::optional<Entry<DataObject>> Registry::find_data(Slot domain, std::uint32_t tag) const {
  for (auto& each : all<DataObject>())
    if (each.value.domain == domain && each.value.tag == tag) return std::move(each);
  return std::nullopt;
}

CardRecord Registry::card() const {
  auto card = get<CardRecord>(kCardSlot);
  COSE_ASSERT(card.has_value());
  return *std::move(card);
}

}  // namespace cose::gpcard
