// SPDX-License-Identifier: Apache-2.0
#include "cap/detail/references.h"

#include <fmt/format.h>

#include "bytes/hex.h"
#include "cap/debug.h"

namespace cose::cap::detail {

References::References(const CapFile& cap, const NameSource* names)
    : cap_(cap), names_(names), methods_(method_spans(cap)) {
  for (std::size_t at = 0; at < methods_.size(); ++at)
    method_names_.emplace(methods_[at].location, fmt::format("m{}", at));
  for (std::size_t at = 0; at < cap.classes.entries.size(); ++at) {
    const auto& entry = cap.classes.entries[at];
    const char* prefix = std::holds_alternative<ClassInfo>(entry) ? "C" : "I";
    class_names_.emplace(offset_of(entry), fmt::format("{}{}", prefix, at));
  }
  if (cap.descriptor)
    for (std::size_t at = 0; at < cap.descriptor->types.size(); ++at)
      type_names_.emplace(cap.descriptor->types[at].offset, fmt::format("t{}", at));
  read_debug_names();
}

void References::read_debug_names() {
  if (!cap_.debug) return;
  const auto debug = parse_debug(*cap_.debug, cap_.header.shape());
  if (!debug) return;
  for (const auto& each : debug->classes) {
    debug_classes_.emplace(each.location, each.name);
    for (const auto& method : each.methods)
      if (method.location != 0)
        debug_methods_.emplace(MethodLocation{0, method.location}, each.name + "." + method.name + method.descriptor);
  }
}

std::string References::class_ref(ClassRef ref) const {
  if (ref.none()) return "none";
  if (ref.external()) return fmt::format("{}.{}", ref.package_token(), ref.class_token());
  const auto found = class_names_.find(ref.value);
  return found != class_names_.end() ? found->second : fmt::format("@0x{:04X}", ref.value);
}

std::string References::method(MethodLocation location) const {
  const auto found = method_names_.find(location);
  if (found != method_names_.end()) return found->second;
  if (location.block != 0) return fmt::format("@{}:0x{:04X}", location.block, location.offset);
  return location.offset == kInherited ? "inherited" : fmt::format("@0x{:04X}", location.offset);
}

std::string References::constant(std::size_t index) const {
  return fmt::format("{}{}", index < cap_.constants.size() ? 'k' : '#', index);
}

std::string References::type_offset(std::uint16_t offset) const {
  const auto found = type_names_.find(offset);
  if (found != type_names_.end()) return found->second;
  return offset == kNoType ? "none" : fmt::format("@0x{:04X}", offset);
}

std::string References::type(const Type& type) const {
  std::string text;
  switch (type.kind) {
    case TypeKind::kVoid: text = "void"; break;
    case TypeKind::kBoolean: text = "boolean"; break;
    case TypeKind::kByte: text = "byte"; break;
    case TypeKind::kShort: text = "short"; break;
    case TypeKind::kInt: text = "int"; break;
    case TypeKind::kReference: text = class_ref(type.reference); break;
  }
  return type.array ? text + "[]" : text;
}

std::string References::constant_value(const Constant& constant) const {
  const auto raw = [&] {
    return fmt::format("raw {:02X}{}", static_cast<unsigned>(constant.tag), to_hex(constant.info));
  };
  const auto external = [&](std::string_view kind) {
    return fmt::format("{} {}.{}.{}", kind, constant.package_token(), constant.class_token(), constant.token());
  };
  const auto with_token = [&](std::string_view kind) {
    return fmt::format("{} {} {}", kind, class_ref(constant.class_ref()), constant.token());
  };
  switch (constant.tag) {
    case ConstantTag::kClassref: return constant.token() == 0 ? "class " + class_ref(constant.class_ref()) : raw();
    case ConstantTag::kInstanceFieldref: return with_token("field");
    case ConstantTag::kVirtualMethodref: return with_token("virtual");
    case ConstantTag::kSuperMethodref: return with_token("super");
    case ConstantTag::kStaticFieldref:
      if (constant.external_static()) return external("static_field");
      return constant.info[0] == 0 ? fmt::format("static_field {}", constant.static_field_offset()) : raw();
    case ConstantTag::kStaticMethodref:
      return constant.external_static() ? external("static_method") : "static_method " + method(constant.method());
  }
  return raw();
}

std::string References::member(std::uint8_t package, std::uint8_t class_token, MemberKind kind,
                               std::uint8_t token) const {
  if (names_ == nullptr || package >= cap_.imports.size()) return "";
  const auto& aid = cap_.imports[package].aid;
  const auto class_name = names_->class_name(aid, class_token);
  const auto member_name = names_->member(aid, class_token, kind, token);
  return class_name.empty() || member_name.empty() ? class_name : class_name + "." + member_name;
}

std::string References::describe_class(ClassRef ref) const {
  if (ref.internal()) {
    const auto found = debug_classes_.find(ref.value);
    return found == debug_classes_.end() ? "" : found->second;
  }
  if (names_ == nullptr || ref.none() || ref.package_token() >= cap_.imports.size()) return "";
  return names_->class_name(cap_.imports[ref.package_token()].aid, ref.class_token());
}

std::string References::describe_method(MethodLocation location) const {
  const auto found = debug_methods_.find(location);
  return found == debug_methods_.end() ? "" : found->second;
}

std::string References::describe(const Constant& constant) const {
  const auto of_class = [&](MemberKind kind) {
    const auto ref = constant.class_ref();
    if (!ref.external()) return describe_class(ref);
    return member(ref.package_token(), ref.class_token(), kind, constant.token());
  };
  const auto of_static = [&](MemberKind kind) {
    return member(constant.package_token(), constant.class_token(), kind, constant.token());
  };
  switch (constant.tag) {
    case ConstantTag::kClassref: return describe_class(constant.class_ref());
    case ConstantTag::kInstanceFieldref: return of_class(MemberKind::kInstanceField);
    case ConstantTag::kVirtualMethodref:
    case ConstantTag::kSuperMethodref: return of_class(MemberKind::kVirtualMethod);
    case ConstantTag::kStaticFieldref: return constant.external_static() ? of_static(MemberKind::kStaticField) : "";
    case ConstantTag::kStaticMethodref:
      return constant.external_static() ? of_static(MemberKind::kStaticMethod) : describe_method(constant.method());
  }
  return "";
}

std::string References::describe(const Instruction& instruction, std::size_t constant) const {
  if (constant >= cap_.constants.size()) return "there is no such constant";
  const auto& entry = cap_.constants[constant];
  const auto ref = entry.class_ref();
  if (instruction.info->operands == Operands::kInterface && entry.tag == ConstantTag::kClassref && ref.external())
    return member(ref.package_token(), ref.class_token(), MemberKind::kInterfaceMethod,
                  static_cast<std::uint8_t>(instruction.operands[2].value));
  const auto known = describe(entry);
  return known.empty() ? constant_value(entry) : known;
}

}  // namespace cose::cap::detail
