// SPDX-License-Identifier: Apache-2.0
#include "cap/model.h"

#include <algorithm>

namespace cose::cap {

const ClassEntry* ClassComponent::at(std::uint16_t offset) const {
  const auto found = std::ranges::lower_bound(entries, offset, {}, offset_of);
  return found != entries.end() && offset_of(*found) == offset ? &*found : nullptr;
}

const ClassInfo* ClassComponent::class_at(std::uint16_t offset) const {
  const auto* entry = at(offset);
  return entry == nullptr ? nullptr : std::get_if<ClassInfo>(entry);
}

ByteView MethodBlock::octets(std::size_t from, std::size_t to) const {
  const auto start = methods_start();
  from = std::clamp(from, start, size());
  to = std::clamp(to, from, size());
  return ByteView(methods).subspan(from - start, to - from);
}

}  // namespace cose::cap
