// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cap/model.h"
#include "convert/detail/interfaces.h"
#include "convert/detail/program.h"
#include "convert/detail/stable_order.h"

namespace cose::convert::detail {

namespace {

constexpr std::size_t kMaximumVirtualTokens = 128;  // JCVM 3.1 §4.3.7.6: seven bits
constexpr std::size_t kMaximumInstanceWords = 255;  // JCVM 3.1 §6.9.2: u1 declared_instance_size
constexpr std::size_t kMaximumStaticTokens = 256;
constexpr std::size_t kMaximumExportedClasses = 255;

class ClassTokens {
 public:
  ClassTokens(Program& program, Unit& unit) : program_(program), unit_(unit) {}

  void run() {
    if (unit_.super.unit != nullptr) {
      public_ = unit_.super.unit->public_tokens;
      package_ = unit_.super.unit->package_tokens;
    } else {
      public_ = unit_.super.external->virtual_tokens();
    }
    for (auto& method : unit_.methods)
      if (method.is_virtual()) number(method);
    if (unit_.is_abstract()) add_undefined();
    if (public_ > kMaximumVirtualTokens || package_ > kMaximumVirtualTokens)
      return program_.report(unit_, fmt::format("{} public and {} package-visible virtual methods, at most {} of each",
                                                public_, package_, kMaximumVirtualTokens));
    unit_.public_tokens = static_cast<std::uint8_t>(public_);
    unit_.package_tokens = static_cast<std::uint8_t>(package_);
  }

 private:
  void number(MethodUnit& method) {
    const auto overridden = program_.find_method(unit_.super, method.name, method.descriptor);
    if (overridden.external != nullptr && overridden.external->is_virtual()) {
      if (overridden.external->is_final)
        program_.report(method, std::nullopt,
                        fmt::format("overrides a final method of {}", to_java_name(overridden.type->name)));
      method.token = overridden.external->token;
      return;
    }
    if (overridden.unit != nullptr && overridden.unit->is_virtual()) {
      method.token = overridden.unit->token;
      // JCVM 3.1 §2.2.1.2: the two kinds of methods are in two tables.
      if (method.is_visible() && !overridden.unit->is_visible())
        program_.report(method, std::nullopt, "public or protected, but overrides a method that is package-visible");
      return;
    }
    method.token = next(method.is_visible());
  }

  std::uint8_t next(bool visible) {
    if (visible) return static_cast<std::uint8_t>(public_++);
    return static_cast<std::uint8_t>(cap::kPackageVisible | package_++);
  }

  // An abstract class has a token for each method of its interfaces, defined or not.
  void add_undefined() {
    for (const auto& declared : unit_.interfaces)
      for (const auto& interface : program_.interfaces_of(declared))
        for (const auto& wanted : interface_methods(program_, interface)) {
          if (program_.find_method({&unit_, nullptr}, wanted.name, wanted.descriptor)) continue;
          auto& method = unit_.methods.emplace_back();
          method.owner = &unit_;
          method.name = wanted.name;
          method.descriptor = wanted.descriptor;
          method.access = classfile::kPublic | classfile::kAbstract;
          method.type = classfile::parse_method_descriptor(method.descriptor).value_or(classfile::MethodType{});
          method.token = next(true);
        }
  }

