// SPDX-License-Identifier: Apache-2.0
#include "convert/detail/program.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace cose::convert::detail {

namespace {

// Super classes of export files may lead in a circle.
constexpr std::size_t kMaximumDepth = 256;

// What leaves no trace on a card.
bool is_ignored(const classfile::ClassFile& file) {
  return file.is(classfile::kAnnotation) || file.name.ends_with("package-info");
}

struct Absent {
  std::string_view class_name;
  std::string_view reason;
};

constexpr std::array kAbsent = {
    Absent{"java/lang/String", "strings are not supported"},
    Absent{"java/lang/StringBuilder", "concatenation of strings is not supported"},
    Absent{"java/lang/StringBuffer", "concatenation of strings is not supported"},
    Absent{"java/lang/Thread", "threads are not supported"},
    Absent{"java/lang/Runnable", "threads are not supported"},
    Absent{"java/lang/Class", "class literals and reflection are not supported"},
    Absent{"java/lang/Enum", "enums are not supported"},
    Absent{"java/lang/Error", "java.lang.Error is not supported; Java Card has exceptions only"},
    Absent{"java/lang/AssertionError", "assert is not supported"},
    Absent{"java/lang/Iterable", "java.lang.Iterable is not supported; loop over an array"},
    Absent{"java/util/Objects",
           "java.util.Objects is not in the Java Card API; javac uses it where an inner class is made as outer.new "
           "Inner()"},
    Absent{"java/lang/Integer", "boxing is not supported"},
    Absent{"java/lang/Short", "boxing is not supported"},
    Absent{"java/lang/Byte", "boxing is not supported"},
    Absent{"java/lang/Boolean", "boxing is not supported"},
    Absent{"java/lang/Character", "boxing is not supported"},
    Absent{"java/lang/Long", "boxing is not supported"},
};

}  // namespace

std::string absent_class(std::string_view class_name) {
  const auto found = std::ranges::find(kAbsent, class_name, &Absent::class_name);
  if (found != kAbsent.end()) return std::string(found->reason);
  return fmt::format("class {} is not in the Java Card API, not in this package and in no export file",
                     to_java_name(class_name));
}

MethodUnit* Unit::find_method(std::string_view name, std::string_view descriptor) {
  const auto found = std::ranges::find_if(
      methods, [&](const MethodUnit& each) { return each.name == name && each.descriptor == descriptor; });
  return found == methods.end() ? nullptr : &*found;
}

FieldUnit* Unit::find_field(std::string_view name, std::string_view descriptor) {
  const auto found = std::ranges::find_if(fields, [&](const FieldUnit& each) {
    return each.source->name == name && each.source->descriptor == descriptor;
  });
  return found == fields.end() ? nullptr : &*found;
}

std::string to_java_name(std::string_view class_name) {
  std::string name(class_name);
  std::ranges::replace(name, '/', '.');
  return name;
}

std::string_view package_of(std::string_view class_name) {
  const auto slash = class_name.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : class_name.substr(0, slash);
}

// ---- problems ----

void Program::report(Problem problem) {
  if (problems_.size() < kMaximumProblems && std::ranges::find(problems_, problem) == problems_.end())
    problems_.push_back(std::move(problem));
}

void Program::report(const Unit& unit, std::string reason) {
  report(unit, "", std::move(reason));
}

void Program::report(const Unit& unit, std::string_view member, std::string reason) {
  report({.file = unit.file.source_file.empty() ? unit.path : unit.file.source_file,
          .line = std::nullopt,
          .class_name = to_java_name(unit.file.name),
          .method = std::string(member),
          .reason = std::move(reason)});
}

void Program::report(const MethodUnit& method, std::optional<std::size_t> at, std::string reason) {
  Problem problem;
  const auto& file = method.owner->file;
  problem.file = file.source_file.empty() ? method.owner->path : file.source_file;
  if (method.source != nullptr && method.source->code) problem.line = method.source->code->line_at(at.value_or(0));
  problem.class_name = to_java_name(file.name);
  problem.method = method.is_constructor() ? "constructor" : method.is_class_initializer() ? "static {}" : method.name;
  problem.reason = std::move(reason);
  report(std::move(problem));
}

void Program::use(const ExternalClass& type, cap::Version since) {
  auto& version = used_[type.package];
  version = std::max({version, type.since, since});
}

// ---- loading ----

