// SPDX-License-Identifier: Apache-2.0
// The Descriptor component, JCVM 3.1 §6.14.
#include <algorithm>

#include <fmt/format.h>

#include "convert/detail/builder.h"

namespace cose::convert::detail {

namespace {

// JCVM 3.1 table 6-10; four bits, 0x8000 marks a primitive type in a field descriptor.
constexpr std::uint16_t kPrimitive = 0x8000;

cap::TypeKind kind_of(char letter) {
  switch (letter) {
    case 'Z': return cap::TypeKind::kBoolean;
    case 'B': return cap::TypeKind::kByte;
    case 'S': return cap::TypeKind::kShort;
    case 'I': return cap::TypeKind::kInt;
    case 'V': return cap::TypeKind::kVoid;
    default: return cap::TypeKind::kReference;
  }
}

std::uint8_t access_flags(std::uint16_t access) {
  std::uint8_t flags = 0;
  if ((access & classfile::kPublic) != 0) flags |= cap::kDescriptorPublic;
  if ((access & classfile::kPrivate) != 0) flags |= cap::kDescriptorPrivate;
  if ((access & classfile::kProtected) != 0) flags |= cap::kDescriptorProtected;
  if ((access & classfile::kStatic) != 0) flags |= cap::kDescriptorStatic;
  if ((access & classfile::kFinal) != 0) flags |= cap::kDescriptorFinal;
  return flags;
}

}  // namespace

cap::Type Builder::card_type(const classfile::FieldType& type) {
  cap::Type made{.kind = kind_of(type.kind), .array = type.dimensions != 0, .reference = {}};
  if (type.kind == 'L') made.reference = class_ref(program_.find_type(type.class_name));
  return made;
}

std::vector<cap::Type> Builder::signature(const classfile::MethodType& type) {
  std::vector<cap::Type> types;
  for (const auto& parameter : type.parameters) types.push_back(card_type(parameter));
  types.push_back(card_type(type.result));
  return types;
}

std::uint16_t Builder::type_offset(const std::vector<cap::Type>& types) {
  auto made = cap::make_type(types);
  const auto key = concat(Bytes{made.nibble_count}, made.type);
  const auto [found, is_new] = type_offsets_.try_emplace(key, static_cast<std::uint16_t>(types_end_));
  if (is_new) {
    made.offset = found->second;
    types_end_ += made.size();
    cap_.descriptor->types.push_back(std::move(made));
  }
  return found->second;
}

std::uint16_t Builder::constant_type(const Symbol& symbol) {
  if (symbol.tag == cap::ConstantTag::kClassref) return cap::kNoType;
  if (symbol.field != nullptr) return type_offset({card_type(symbol.field->type)});
  if (symbol.method != nullptr) return type_offset(signature(symbol.method->type));
  if (symbol.external_field != nullptr)
    return type_offset({card_type(classfile::parse_field_descriptor(symbol.external_field->descriptor)
                                      .value_or(classfile::FieldType{.kind = 'B'}))});
  return type_offset(signature(
      classfile::parse_method_descriptor(symbol.external_method->descriptor).value_or(classfile::MethodType{})));
}

cap::MethodDescriptor Builder::method_descriptor(const MethodUnit& method, const CardCode* code) {
  cap::MethodDescriptor made;
  made.token = method.token;
  made.flags = access_flags(method.access);
  // JCVM 3.1 §6.14.2 table 6-24.
  if (method.is_abstract()) made.flags |= cap::kDescriptorInterface;
  if (method.is_constructor()) made.flags |= cap::kDescriptorAbstract;
  made.type_offset = type_offset(signature(method.type));
  if (method.owner->is_interface()) return made;
  made.location = method.location;
  if (code == nullptr) return made;
  made.bytecode_count = static_cast<std::uint16_t>(code->octets.size());
  made.exception_handler_count = static_cast<std::uint16_t>(code->handlers.size());
  if (!code->handlers.empty()) made.exception_handler_index = static_cast<std::uint16_t>(first_handler_.at(&method));
  return made;
}

cap::ClassDescriptor Builder::class_descriptor(Unit& unit) {
  cap::ClassDescriptor made;
  made.token = unit.token;
  made.flags =
      static_cast<std::uint8_t>(access_flags(unit.file.access) & (cap::kDescriptorPublic | cap::kDescriptorFinal));
  if (unit.is_interface()) made.flags |= cap::kDescriptorInterface;
  if (unit.is_abstract()) made.flags |= cap::kDescriptorAbstract;
  made.this_class = {unit.offset};
  for (const auto& interface : unit.interfaces) made.interfaces.push_back(class_ref(interface));
  for (const auto& field : unit.fields) {
    if (field.constant) continue;
    cap::FieldDescriptor described;
    described.token = field.token;
    described.flags = access_flags(field.source->access);
    const auto tag = field.is_static() ? cap::ConstantTag::kStaticFieldref : cap::ConstantTag::kInstanceFieldref;
    described.field_ref = constant({.tag = tag, .type = {&unit, nullptr}, .field = &field}).info;
    const auto type = card_type(field.type);
    const bool primitive = !type.array && type.kind != cap::TypeKind::kReference;
    described.type =
        primitive ? static_cast<std::uint16_t>(kPrimitive | static_cast<unsigned>(type.kind)) : type_offset({type});
    made.fields.push_back(described);
  }
  for (const auto& method : unit.methods) {
    if (method.is_class_initializer()) continue;
    const auto found = code_of_.find(&method);
    made.methods.push_back(method_descriptor(method, found == code_of_.end() ? nullptr : found->second));
  }
  return made;
}

void Builder::add_descriptor() {
  auto& descriptor = cap_.descriptor.emplace();
  // Offsets of types count from the table of the constants' types in front of them.
  types_end_ = 2 + 2 * symbols_.list().size();
  for (const auto& symbol : symbols_.list()) descriptor.constant_pool_types.push_back(constant_type(symbol));
  auto& classes = descriptor.packages.emplace_back();
  for (auto* unit : program_.units()) classes.push_back(class_descriptor(*unit));
}

}  // namespace cose::convert::detail
