// SPDX-License-Identifier: Apache-2.0
#include "convert/detail/exports.h"

#include <algorithm>
#include <set>

#include "convert/detail/interfaces.h"

namespace cose::convert::detail {

namespace {

// JCVM 3.1 tables 5-3 to 5-5: those of class files, and one of its own.
constexpr std::uint16_t kClassFlags =
    classfile::kPublic | classfile::kFinal | classfile::kInterface | classfile::kAbstract;
constexpr std::uint16_t kFieldFlags =
    classfile::kPublic | classfile::kProtected | classfile::kStatic | classfile::kFinal;
constexpr std::uint16_t kMethodFlags = kFieldFlags | classfile::kAbstract;
constexpr std::uint16_t kShareable = 0x0800;
constexpr std::uint8_t kLibrary = 1;

class ExportMaker {
 public:
  explicit ExportMaker(Program& program) : program_(program) {}

  cap::ExportFile run() {
    const auto& options = program_.options();
    file_.format = {2, static_cast<std::uint8_t>(options.format.minor >= 3 ? 3 : 1)};
    file_.this_package =
        package(program_.package(), options.aid, options.version, options.applets.empty() ? kLibrary : 0);
    if (options.format.minor >= 3)
      for (const auto& [used, version] : program_.used()) packages_.insert(used->name);
    for (auto* unit : program_.units())
      if (unit->token != kNoToken) file_.classes.push_back(class_item(*unit));
    add_referenced();
    return std::move(file_);
  }

 private:
  template <typename Constant>
  std::uint16_t add(Constant constant) {
    file_.constants.emplace_back(std::move(constant));
    return static_cast<std::uint16_t>(file_.constants.size() - 1);
  }

  std::uint16_t text(std::string_view value) {
    const auto [found, is_new] = texts_.emplace(std::string(value), std::uint16_t{0});
    if (is_new) found->second = add(cap::ExportUtf8{std::string(value)});
    return found->second;
  }

  std::uint16_t class_index(std::string_view name) {
    const auto [found, is_new] = classes_.emplace(std::string(name), std::uint16_t{0});
    if (is_new) {
      const auto name_index = text(name);
      found->second = add(cap::ExportClassref{name_index});
    }
    return found->second;
  }

  std::uint16_t package(std::string_view name, const Bytes& aid, cap::Version version, std::uint8_t flags) {
    const auto name_index = text(name);
    return add(cap::ExportPackage{flags, name_index, version, aid});
  }

  void add_referenced() {
    for (const auto name : packages_)
      for (const auto& [used, version] : program_.used())
        if (used->name == name) file_.referenced_packages.push_back(package(name, used->aid, version, kLibrary));
  }

  cap::ExportClass class_item(Unit& unit) {
    cap::ExportClass item;
    item.token = unit.token;
    item.access_flags = static_cast<std::uint16_t>(unit.file.access & kClassFlags);
    if (unit.is_shareable) item.access_flags |= kShareable;
    item.name_index = class_index(unit.file.name);
    if (!unit.is_interface()) add_supers(item, {&unit, nullptr});
    for (const auto& interface : program_.interfaces_of({&unit, nullptr}))
      if (interface.unit != &unit)
        item.interfaces.push_back(
            class_index(interface.unit != nullptr ? interface.unit->file.name : interface.external->name));
    for (const auto& field : unit.fields)
      if (field.is_visible()) item.fields.push_back(field_item(field));
    if (unit.is_interface())
      add_interface_methods(item, unit);
    else
      add_class_methods(item, unit);
    item.cap22_inheritable_public_method_tokens = unit.is_interface() ? 0 : unit.public_tokens;
    return item;
  }

  // JCVM 3.1 §5.7: all super classes; the most general comes first.
  void add_supers(cap::ExportClass& item, TypeRef type) {
    for (auto super = program_.super_of(type); super; super = program_.super_of(super)) {
      if (item.supers.size() > UINT8_MAX) break;
      item.supers.push_back(class_index(super.unit != nullptr ? super.unit->file.name : super.external->name));
    }
    std::ranges::reverse(item.supers);
  }

  cap::ExportField field_item(const FieldUnit& field) {
    cap::ExportField item;
    item.access_flags = static_cast<std::uint16_t>(field.source->access & kFieldFlags);
    item.name_index = text(field.source->name);
    item.descriptor_index = text(field.source->descriptor);
    item.token = field.token;
    if (!field.constant) return item;
    // JCVM 3.1 §5.8: a compile-time constant has its value and no token.
    item.token = kNoToken;
    const auto value = add(cap::ExportInteger{*field.constant});
    item.attributes.push_back(
        {text("ConstantValue"), {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value & 0xFF)}});
    return item;
  }

  void add_interface_methods(cap::ExportClass& item, Unit& unit) {
    const auto methods = interface_methods(program_, {&unit, nullptr});
    for (std::size_t token = 0; token < methods.size(); ++token)
      item.methods.push_back({static_cast<std::uint8_t>(token), classfile::kPublic | classfile::kAbstract,
                              text(methods[token].name), text(methods[token].descriptor)});
  }

  // Its own, then those that it inherits, each with the token that it has here.
  void add_class_methods(cap::ExportClass& item, Unit& unit) {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (auto* each = &unit; each != nullptr; each = each->super.unit) {
      for (const auto& method : each->methods) {
        if (!method.is_visible() || method.is_class_initializer() || (each != &unit && !method.is_virtual())) continue;
        if (!seen.emplace(method.name, method.descriptor).second) continue;
        item.methods.push_back({method.token, static_cast<std::uint16_t>(method.access & kMethodFlags),
                                text(method.name), text(method.descriptor)});
      }
      if (each->super.external == nullptr) continue;
      for (const auto& method : each->super.external->methods) {
        if (!method.is_virtual() || !seen.emplace(method.name, method.descriptor).second) continue;
        unsigned access = method.is_protected ? classfile::kProtected : classfile::kPublic;
        if (method.is_final) access |= classfile::kFinal;
        if (method.is_abstract) access |= classfile::kAbstract;
        item.methods.push_back(
            {method.token, static_cast<std::uint16_t>(access), text(method.name), text(method.descriptor)});
      }
    }
  }

  Program& program_;
  cap::ExportFile file_;
  std::map<std::string, std::uint16_t> texts_;
  std::map<std::string, std::uint16_t> classes_;
  std::set<std::string_view> packages_;
};

}  // namespace

std::optional<cap::ExportFile> make_export_file(Program& program) {
  if (std::ranges::none_of(program.units(), [](const Unit* unit) { return unit->token != kNoToken; }))
    return std::nullopt;
  return ExportMaker(program).run();
}

}  // namespace cose::convert::detail
