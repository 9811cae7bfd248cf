// SPDX-License-Identifier: Apache-2.0
#include "convert/detail/external.h"

#include <algorithm>

#include "api/api.h"

namespace cose::convert::detail {

namespace {

cap::Version version_of(const api::Version& version) {
  return {version.major, version.minor};
}

// An item without a version of its own has been there from the start.
cap::Version since_of(const api::Version& since, const api::Package& package) {
  return since == api::Version{} ? cap::Version{package.version.major, 0} : version_of(since);
}

ExternalClass from_api(const api::Class& type, const api::Package& package) {
  ExternalClass made;
  made.name = type.name;
  made.token = type.token;
  made.is_interface = type.is_interface();
  made.is_shareable = (type.flags & api::kShareable) != 0;
  made.is_remote = (type.flags & api::kRemote) != 0;
  made.is_final = (type.flags & api::kFinal) != 0;
  made.is_abstract = (type.flags & api::kAbstract) != 0;
  if (!made.is_interface) made.super = type.super;
  made.interfaces.assign(type.interfaces.begin(), type.interfaces.end());
  for (const auto& method : type.methods)
    made.methods.push_back({method.name, method.descriptor, method.token, (method.flags & api::kStatic) != 0,
                            (method.flags & api::kProtected) != 0, (method.flags & api::kFinal) != 0,
                            (method.flags & api::kAbstract) != 0, since_of(method.since, package)});
  for (const auto& field : type.fields)
    made.fields.push_back({field.name, field.descriptor, field.token, (field.flags & api::kStatic) != 0, field.value,
                           since_of(field.since, package)});
  // The table does not say when a class came; none of its own members is older than it.
  made.since = {package.version.major, 0};
  std::optional<cap::Version> oldest;
  for (const auto& method : made.methods)
    if (!method.is_virtual() || made.is_interface) oldest = oldest ? std::min(*oldest, method.since) : method.since;
  if (oldest) made.since = *oldest;
  return made;
}

// JVMS 8 tables 4.1-A and 4.6-A; shareable and remote are JCVM 3.1 table 5-3.
enum ExportFlag : std::uint16_t {
  kProtected = 0x0004,
  kStatic = 0x0008,
  kFinal = 0x0010,
  kInterface = 0x0200,
  kAbstract = 0x0400,
  kShareable = 0x0800,
  kRemote = 0x1000,
};

ExternalClass from_export_file(const cap::ExportClass& type, const cap::ExportFile& file, cap::Version since) {
  ExternalClass made;
  made.name = file.class_name(type.name_index);
  made.token = type.token;
  made.is_interface = (type.access_flags & kInterface) != 0;
  made.is_shareable = (type.access_flags & kShareable) != 0;
  made.is_remote = (type.access_flags & kRemote) != 0;
  made.is_final = (type.access_flags & kFinal) != 0;
  made.is_abstract = (type.access_flags & kAbstract) != 0;
  if (!made.is_interface && !type.supers.empty()) made.super = file.class_name(type.supers.back());
  for (const auto index : type.interfaces) made.interfaces.push_back(file.class_name(index));
  for (const auto& method : type.methods)
    made.methods.push_back({file.utf8(method.name_index), file.utf8(method.descriptor_index), method.token,
                            (method.access_flags & kStatic) != 0, (method.access_flags & kProtected) != 0,
                            (method.access_flags & kFinal) != 0, (method.access_flags & kAbstract) != 0, since});
  for (const auto& field : type.fields)
    made.fields.push_back({file.utf8(field.name_index), file.utf8(field.descriptor_index), field.token,
                           (field.access_flags & kStatic) != 0, file.constant_value(field), since});
  made.since = since;
  return made;
}

}  // namespace

std::uint8_t ExternalClass::virtual_tokens() const {
  unsigned tokens = 0;
  for (const auto& method : methods)
    if (method.is_virtual()) tokens = std::max(tokens, method.token + 1U);
  return static_cast<std::uint8_t>(std::min(tokens, 0xFFU));
}

const ExternalMethod* ExternalClass::find_method(std::string_view wanted, std::string_view descriptor) const {
  const auto found = std::ranges::find_if(
      methods, [&](const ExternalMethod& each) { return each.name == wanted && each.descriptor == descriptor; });
  return found == methods.end() ? nullptr : &*found;
}

const ExternalField* ExternalClass::find_field(std::string_view wanted, std::string_view descriptor) const {
  const auto found = std::ranges::find_if(
      fields, [&](const ExternalField& each) { return each.name == wanted && each.descriptor == descriptor; });
  return found == fields.end() ? nullptr : &*found;
}

Externals::Externals(std::span<const cap::ExportFile> libraries) {
  for (const auto& file : libraries) add_library(file);
  add_api();
}

// The first that comes counts: a library before the API.
void Externals::add(ExternalClass added) {
  const auto& kept = classes_.emplace_back(std::move(added));
  by_name_.emplace(kept.name, &kept);
}

void Externals::add_api() {
  for (const auto& package : api::packages()) {
    const auto& made = packages_.emplace_back(
        ExternalPackage{package.name, to_bytes(as_bytes(package.aid)), version_of(package.version)});
    for (const auto& type : package.classes) {
      auto added = from_api(type, package);
      added.package = &made;
      add(std::move(added));
    }
  }
}

void Externals::add_library(const cap::ExportFile& file) {
  const auto& package = file.package(file.this_package);
  const auto& made =
      packages_.emplace_back(ExternalPackage{file.utf8(package.name_index), package.aid, package.version});
  for (const auto& type : file.classes) {
    auto added = from_export_file(type, file, package.version);
    added.package = &made;
    add(std::move(added));
  }
}

const ExternalClass* Externals::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

bool Externals::has_package(std::string_view name) const {
  return std::ranges::any_of(packages_, [&](const ExternalPackage& each) { return each.name == name; });
}

}  // namespace cose::convert::detail
