// SPDX-License-Identifier: Apache-2.0
// Classes: layout of instances, tables of methods, interfaces. Entries stand behind those that they extend
// (JCVM 3.1 §6.9), so one pass is enough.
#include <algorithm>

#include <fmt/format.h>

#include "jcvm/detail/class_layout.h"
#include "jcvm/detail/linking.h"

namespace cose::jcvm::detail {

namespace {

std::string where(std::uint16_t offset) {
  return fmt::format("class at 0x{:04X}", offset);
}

Status link_entry(Linking& linking, Class& made, const cap::InterfaceInfo& info) {
  made.is_interface = true;
  made.is_abstract = true;
  made.is_shareable = (info.flags & cap::kClassShareable) != 0;
  for (const auto ref : info.superinterfaces) {
    COSE_TRY(const auto* super, linking.resolve(ref));
    if (!super->is_interface)
      return fail(ErrorKind::kInvalid,
                  fmt::format("{}: extends class {}, expected an interface", where(info.offset), super->name));
    add_super_interface(made, *super);
  }
  return {};
}

Status link_layout(const cap::ClassInfo& info, Class& made) {
  const auto octets = made.super->instance_octets + 2U * info.declared_instance_size;
  if (octets > kMaximumArrayLength)
    return fail(ErrorKind::kLimit, fmt::format("{}: instances of {} octets", where(info.offset), octets));
  made.native_octets = made.super->native_octets;
  made.first_cell = made.super->instance_octets;
  made.instance_octets = static_cast<std::uint16_t>(octets);
  made.reference_offsets = made.super->reference_offsets;
  for (unsigned at = 0; at < info.reference_count; ++at)
    made.reference_offsets.push_back(
        static_cast<std::uint16_t>(made.first_cell + 2 * (info.first_reference_token + at)));
  return {};
}

// A method that takes a place in a table: known to agree with the one that it overrides, and no static one.
Status place(Linking& linking, Class& made, std::vector<const Method*>& table, std::size_t token,
             cap::MethodLocation location) {
  if (table.size() <= token) table.resize(token + 1);
  if (location.offset == cap::kInherited) {
    if (table[token] == nullptr)
      return fail(ErrorKind::kNotFound,
                  fmt::format("{}: method {} is inherited, but {} has none", made.name, token, made.super->name));
    return {};
  }
  auto* method = linking.methods.at(location);
  if (method->argument_words == 0)
    return fail(ErrorKind::kInvalid, fmt::format("{}: virtual method {} takes no `this`", made.name, token));
  const auto* overridden = table[token];
  if (overridden != nullptr && (overridden->argument_words != method->argument_words ||
                                (method->returns != Returns::kNever && method->returns != Returns::kUnknown &&
                                 overridden->returns != Returns::kNever && overridden->returns != Returns::kUnknown &&
                                 overridden->shape != method->shape)))
    return fail(ErrorKind::kInvalid,
                fmt::format("{}: method {} takes {} words and returns {}, the one it overrides takes {} and returns {}",
                            made.name, token, method->argument_words, words_of(method->returns),
                            overridden->argument_words, words_of(overridden->returns)));
  method->is_static = false;
  if (method->arguments.starts_with('w')) method->arguments[0] = 'a';
  if (method->owner == nullptr) method->owner = &made;
  // The kinds that an API class declares hold for what overrides its methods.
  if (overridden != nullptr && method->arguments.find('w') != std::string::npos)
    method->arguments = overridden->arguments;
  if (overridden != nullptr && method->returns == Returns::kUnknown) {
    method->returns = overridden->returns;
    method->shape = overridden->shape;
  }
  table[token] = method;
  return {};
}

Status link_tables(Linking& linking, const cap::ClassInfo& info, Class& made) {
  made.virtual_methods = made.super->virtual_methods;
  for (std::size_t at = 0; at < info.public_virtual_methods.size(); ++at)
    COSE_CHECK(place(linking, made, made.virtual_methods, info.public_method_table_base + at,
                     info.public_virtual_methods[at]));
  if (made.super->package == made.package) made.package_methods = made.super->package_methods;
  for (std::size_t at = 0; at < info.package_virtual_methods.size(); ++at)
    COSE_CHECK(place(linking, made, made.package_methods, info.package_method_table_base + at,
                     info.package_virtual_methods[at]));
  made.is_abstract = std::ranges::any_of(made.virtual_methods,
                                         [](const Method* method) { return method != nullptr && method->is_abstract; });
  return {};
}

Status link_interfaces(Linking& linking, const cap::ClassInfo& info, Class& made) {
  for (const auto& implemented : info.interfaces) {
    COSE_TRY(const auto* interface, linking.resolve(implemented.interface));
    if (!interface->is_interface)
      return fail(ErrorKind::kInvalid,
                  fmt::format("{}: implements class {}, expected an interface", made.name, interface->name));
    for (const auto token : implemented.index)
      if (token >= made.virtual_methods.size() || made.virtual_methods[token] == nullptr)
        return fail(ErrorKind::kInvalid, fmt::format("{}: interface {} leads to virtual method {}, which it has not",
                                                     made.name, interface->name, token));
    add_interface(made, {interface, implemented.index});
  }
  inherit_interfaces(made);
  return {};
}

Status link_entry(Linking& linking, Class& made, const cap::ClassInfo& info) {
  COSE_TRY(made.super, linking.resolve(info.super_class));
  if (made.super->is_interface || made.super->is_final)
    return fail(ErrorKind::kInvalid, fmt::format("{}: extends {}, which is {}", where(info.offset), made.super->name,
                                                 made.super->is_final ? "final" : "an interface"));
  made.ancestors = made.super->ancestors;
  made.ancestors.push_back(&made);
  COSE_CHECK(link_layout(info, made));
  COSE_CHECK(link_tables(linking, info, made));
  return link_interfaces(linking, info, made);
}

// Flags that only a Descriptor has; owners of static methods and constructors; signatures of interfaces' methods.
Status link_descriptor(Linking& linking) {
  if (!linking.cap.descriptor) return {};
  for (const auto& package : linking.cap.descriptor->packages)
    for (const auto& described : package) {
      const auto found = linking.classes.find(described.this_class.value);
      if (found == linking.classes.end()) continue;
      auto& made = *found->second;
      if ((described.flags & cap::kDescriptorFinal) != 0) made.is_final = true;
      if ((described.flags & cap::kDescriptorAbstract) != 0) made.is_abstract = true;
      if (made.is_interface) continue;
      for (const auto& method : described.methods)
        if (const auto at = linking.methods.find(method.location); at != linking.methods.end())
          at->second->owner = &made;
    }
  // JCVM 3.1 §4.4: nobody extends a final class. The flag stands in the Descriptor only.
  for (const auto& each : linking.package.classes)
    if (each.super != nullptr && each.super->is_final)
      return fail(ErrorKind::kInvalid, fmt::format("{} extends {}, which is final", each.name, each.super->name));
  return {};
}

}  // namespace

void add_interface(Class& made, InterfaceTable table) {
  made.is_shareable = made.is_shareable || table.type->is_shareable;
  if (made.find_interface(*table.type) == nullptr) made.interfaces.push_back(std::move(table));
}

// What a super class implements, and super-interfaces without a table of their own: their methods come first in the
// interface that extends them (JCVM 3.1 §6.9.2.7), so its table serves.
void inherit_interfaces(Class& made) {
  for (std::size_t at = 0; at < made.interfaces.size(); ++at)
    for (const auto* super : std::vector(made.interfaces[at].type->super_interfaces))
      add_interface(made,
                    {super, made.interfaces[at].type->super_interfaces.size() == 1 ? made.interfaces[at].tokens
                                                                                   : std::vector<std::uint8_t>{}});
  if (made.super == nullptr) return;
  for (const auto& table : made.super->interfaces) add_interface(made, table);
}

void add_super_interface(Class& made, const Class& super) {
  const auto add = [&](const Class* interface) {
    if (std::ranges::find(made.super_interfaces, interface) == made.super_interfaces.end())
      made.super_interfaces.push_back(interface);
    made.is_shareable = made.is_shareable || interface->is_shareable;
  };
  add(&super);
  for (const auto* inherited : super.super_interfaces) add(inherited);
}

Status link_classes(Linking& linking) {
  for (const auto& entry : linking.cap.classes.entries) {
    auto& made = linking.package.classes.emplace_back();
    const auto offset = cap::offset_of(entry);
    made.package = &linking.package;
    made.index = static_cast<std::uint16_t>(linking.package.classes.size() - 1);
    made.name = fmt::format("{}.{}", linking.package.name, where(offset));
    const auto status = std::visit([&](const auto& info) { return link_entry(linking, made, info); }, entry);
    if (!status) return status;
    linking.classes[offset] = &made;
  }
  return link_descriptor(linking);
}

}  // namespace cose::jcvm::detail
