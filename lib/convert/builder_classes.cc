// SPDX-License-Identifier: Apache-2.0
// The Class component, JCVM 3.1 §6.9.
#include <algorithm>

#include <fmt/format.h>

#include "cap/write.h"
#include "convert/detail/builder.h"
#include "convert/detail/interfaces.h"

namespace cose::convert::detail {

namespace {

constexpr std::size_t kMaximumInterfaces = 15;  // a nibble
constexpr std::size_t kMaximumClassComponent = 32767;

// The method with this token that the class has from itself or from a super class of the package.
const MethodUnit* method_with(const Unit& unit, std::uint8_t token) {
  for (const auto* each = &unit; each != nullptr; each = each->super.unit)
    for (const auto& method : each->methods)
      if (method.is_virtual() && method.token == token) return &method;
  return nullptr;
}

}  // namespace

// Offsets depend on sizes only, and sizes not on offsets.
void Builder::place_classes() {
  std::size_t offset = format().since(2) ? 2 : 0;
  for (auto* unit : program_.units()) {
    unit->offset = static_cast<std::uint16_t>(offset);
    const auto entry =
        unit->is_interface() ? cap::ClassEntry(interface_info(*unit)) : cap::ClassEntry(class_info(*unit));
    offset += cap::size_of(entry, format());
  }
  if (offset > kMaximumClassComponent)
    program_.report(
        {.file = {},
         .line = {},
         .class_name = {},
         .method = {},
         .reason = fmt::format("the classes' tables take {} octets, at most {}", offset, kMaximumClassComponent)});
}

void Builder::fill_classes() {
  for (auto* unit : program_.units()) {
    auto& entries = cap_.classes.entries;
    if (unit->is_interface())
      entries.emplace_back(interface_info(*unit));
    else
      entries.emplace_back(class_info(*unit));
    std::visit([&](auto& info) { info.offset = unit->offset; }, entries.back());
  }
}

cap::InterfaceInfo Builder::interface_info(const Unit& unit) {
  cap::InterfaceInfo info;
  if (unit.is_shareable) info.flags |= cap::kClassShareable;
  // All of them, inherited ones too (JCVM 3.1 §6.9.2.2).
  for (const auto& interface : unit.interfaces)
    for (const auto& each : program_.interfaces_of(interface)) {
      const auto ref = class_ref(each);
      if (std::ranges::find(info.superinterfaces, ref) == info.superinterfaces.end())
        info.superinterfaces.push_back(ref);
    }
  if (info.superinterfaces.size() > kMaximumInterfaces)
    program_.report(unit,
                    fmt::format("{} superinterfaces, at most {}", info.superinterfaces.size(), kMaximumInterfaces));
  return info;
}

void Builder::add_tables(cap::ClassInfo& info, Unit& unit) {
  std::uint8_t public_base = unit.public_tokens;
  std::uint8_t package_base = unit.package_tokens;
  for (const auto& method : unit.methods) {
    if (!method.is_virtual()) continue;
    if ((method.token & cap::kPackageVisible) == 0)
      public_base = std::min(public_base, method.token);
    else
      package_base = std::min(package_base, static_cast<std::uint8_t>(method.token & ~cap::kPackageVisible));
  }
  info.public_method_table_base = public_base;
  for (unsigned token = public_base; token < unit.public_tokens; ++token) {
    const auto* method = method_with(unit, static_cast<std::uint8_t>(token));
    info.public_virtual_methods.push_back(method == nullptr ? cap::MethodLocation{0, cap::kInherited}
                                                            : method->location);
  }
  info.package_method_table_base = package_base;
  for (unsigned token = package_base; token < unit.package_tokens; ++token) {
    const auto* method = method_with(unit, static_cast<std::uint8_t>(token | cap::kPackageVisible));
    info.package_virtual_methods.push_back(method == nullptr ? cap::MethodLocation{0, cap::kInherited}
                                                             : method->location);
  }
}

// Declared ones and those above them; what a super class implements is its own entry (JCVM 3.1 §6.9.2.6).
std::vector<cap::ImplementedInterface> Builder::implemented(Unit& unit) {
  std::vector<cap::ImplementedInterface> made;
  std::vector<TypeRef> seen;
  for (const auto& declared : unit.interfaces)
    for (const auto& interface : program_.interfaces_of(declared)) {
      if (std::ranges::find(seen, interface) != seen.end()) continue;
      seen.push_back(interface);
      auto& entry = made.emplace_back();
      entry.interface = class_ref(interface);
      for (const auto& wanted : interface_methods(program_, interface)) {
        const auto method = program_.find_method({&unit, nullptr}, wanted.name, wanted.descriptor);
        const auto token = method.unit != nullptr ? method.unit->token : method ? method.external->token : kNoToken;
        if ((token & cap::kPackageVisible) != 0)
          program_.report(unit, fmt::format("has no public method {}{}, which its interfaces ask for", wanted.name,
                                            wanted.descriptor));
        entry.index.push_back(token);
      }
    }
  if (made.size() > kMaximumInterfaces)
    program_.report(unit,
                    fmt::format("{} interfaces, inherited ones included, at most {}", made.size(), kMaximumInterfaces));
  return made;
}

cap::ClassInfo Builder::class_info(Unit& unit) {
  cap::ClassInfo info;
  if (unit.is_shareable) info.flags |= cap::kClassShareable;
  info.super_class = class_ref(unit.super);
  info.declared_instance_size = unit.instance_words;
  info.first_reference_token = unit.first_reference;
  info.reference_count = unit.references;
  add_tables(info, unit);
  info.interfaces = implemented(unit);
  if (format().since(3)) {
    for (unsigned token = 0; token < unit.public_tokens; ++token)
      info.public_virtual_method_token_mapping.push_back(static_cast<std::uint8_t>(token));
    info.cap22_inheritable_public_method_tokens = unit.token == kNoToken ? 0 : unit.public_tokens;
  }
  return info;
}

}  // namespace cose::convert::detail