void Program::read(const Input& input, std::vector<std::unique_ptr<Unit>>& read_units) {
  auto file = classfile::parse(input.content);
  if (!file) {
    report({.file = input.path, .line = {}, .class_name = {}, .method = {}, .reason = file.error().message});
    return;
  }
  auto unit = std::make_unique<Unit>();
  unit->path = input.path;
  unit->file = *std::move(file);
  read_units.push_back(std::move(unit));
}

bool Program::choose_package(const std::vector<std::unique_ptr<Unit>>& read_units) {
  package_ = options_.package;
  std::ranges::replace(package_, '.', '/');
  std::set<std::string_view> found;
  for (const auto& unit : read_units) found.insert(package_of(unit->file.name));
  Problem problem;
  if (!package_.empty()) {
    if (found.contains(package_)) return true;
    problem.reason =
        fmt::format("no class of package {} among the {} class files", to_java_name(package_), read_units.size());
  } else if (found.size() == 1) {
    package_ = *found.begin();
    return true;
  } else {
    problem.reason =
        read_units.empty() ? "no class files" : "classes of several packages: say which is to be converted;";
    for (const auto name : found) problem.reason += " " + (name.empty() ? "(none)" : to_java_name(name));
  }
  report(std::move(problem));
  return false;
}

void Program::add_members(Unit& unit) {
  for (const auto& source : unit.file.fields) {
    auto& field = unit.fields.emplace_back();
    field.source = &source;
    field.owner = &unit;
    field.type = classfile::parse_field_descriptor(source.descriptor).value_or(classfile::FieldType{});
    // JVMS 8 §4.7.2: the attribute counts for static fields only.
    if (field.is_static() && source.constant_value &&
        unit.file.constants.at(*source.constant_value).kind == classfile::ConstantKind::kInteger)
      field.constant = unit.file.constants.at(*source.constant_value).integer;
  }
  for (const auto& source : unit.file.methods) {
    auto& method = unit.methods.emplace_back();
    method.source = &source;
    method.owner = &unit;
    method.name = source.name;
    method.descriptor = source.descriptor;
    method.access = source.access;
    method.type = classfile::parse_method_descriptor(source.descriptor).value_or(classfile::MethodType{});
    if (!has_ints() && source.is(classfile::kSynthetic) && source.name.starts_with("access$")) narrow(method);
  }
}

void Program::narrow(MethodUnit& method) {
  for (auto& parameter : method.type.parameters) {
    if (parameter.is_reference() || parameter.kind != 'I') continue;
    parameter.kind = 'S';
    method.is_narrowed = true;
  }
}

void Program::resolve_supers(Unit& unit) {
  const auto& file = unit.file;
  if (file.super.empty()) return report(unit, "a class without a super class");
  unit.super = find_type(file.super);
  if (!unit.super) {
    report(unit, "its super class: " + absent_class(file.super));
  } else {
    const bool interface =
        unit.super.unit != nullptr ? unit.super.unit->is_interface() : unit.super.external->is_interface;
    if (interface) report(unit, fmt::format("extends {}, which is an interface", to_java_name(file.super)));
  }
  for (const auto& name : file.interfaces) {
    const auto interface = find_type(name);
    if (!interface) {
      report(unit, "its interface: " + absent_class(name));
      continue;
    }
    const bool is_interface =
        interface.unit != nullptr ? interface.unit->is_interface() : interface.external->is_interface;
    if (!is_interface) report(unit, fmt::format("implements {}, which is no interface", to_java_name(name)));
    unit.interfaces.push_back(interface);
  }
}

// JCVM 3.1 §6.9: interfaces before classes, each behind what it extends; by name where that leaves a choice.
bool Program::order_units() {
  std::vector<Unit*> waiting;
  for (auto& unit : units_) waiting.push_back(&unit);
  std::ranges::sort(waiting, [](const Unit* left, const Unit* right) {
    return std::pair(!left->is_interface(), std::string_view(left->file.name)) <
           std::pair(!right->is_interface(), std::string_view(right->file.name));
  });
  std::set<const Unit*> placed;
  std::vector<Unit*> order;
  const auto ready = [&](const Unit* unit) {
    const auto is_placed = [&](const TypeRef& ref) { return ref.unit == nullptr || placed.contains(ref.unit); };
    return is_placed(unit->super) && std::ranges::all_of(unit->interfaces, is_placed);
  };
  while (!waiting.empty()) {
    const auto next = std::ranges::find_if(waiting, ready);
    if (next == waiting.end()) {
      report(*waiting.front(), "extends or implements itself");
      return false;
    }
    placed.insert(*next);
    order.push_back(*next);
    waiting.erase(next);
  }
  order_ = std::move(order);
  return true;
}

