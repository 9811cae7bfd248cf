// SPDX-License-Identifier: Apache-2.0
#include "stubs/stub_class.h"

#include <algorithm>
#include <string>
#include <vector>

#include "bytes/writer.h"
#include "stubs/detail/access.h"
#include "stubs/detail/class_constants.h"

namespace cose::stubs {

namespace {

// JVMS 8 §4.1: ACC_SUPER is set in every class; an annotation type is an interface that extends Annotation.
std::uint16_t access_of_class(const api::Class& type) {
  unsigned access = access_of(type.flags);
  if (!type.is_interface()) access |= kAccessSuper;
  if (std::ranges::find(type.interfaces, "java/lang/annotation/Annotation") != type.interfaces.end())
    access |= kAccessAnnotation;
  return static_cast<std::uint16_t>(access);
}

bool declares_the_same(std::string_view ancestor, const api::Method& method) {
  const auto* type = api::find_class(ancestor);
  const auto* found = type == nullptr ? nullptr : api::find_method(*type, method.name, method.descriptor);
  return found != nullptr && found->flags == method.flags && found->throws == method.throws;
}

bool is_inherited(const api::Class& type, const api::Method& method) {
  if (method.in_static_space()) return false;
  return declares_the_same(type.super, method) ||
         std::ranges::any_of(type.interfaces, [&](auto interface) { return declares_the_same(interface, method); });
}

void write_field(Writer& writer, ClassConstants& constants, const api::Field& field) {
  writer.u16(access_of(field.flags)).u16(constants.utf8(field.name)).u16(constants.utf8(field.descriptor));
  writer.u16(field.value ? 1 : 0);
  if (field.value) writer.u16(constants.utf8("ConstantValue")).u32(2).u16(constants.integer(*field.value));
}

void write_method(Writer& writer, ClassConstants& constants, const api::Method& method) {
  writer.u16(access_of(method.flags)).u16(constants.utf8(method.name)).u16(constants.utf8(method.descriptor));
  writer.u16(method.throws.empty() ? 0 : 1);
  if (!method.throws.empty())
    writer.u16(constants.utf8("Exceptions")).u32(4).u16(1).u16(constants.class_reference(method.throws));
}

// The nested classes that this one declares, or this one itself when it is nested: "Signature$OneShot".
std::vector<const api::Class*> nested_classes(const api::Class& type) {
  std::vector<const api::Class*> nested;
  const auto* package = api::find_package(api::package_of(type.name));
  if (package == nullptr) return nested;
  for (const auto& other : package->classes) {
    const auto dollar = other.name.find('$');
    if (dollar == std::string_view::npos) continue;
    if (other.name == type.name || other.name.substr(0, dollar) == type.name) nested.push_back(&other);
  }
  return nested;
}

// JVMS 8 §4.7.6.
void write_inner_classes(Writer& writer, ClassConstants& constants, const std::vector<const api::Class*>& nested) {
  writer.u16(nested.empty() ? 0 : 1);
  if (nested.empty()) return;
  const auto count = static_cast<std::uint16_t>(nested.size());
  writer.u16(constants.utf8("InnerClasses")).u32(2U + 8U * count).u16(count);
  for (const auto* type : nested) {
    const auto dollar = type->name.find('$');
    writer.u16(constants.class_reference(type->name)).u16(constants.class_reference(type->name.substr(0, dollar)));
    writer.u16(constants.utf8(type->name.substr(dollar + 1)));
    writer.u16(static_cast<std::uint16_t>(access_of(type->flags) | kAccessStatic));
  }
}

}  // namespace

Bytes stub_class(const api::Class& type) {
  ClassConstants constants;
  Writer body;
  body.u16(access_of_class(type)).u16(constants.class_reference(type.name));
  body.u16(type.super.empty() ? std::uint16_t{0} : constants.class_reference(type.super));
  body.u16(static_cast<std::uint16_t>(type.interfaces.size()));
  for (const auto interface : type.interfaces) body.u16(constants.class_reference(interface));
  body.u16(static_cast<std::uint16_t>(type.fields.size()));
  for (const auto& field : type.fields) write_field(body, constants, field);
  std::vector<const api::Method*> methods;
  for (const auto& method : type.methods)
    if (!is_inherited(type, method)) methods.push_back(&method);
  body.u16(static_cast<std::uint16_t>(methods.size()));
  for (const auto* method : methods) write_method(body, constants, *method);
  write_inner_classes(body, constants, nested_classes(type));

  Writer file;
  file.u32(0xCAFEBABE).u16(0).u16(kStubClassVersion);
  file.u16(constants.count()).octets(constants.view()).octets(body.view());
  return file.take();
}

}  // namespace cose::stubs