  Program& program_;
  Unit& unit_;
  std::size_t public_ = 0;
  std::size_t package_ = 0;
};

std::size_t words_of(const classfile::FieldType& type) {
  return !type.is_reference() && type.kind == 'I' ? 2 : 1;
}

// JCVM 3.1 §4.3.7.5: visible primitive fields, visible references, other references, other primitives, so that the
// references are one run.
void number_fields(Program& program, Unit& unit) {
  constexpr std::array<std::pair<bool, bool>, 4> kGroups = {
      {{true, false}, {true, true}, {false, true}, {false, false}}};
  std::size_t token = 0;
  std::size_t references = 0;
  for (const auto& [visible, reference] : kGroups)
    for (auto& field : unit.fields) {
      if (field.is_static() || field.is_visible() != visible || field.type.is_reference() != reference) continue;
      if (reference && references++ == 0) unit.first_reference = static_cast<std::uint8_t>(token);
      field.token = static_cast<std::uint8_t>(token);
      token += words_of(field.type);
    }
  if (token > kMaximumInstanceWords)
    return program.report(unit, fmt::format("its fields take {} words, at most {}", token, kMaximumInstanceWords));
  unit.instance_words = static_cast<std::uint8_t>(token);
  unit.references = static_cast<std::uint8_t>(references);
}

void number_interface(Program& program, Unit& unit) {
  const auto methods = interface_methods(program, {&unit, nullptr});
  if (methods.size() > kMaximumVirtualTokens)
    return program.report(unit, fmt::format("{} methods, at most {}", methods.size(), kMaximumVirtualTokens));
  for (std::size_t token = 0; token < methods.size(); ++token)
    if (auto* own = unit.find_method(methods[token].name, methods[token].descriptor))
      own->token = static_cast<std::uint8_t>(token);
  unit.public_tokens = static_cast<std::uint8_t>(methods.size());
}

// JCVM 3.1 §6.13: a package with applets exports its shareable interfaces only.
bool is_exported(const Program& program, const Unit& unit) {
  if (!unit.file.is(classfile::kPublic)) return false;
  return program.options().applets.empty() || (unit.is_interface() && unit.is_shareable);
}

void number_statics(Program& program, Unit& unit) {
  std::size_t fields = 0;
  std::size_t methods = 0;
  for (auto& field : unit.fields)
    if (field.is_static() && field.is_visible() && !field.constant) field.token = static_cast<std::uint8_t>(fields++);
  for (auto& method : unit.methods)
    if (!method.is_virtual() && method.is_visible() && !method.is_class_initializer())
      method.token = static_cast<std::uint8_t>(methods++);
  if (fields > kMaximumStaticTokens - 1 || methods > kMaximumStaticTokens - 1)
    program.report(unit,
                   fmt::format("exports {} static fields and {} static methods, at most 255 of each", fields, methods));
}

void export_units(Program& program) {
  std::size_t classes = 0;
  for (auto* unit : program.units()) {
    if (!is_exported(program, *unit)) continue;
    if (classes == kMaximumExportedClasses)
      return program.report(*unit, fmt::format("the package exports more than {} classes", kMaximumExportedClasses));
    unit->token = static_cast<std::uint8_t>(classes++);
    number_statics(program, *unit);
  }
}

bool shares(Program& program, Unit& unit) {
  return std::ranges::any_of(program.interfaces_of({&unit, nullptr}), [](const TypeRef& each) {
    return each.external != nullptr && each.external->is_shareable;
  });
}

}  // namespace

std::vector<InterfaceMethod> interface_methods(Program& program, TypeRef type) {
  std::vector<InterfaceMethod> found;
  if (type.external != nullptr) {
    std::vector<const ExternalMethod*> methods;
    for (const auto& method : type.external->methods)
      if (method.is_virtual()) methods.push_back(&method);
    order_stably(methods, [](const ExternalMethod* each) { return each->token; });
    for (const auto* method : methods) found.push_back({method->name, method->descriptor});
    return found;
  }
  const auto add = [&](InterfaceMethod method) {
    if (std::ranges::find(found, method) == found.end()) found.push_back(method);
  };
  for (const auto& super : type.unit->interfaces)
    for (const auto& method : interface_methods(program, super)) add(method);
  for (const auto& method : type.unit->methods)
    if (method.is_virtual()) add({method.name, method.descriptor});
  return found;
}

std::uint8_t interface_token(Program& program, TypeRef type, const InterfaceMethod& method) {
  const auto methods = interface_methods(program, type);
  return static_cast<std::uint8_t>(std::ranges::find(methods, method) - methods.begin());
}

void assign_tokens(Program& program) {
  for (auto* unit : program.units()) {
    unit->is_shareable = shares(program, *unit);
    if (unit->is_interface()) {
      number_interface(program, *unit);
    } else {
      ClassTokens(program, *unit).run();
      number_fields(program, *unit);
    }
  }
  export_units(program);
}

}  // namespace cose::convert::detail