bool Program::load(std::span<const Input> inputs) {
  std::vector<std::unique_ptr<Unit>> read_units;
  if (inputs.size() > kMaximumClasses) {
    report({.file = {},
            .line = {},
            .class_name = {},
            .method = {},
            .reason = fmt::format("{} class files, more than {}", inputs.size(), kMaximumClasses)});
    return false;
  }
  for (const auto& input : inputs) read(input, read_units);
  if (has_problems() || !choose_package(read_units)) return false;
  for (auto& unit : read_units) {
    if (package_of(unit->file.name) != package_ || is_ignored(unit->file)) continue;
    auto& kept = units_.emplace_back(std::move(*unit));
    if (!by_name_.emplace(kept.file.name, &kept).second) report(kept, "the class is there twice");
  }
  for (auto& unit : units_) add_members(unit);
  for (auto& unit : units_) resolve_supers(unit);
  return !has_problems() && order_units();
}

// ---- names ----

TypeRef Program::find_type(std::string_view name) {
  // An array has the methods of Object.
  if (name.starts_with('[')) name = "java/lang/Object";
  if (const auto found = by_name_.find(name); found != by_name_.end()) return {found->second, nullptr};
  return {nullptr, externals_.find(name)};
}

TypeRef Program::super_of(TypeRef type) {
  if (type.unit != nullptr) return type.unit->super;
  if (type.external == nullptr || type.external->super.empty()) return {};
  return find_type(type.external->super);
}

std::vector<TypeRef> Program::interfaces_of(TypeRef type) {
  std::vector<TypeRef> found;
  const auto add = [&](TypeRef each) {
    if (each && std::ranges::find(found, each) == found.end()) found.push_back(each);
  };
  std::size_t depth = 0;
  for (auto each = type; each && depth < kMaximumDepth; each = super_of(each), ++depth) {
    if (each.unit != nullptr) {
      if (each.unit->is_interface()) add(each);
      for (const auto& interface : each.unit->interfaces)
        for (const auto& inherited : interfaces_of(interface)) add(inherited);
    } else {
      if (each.external->is_interface) add(each);
      for (const auto name : each.external->interfaces) add(find_type(name));
    }
    if (each.unit != nullptr && each.unit->is_interface()) break;
  }
  return found;
}

MethodRef Program::find_method(TypeRef type, std::string_view name, std::string_view descriptor) {
  std::size_t depth = 0;
  for (auto each = type; each && depth < kMaximumDepth; each = name == "<init>" ? TypeRef{} : super_of(each), ++depth) {
    if (each.unit != nullptr) {
      if (auto* method = each.unit->find_method(name, descriptor)) return {method, nullptr, nullptr};
    } else if (const auto* method = each.external->find_method(name, descriptor)) {
      return {nullptr, each.external, method};
    }
  }
  const bool is_interface =
      type.unit != nullptr ? type.unit->is_interface() : type.external && type.external->is_interface;
  if (!is_interface) return {};
  for (const auto& each : interfaces_of(type)) {
    if (each.unit != nullptr) {
      if (auto* method = each.unit->find_method(name, descriptor)) return {method, nullptr, nullptr};
    } else if (const auto* method = each.external->find_method(name, descriptor)) {
      return {nullptr, each.external, method};
    }
  }
  return {};
}

FieldRef Program::find_field(TypeRef type, std::string_view name, std::string_view descriptor) {
  const auto look_in = [&](TypeRef each) -> FieldRef {
    if (each.unit != nullptr) return {each.unit->find_field(name, descriptor), nullptr, nullptr};
    return {nullptr, each.external, each.external->find_field(name, descriptor)};
  };
  std::size_t depth = 0;
  for (auto each = type; each && depth < kMaximumDepth; each = super_of(each), ++depth)
    if (const auto found = look_in(each)) return found;
  for (const auto& each : interfaces_of(type))
    if (const auto found = look_in(each)) return found;
  return {};
}

}  // namespace cose::convert::detail
