// SPDX-License-Identifier: Apache-2.0
// Directives of the Descriptor component. What a method's text already tells (octets of code, exception handlers)
// need not be repeated.
#include <algorithm>

#include <fmt/format.h>

#include "cap/detail/assembler.h"

namespace cose::cap::detail {

namespace {

struct PrimitiveField {
  std::string_view name;
  std::uint16_t type;
};

// JCVM 3.1 §6.14.1 table 6-20.
constexpr std::array<PrimitiveField, 4> kPrimitiveFields = {
    {{"boolean", 0x8002}, {"byte", 0x8003}, {"short", 0x8004}, {"int", 0x8005}}};

}  // namespace

void Assembler::start_descriptor() {
  auto& descriptor = build_.cap.descriptor;
  descriptor.emplace();
  if (!format().extended()) descriptor->packages.emplace_back();
}

DescriptorComponent& Assembler::descriptor_component() {
  if (!build_.cap.descriptor) start_descriptor();
  return *build_.cap.descriptor;
}

Status Assembler::descriptor(Arguments& arguments) {
  if (build_.cap.descriptor) return fail_at(arguments.directive(), ".descriptor stands before what it describes");
  start_descriptor();
  return {};
}

Status Assembler::descriptor_package(Arguments& arguments) {
  if (!format().extended()) return fail_at(arguments.directive(), "a compact CAP file has one package");
  descriptor_component().packages.emplace_back();
  return {};
}

Status Assembler::class_descriptor(Arguments& arguments) {
  auto& packages = descriptor_component().packages;
  if (packages.empty()) packages.emplace_back();
  ClassDescriptor each;
  COSE_TRY(const auto token, arguments.word("a class or interface"));
  COSE_TRY(each.this_class, class_ref(token));
  COSE_TRY(const auto class_token, arguments.value_number("token", 0, UINT8_MAX, UINT8_MAX));
  COSE_TRY(const auto access, arguments.value_number("flags", 0, UINT8_MAX, 0));
  each.token = static_cast<std::uint8_t>(class_token);
  each.flags = static_cast<std::uint8_t>(access);
  packages.back().push_back(std::move(each));
  return {};
}

Status Assembler::descriptor_interfaces(Arguments& arguments) {
  auto& packages = descriptor_component().packages;
  if (packages.empty() || packages.back().empty())
    return fail_at(arguments.directive(), "expected .class_descriptor before it");
  while (const auto token = arguments.optional_word()) {
    COSE_TRY(const auto ref, class_ref(*token));
    packages.back().back().interfaces.push_back(ref);
  }
  return {};
}

Status Assembler::field_descriptor(Arguments& arguments) {
  auto& packages = descriptor_component().packages;
  if (packages.empty() || packages.back().empty())
    return fail_at(arguments.directive(), "expected .class_descriptor before it");
  FieldDescriptor field;
  COSE_TRY(const auto token, arguments.value_number("token", 0, UINT8_MAX, UINT8_MAX));
  COSE_TRY(const auto access, arguments.value_number("flags", 0, UINT8_MAX, 0));
  field.token = static_cast<std::uint8_t>(token);
  field.flags = static_cast<std::uint8_t>(access);
  if (const auto offset = arguments.value("static")) {
    COSE_TRY(field.field_ref, static_ref(*offset, ConstantTag::kStaticFieldref));
  } else {
    COSE_TRY(const auto class_token, arguments.word("static= or a class and a token"));
    COSE_TRY(const auto ref, class_ref(class_token));
    COSE_TRY(const auto field_token, arguments.number("a field token", 0, UINT8_MAX));
    field.field_ref = {static_cast<std::uint8_t>(ref.value >> 8), static_cast<std::uint8_t>(ref.value & 0xFF),
                       static_cast<std::uint8_t>(field_token)};
  }
  COSE_TRY(const auto type, arguments.required_value("type"));
  const auto primitive = std::ranges::find(kPrimitiveFields, type.text, &PrimitiveField::name);
  if (primitive != kPrimitiveFields.end()) {
    field.type = primitive->type;
  } else {
    COSE_TRY(field.type, type_offset(type));
  }
  packages.back().back().fields.push_back(field);
  return {};
}

Status Assembler::method_descriptor(Arguments& arguments) {
  auto& packages = descriptor_component().packages;
  if (packages.empty() || packages.back().empty())
    return fail_at(arguments.directive(), "expected .class_descriptor before it");
  MethodDescriptor method;
  COSE_TRY(const auto name, arguments.word("a method"));
  COSE_TRY(method.location, method_ref(name));
  COSE_TRY(const auto token, arguments.value_number("token", 0, UINT8_MAX, UINT8_MAX));
  COSE_TRY(const auto access, arguments.value_number("flags", 0, UINT8_MAX, 0));
  COSE_TRY(const auto type, arguments.required_value("type"));
  COSE_TRY(method.type_offset, type_offset(type));
  const auto known = symbols_.methods.find(name.text);
  const auto derived = known == symbols_.methods.end() ? Symbols::Method{} : known->second;
  // JCVM 3.1 §6.14.2: the index is zero when there is no handler.
  const auto first = derived.handler_count == 0 ? 0 : derived.first_handler;
  COSE_TRY(const auto bytecodes,
           arguments.value_number("bytecodes", 0, UINT16_MAX, static_cast<std::int64_t>(derived.code_size)));
  COSE_TRY(const auto handlers,
           arguments.value_number("handlers", 0, UINT16_MAX, static_cast<std::int64_t>(derived.handler_count)));
  COSE_TRY(const auto handler, arguments.value_number("first", 0, UINT16_MAX, static_cast<std::int64_t>(first)));
  method.token = static_cast<std::uint8_t>(token);
  method.flags = static_cast<std::uint8_t>(access);
  method.bytecode_count = static_cast<std::uint16_t>(bytecodes);
  method.exception_handler_count = static_cast<std::uint16_t>(handlers);
  method.exception_handler_index = static_cast<std::uint16_t>(handler);
  packages.back().back().methods.push_back(method);
  return {};
}

Status Assembler::constant_types(Arguments& arguments) {
  auto& types = descriptor_component().constant_pool_types;
  if (!build_.cap.descriptor->types.empty())
    return fail_at(arguments.directive(), ".constant_types stands before every .type");
  while (const auto token = arguments.optional_word()) {
    COSE_TRY(const auto offset, type_offset(*token));
    types.push_back(offset);
  }
  return {};
}

Status Assembler::type(Arguments& arguments) {
  auto& descriptor = descriptor_component();
  COSE_TRY(const auto name, arguments.word("a name"));
  COSE_TRY(auto type, type_words(arguments));
  std::size_t offset = 2 + 2 * descriptor.constant_pool_types.size();
  if (!descriptor.types.empty()) offset = descriptor.types.back().offset + descriptor.types.back().size();
  type.offset = static_cast<std::uint16_t>(offset);
  COSE_CHECK(define(symbols_.types, name, type.offset));
  descriptor.types.push_back(std::move(type));
  return {};
}

}  // namespace cose::cap::detail
