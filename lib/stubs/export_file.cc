// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>

#include "stubs/detail/access.h"
#include "stubs/stubs.h"

namespace cose::stubs {

namespace {

// JCVM 3.1 §5.6.1: ACC_LIBRARY, a package without applets.
constexpr std::uint8_t kLibrary = 1;

class ExportFileMaker {
 public:
  ExportFileMaker(const api::Package& package, ExportFormat format) : package_(package) {
    file_.format = {2, static_cast<std::uint8_t>(format == ExportFormat::k21 ? 1 : 3)};
  }

  cap::ExportFile make() {
    file_.this_package = package_constant(package_);
    for (const auto& type : package_.classes) file_.classes.push_back(class_item(type));
    if (file_.format.minor >= 3)
      for (const auto& name : referenced_)
        if (const auto* other = api::find_package(name); other != nullptr)
          file_.referenced_packages.push_back(package_constant(*other));
    return std::move(file_);
  }

 private:
  template <typename Constant>
  std::uint16_t add(Constant constant) {
    file_.constants.emplace_back(std::move(constant));
    return static_cast<std::uint16_t>(file_.constants.size() - 1);
  }

  std::uint16_t utf8(std::string_view text) {
    const auto [found, is_new] = texts_.emplace(std::string(text), std::uint16_t{0});
    if (is_new) found->second = add(cap::ExportUtf8{std::string(text)});
    return found->second;
  }

  std::uint16_t integer(std::int32_t value) {
    const auto [found, is_new] = integers_.emplace(value, std::uint16_t{0});
    if (is_new) found->second = add(cap::ExportInteger{value});
    return found->second;
  }

  std::uint16_t class_reference(std::string_view name) {
    note_package_of(name);
    const auto text = utf8(name);
    const auto [found, is_new] = classes_.emplace(std::string(name), std::uint16_t{0});
    if (is_new) found->second = add(cap::ExportClassref{text});
    return found->second;
  }

  std::uint16_t package_constant(const api::Package& package) {
    const auto name = utf8(package.name);
    return add(cap::ExportPackage{.flags = kLibrary,
                                  .name_index = name,
                                  .version = {package.version.major, package.version.minor},
                                  .aid = to_bytes(as_bytes(package.aid))});
  }

  std::uint16_t descriptor(std::string_view text) {
    for (auto start = text.find('L'); start != std::string_view::npos; start = text.find('L', start)) {
      const auto end = text.find(';', start);
      note_package_of(text.substr(start + 1, end - start - 1));
      start = end;
    }
    return utf8(text);
  }

  void note_package_of(std::string_view class_name) {
    const auto name = api::package_of(class_name);
    if (name != package_.name) referenced_.emplace(name);
  }

  cap::ExportClass class_item(const api::Class& type) {
    cap::ExportClass item;
    item.token = type.token;
    item.access_flags = access_of(type.flags);
    if ((type.flags & api::kShareable) != 0) item.access_flags |= kAccessShareable;
    if ((type.flags & api::kRemote) != 0) item.access_flags |= kAccessRemote;
    item.name_index = class_reference(type.name);
    add_supers(item, type.super);
    for (const auto interface : type.interfaces) item.interfaces.push_back(class_reference(interface));
    for (const auto& field : type.fields) item.fields.push_back(field_item(field));
    for (const auto& method : type.methods)
      item.methods.push_back({.token = method.token,
                              .access_flags = access_of(method.flags),
                              .name_index = utf8(method.name),
                              .descriptor_index = descriptor(method.descriptor)});
    item.cap22_inheritable_public_method_tokens = type.inheritable_methods;
    return item;
  }

  // JCVM 3.1 §5.7: all super classes; the most general comes first.
  void add_supers(cap::ExportClass& item, std::string_view super) {
    const auto* type = api::find_class(super);
    if (type == nullptr) return;
    add_supers(item, type->super);
    item.supers.push_back(class_reference(super));
  }

  // JCVM 3.1 §5.8: a compile-time constant has no token, but its value as attribute.
  cap::ExportField field_item(const api::Field& field) {
    cap::ExportField item{.token = field.value ? api::kNoToken : field.token,
                          .access_flags = access_of(field.flags),
                          .name_index = utf8(field.name),
                          .descriptor_index = descriptor(field.descriptor),
                          .attributes = {}};
    if (!field.value) return item;
    const auto value = integer(*field.value);
    const auto high = static_cast<std::uint8_t>(value >> 8);
    item.attributes.push_back(
        {.name_index = utf8("ConstantValue"), .info = {high, static_cast<std::uint8_t>(value & 0xFF)}});
    return item;
  }

  const api::Package& package_;
  cap::ExportFile file_;
  std::map<std::string, std::uint16_t, std::less<>> texts_;
  std::map<std::string, std::uint16_t, std::less<>> classes_;
  std::map<std::int32_t, std::uint16_t> integers_;
  std::set<std::string, std::less<>> referenced_;
};

}  // namespace

cap::ExportFile export_file(const api::Package& package, ExportFormat format) {
  return ExportFileMaker(package, format).make();
}

}  // namespace cose::stubs
