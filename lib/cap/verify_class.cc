// SPDX-License-Identifier: Apache-2.0
// Class, StaticField and Export components.
#include <algorithm>

#include <fmt/format.h>

#include "cap/detail/verification.h"

namespace cose::cap::detail {

namespace {

constexpr auto kTag = ComponentTag::kClass;
using Wanted = Verification::Wanted;

// JCVM 3.1 §6.9: an entry stands before those that extend it, so no cycle is possible.
void check_order(Verification& verification, std::uint16_t offset, ClassRef ref, std::string_view what) {
  if (ref.internal() && ref.value >= offset)
    verification.error(kTag, offset, fmt::format("{} at 0x{:04X} does not stand before it", what, ref.value));
}

void verify_entry(Verification& verification, const InterfaceInfo& interface) {
  for (const auto ref : interface.superinterfaces) {
    verification.check_class_ref(kTag, interface.offset, ref, Wanted::kInterface, "superinterface");
    check_order(verification, interface.offset, ref, "superinterface");
  }
}

void check_fields(Verification& verification, const ClassInfo& info) {
  if (info.reference_count == 0) return;
  const auto end = std::size_t{info.first_reference_token} + info.reference_count;
  if (end > info.declared_instance_size)
    verification.error(
        kTag, info.offset,
        fmt::format("references end at field token {}, but the instance size is {}", end, info.declared_instance_size));
}

// Whether methods can come from a class that this CAP file does not define. Super classes stand in front, so the walk
// ends; a file that breaks that rule gets its own finding.
bool inherits_from_outside(const ClassComponent& classes, const ClassInfo& info) {
  const auto* each = &info;
  while (each->super_class.internal()) {
    const auto* next = classes.class_at(each->super_class.value);
    if (next == nullptr || next->offset >= each->offset) return false;
    each = next;
  }
  return each->super_class.external();
}

void check_table(Verification& verification, const ClassInfo& info, const std::vector<MethodLocation>& methods,
                 std::uint8_t base, std::string_view name) {
  if (!methods.empty() && base + methods.size() > kPackageVisible)
    verification.error(kTag, info.offset,
                       fmt::format("{} method tokens reach {}, more than 127", name, base + methods.size() - 1));
  for (std::size_t at = 0; at < methods.size(); ++at) {
    const auto what = fmt::format("{} method {}", name, base + at);
    if (methods[at].offset != kInherited) {
      verification.check_method(kTag, info.offset, methods[at], what);
    } else if (!inherits_from_outside(verification.cap().classes, info)) {
      // JCVM 3.1 §6.9.2.4: the table repeats what classes of this package define, so only another package's
      // method can be missing from it.
      verification.warning(kTag, info.offset, what + ": inherited, but every super class is of this CAP file");
    }
  }
}

void check_interfaces(Verification& verification, const ClassInfo& info) {
  for (const auto& implemented : info.interfaces) {
    verification.check_class_ref(kTag, info.offset, implemented.interface, Wanted::kInterface, "implemented interface");
    for (std::size_t at = 0; at < implemented.index.size(); ++at)
      verification.check_virtual_token(kTag, info.offset, {info.offset}, implemented.index[at],
                                       fmt::format("interface method {}", at));
  }
}

void check_remote(Verification& verification, const ClassInfo& info) {
  if (!info.remote) return;
  const auto& pool = verification.cap().classes.signature_pool;
  for (const auto& method : info.remote->methods) {
    verification.check_virtual_token(kTag, info.offset, {info.offset}, method.virtual_method_token, "remote method");
    if (std::ranges::find(pool, method.signature_offset, &TypeDescriptor::offset) == pool.end())
      verification.error(kTag, info.offset,
                         fmt::format("remote method: no signature starts at offset 0x{:04X}", method.signature_offset));
  }
  for (const auto ref : info.remote->interfaces)
    verification.check_class_ref(kTag, info.offset, ref, Wanted::kInterface, "remote interface");
}

void check_token_mapping(Verification& verification, const ClassInfo& info) {
  if (!verification.format().since(3)) return;
  const auto tokens = info.public_virtual_method_token_mapping.size();
  if (info.cap22_inheritable_public_method_tokens > tokens)
    verification.error(kTag, info.offset,
                       fmt::format("CAP22_inheritable_public_method_token_count: expected at most {}, "
                                   "found {}",
                                   tokens, info.cap22_inheritable_public_method_tokens));
}

void verify_entry(Verification& verification, const ClassInfo& info) {
  if (!info.super_class.none()) {
    verification.check_class_ref(kTag, info.offset, info.super_class, Wanted::kClass, "super class");
    check_order(verification, info.offset, info.super_class, "super class");
  }
  check_fields(verification, info);
  check_table(verification, info, info.public_virtual_methods, info.public_method_table_base, "public");
  check_table(verification, info, info.package_virtual_methods, info.package_method_table_base, "package");
  check_interfaces(verification, info);
  check_remote(verification, info);
  check_token_mapping(verification, info);
}

constexpr std::uint8_t kKnownClassFlags = kClassRemote | kClassShareable | kClassInterface;

std::uint8_t flags_of(const ClassEntry& entry) {
  return std::visit([](const auto& info) { return info.flags; }, entry);
}

std::size_t element_size(std::uint8_t type) {
  if (type == 4) return 2;
  return type == 5 ? 4 : 1;
}

void check_exported_class(Verification& verification, const ClassExport& exported, const std::string& what) {
  constexpr auto kExport = ComponentTag::kExport;
  const auto* entry = verification.cap().classes.at(exported.class_offset);
  if (entry == nullptr)
    return verification.error(
        kExport, 0, fmt::format("{}: no class or interface starts at offset 0x{:04X}", what, exported.class_offset));
  const bool is_interface = std::holds_alternative<InterfaceInfo>(*entry);
  if (is_interface && !exported.static_methods.empty())
    verification.error(kExport, 0,
                       fmt::format("{}: an interface with {} static methods", what, exported.static_methods.size()));
  // JCVM 3.1 §6.13: an applet package exports shareable interfaces only. Converters of old export more. In an extended
  // file nothing says which of the packages has the applets.
  if (verification.format().extended()) return;
  if (verification.cap().applets && !(is_interface && (flags_of(*entry) & kClassShareable) != 0))
    verification.warning(kExport, 0, what + ": an applet package exports what is no shareable interface");
}

}  // namespace

void verify_class(Verification& verification) {
  bool class_seen = false;
  for (const auto& entry : verification.cap().classes.entries) {
    const auto offset = offset_of(entry);
    if ((flags_of(entry) & ~kKnownClassFlags) != 0)
      verification.error(kTag, offset, fmt::format("flags: expected only 0xE, found 0x{:X}", flags_of(entry)));
    if ((flags_of(entry) & kClassRemote) != 0 && !verification.format().since(2))
      verification.error(kTag, offset, "ACC_REMOTE needs CAP format 2.2");
    const bool is_class = std::holds_alternative<ClassInfo>(entry);
    if (!is_class && class_seen) verification.error(kTag, offset, "an interface stands behind a class");
    class_seen = class_seen || is_class;
    std::visit([&](const auto& info) { verify_entry(verification, info); }, entry);
  }
}

void verify_static_field(Verification& verification) {
  constexpr auto kStatic = ComponentTag::kStaticField;
  const auto& fields = verification.cap().static_fields;
  const auto expected =
      std::size_t{2} * fields.reference_count + fields.default_value_count + fields.non_default_values.size();
  if (expected != fields.image_size)
    verification.error(
        kStatic, 0,
        fmt::format("image_size: expected {} (2 x {} references + {} + {}), found {}", expected, fields.reference_count,
                    fields.default_value_count, fields.non_default_values.size(), fields.image_size));
  if (fields.array_init.size() > fields.reference_count)
    verification.error(
        kStatic, 4,
        fmt::format("{} initialised arrays, but {} references", fields.array_init.size(), fields.reference_count));
  for (std::size_t at = 0; at < fields.array_init.size(); ++at) {
    const auto& array = fields.array_init[at];
    if (array.type < 2 || array.type > 5)
      verification.error(kStatic, 6, fmt::format("array {}: expected type 2 to 5, found {}", at, array.type));
    if (array.values.size() % element_size(array.type) != 0)
      verification.error(kStatic, 6,
                         fmt::format("array {}: {} octets are no whole number of elements", at, array.values.size()));
    if (array.type == 5 && (verification.cap().header.flags & kHeaderInt) == 0)
      verification.error(kStatic, 6, fmt::format("array {}: of int, but ACC_INT is not set", at));
  }
}

void verify_export(Verification& verification) {
  constexpr auto kExport = ComponentTag::kExport;
  const auto& cap = verification.cap();
  if (!cap.exports) return;
  if (cap.exports->size() != cap.header.packages.size())
    verification.error(kExport, 0,
                       fmt::format("expected {} packages, found {}", cap.header.packages.size(), cap.exports->size()));
  for (const auto& package : *cap.exports) {
    if (package.empty()) verification.error(kExport, 0, "expected at least one class, found none");
    for (std::size_t token = 0; token < package.size(); ++token) {
      const auto& exported = package[token];
      const auto what = fmt::format("class {}", token);
      if (verification.has(kTag)) check_exported_class(verification, exported, what);
      for (const auto offset : exported.static_field_offsets)
        if (offset >= cap.static_fields.image_size)
          verification.error(kExport, 0,
                             fmt::format("{}: static field at {} of an image of {} octets", what, offset,
                                         cap.static_fields.image_size));
      for (const auto location : exported.static_methods)
        verification.check_method(kExport, 0, location, what + ": static method");
    }
  }
}

}  // namespace cose::cap::detail
