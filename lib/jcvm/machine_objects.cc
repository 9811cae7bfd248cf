// SPDX-License-Identifier: Apache-2.0
// Classes of objects, new objects, garbage.
#include <algorithm>

#include "jcvm/machine.h"

namespace cose::jcvm {

const Class* Machine::class_of(const ObjectHeader& header) const {
  if (is_array(header.kind)) return object_class_;
  return header.kind == ObjectKind::kInstance && header.class_id < classes_.size() ? classes_[header.class_id]
                                                                                   : nullptr;
}

ClassId Machine::id_of(const Class& type) const {
  const auto number = number_of(*type.package);
  return number ? static_cast<ClassId>(packages_[*number].first_class + type.index) : kNoClass;
}

bool Machine::is_instance(Reference object, const Class& type) const {
  const auto* header = heap_.find(object);
  const auto* own = header == nullptr ? nullptr : class_of(*header);
  return own != nullptr && own->derives_from(type);
}

const Class* Machine::find_class(std::string_view package_aid, std::uint8_t token) const {
  for (const auto& loaded : packages_) {
    if (loaded.package == nullptr) continue;
    const auto* exported = loaded.package->find_class(as_bytes(package_aid), token);
    if (exported != nullptr) return exported->type;
  }
  return nullptr;
}

const Class* Machine::find_class_named(std::string_view class_name) const {
  const auto package_name = class_name.substr(0, class_name.rfind('/'));
  for (const auto& loaded : packages_)
    if (loaded.package != nullptr && loaded.package->native && loaded.package->name == package_name)
      return loaded.package->find_class(class_name);
  return nullptr;
}

Reference Machine::new_object(NewObject wanted) {
  // JCRE 3.1 §5.1, JCSystem.makeTransient...: for the selected applet's context only.
  if ((wanted.flags & kClearOnDeselect) != 0 && wanted.context != kRuntimeContext &&
      wanted.context != selected_context_) {
    throw_exception(kSystem, kIllegalTransient);
    return kNull;
  }
  const auto made = heap_.allocate(wanted);
  if (made == kNull) throw_no_room();
  return made;
}

Reference Machine::new_instance(const Class& type, Principal owner, ObjectFlags flags, std::uint32_t extra) {
  NewObject wanted;
  wanted.class_id = id_of(type);
  wanted.length = type.instance_octets + extra;
  wanted.flags = flags;
  wanted.context = owner.context;
  wanted.applet = owner.applet;
  return new_object(wanted);
}

// ---- garbage ----

void Machine::mark(Reference reference, std::vector<Reference>& pending, std::vector<bool>& seen) const {
  if (heap_.find(reference) == nullptr || seen[reference]) return;
  seen[reference] = true;
  pending.push_back(reference);
}

void Machine::mark_contents(Reference reference, std::vector<Reference>& pending, std::vector<bool>& seen) const {
  const auto& header = *heap_.find(reference);
  if ((header.flags & kView) != 0) return mark(heap_.view_info(header).array, pending, seen);
  const auto* contents = heap_.contents(header);
  const auto mark_at = [&](std::uint32_t offset) {
    Reference held = kNull;
    std::memcpy(&held, contents + offset, sizeof(held));
    mark(held, pending, seen);
  };
  if (header.kind == ObjectKind::kReferenceArray) {
    for (std::uint32_t at = 0; at < header.length; ++at) mark_at(2 * at);
  } else if (header.kind == ObjectKind::kInstance) {
    if (const auto* type = class_of(header))
      for (const auto offset : type->reference_offsets) mark_at(offset);
  } else if (header.kind == ObjectKind::kStatics) {
    const auto count = packages_[header.class_id].package->statics.reference_count;
    for (std::uint32_t at = 0; at < count; ++at) {
      const auto* octets = contents + kStaticPrefix + std::size_t{2} * at;
      mark(static_cast<Reference>(octets[0] << 8 | octets[1]), pending, seen);
    }
  }
}

std::vector<bool> Machine::reachable(std::optional<PackageNumber> without) const {
  std::vector<bool> seen(std::size_t{UINT16_MAX} + 1);
  std::vector<Reference> pending;
  constexpr ObjectFlags kEntry = kPermanentEntry | kTemporaryEntry;
  mark(kRoots, pending, seen);
  for (const auto reference : heap_.all()) {
    const auto& header = *heap_.find(reference);
    const bool statics = header.kind == ObjectKind::kStatics && (!without || header.class_id != *without);
    const bool entry = header.kind == ObjectKind::kInstance && (header.flags & kEntry) != 0;
    if (statics || entry) mark(reference, pending, seen);
  }
  while (!pending.empty()) {
    const auto reference = pending.back();
    pending.pop_back();
    mark_contents(reference, pending, seen);
  }
  return seen;
}

std::size_t Machine::collect_garbage() {
  if (running() || in_transaction()) return 0;
  const auto seen = reachable({});
  std::vector<Reference> dead;
  for (const auto reference : heap_.all())
    if (!seen[reference]) dead.push_back(reference);
  if (dead.empty()) return 0;
  const bool own = !changing();
  if (own) begin_change();
  const auto removed = static_cast<std::size_t>(
      std::ranges::count_if(dead, [&](Reference reference) { return heap_.remove(reference); }));
  if (own) commit_change();
  return removed;
}

}  // namespace cose::jcvm
