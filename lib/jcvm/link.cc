// SPDX-License-Identifier: Apache-2.0
#include "jcvm/link.h"

#include <algorithm>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "cap/parse.h"
#include "cap/verify.h"
#include "jcvm/detail/linking.h"

namespace cose::jcvm {

namespace detail {

namespace {

const ExportedPackage* version_match(const Package& candidate, const cap::PackageInfo& wanted) {
  const auto* found = candidate.find(wanted.aid);
  if (found == nullptr) return nullptr;
  const auto& version = found->info.version;
  return version.major == wanted.version.major && version.minor >= wanted.version.minor ? found : nullptr;
}

std::string describe(const cap::PackageInfo& info) {
  return fmt::format("{} {}.{}", to_hex(info.aid), info.version.major, info.version.minor);
}

}  // namespace

std::string Linking::import_name(std::uint8_t token) const {
  return token < cap.imports.size() ? describe(cap.imports[token]) : fmt::format("import {}", token);
}

Result<const ExportedClass*> Linking::resolve_external(std::uint8_t package_token, std::uint8_t class_token) const {
  if (package_token >= cap.imports.size())
    return fail(ErrorKind::kNotFound, fmt::format("import {} of {}", package_token, cap.imports.size()));
  const auto* found = package.imports[package_token]->find_class(cap.imports[package_token].aid, class_token);
  if (found == nullptr || found->type == nullptr)
    return fail(ErrorKind::kNotFound,
                fmt::format("package {} has no class {}", import_name(package_token), class_token));
  return found;
}

Result<const Class*> Linking::resolve(cap::ClassRef ref) const {
  if (ref.none()) return fail(ErrorKind::kNotFound, "a class reference of 0xFFFF names none");
  if (ref.external()) {
    COSE_TRY(const auto* found, resolve_external(ref.package_token(), ref.class_token()));
    return found->type;
  }
  const auto found = classes.find(ref.value);
  if (found == classes.end())
    return fail(ErrorKind::kInvalid, fmt::format("no class starts at offset 0x{:04X}, or it stands later", ref.value));
  return found->second;
}

const Method* Linking::find_method(cap::MethodLocation location) const {
  const auto found = methods.find(location);
  return found == methods.end() ? nullptr : found->second;
}

Status link_imports(Linking& linking) {
  for (const auto& wanted : linking.cap.imports) {
    std::shared_ptr<const Package> match;
    std::string other;
    for (const auto& candidate : linking.available) {
      if (version_match(*candidate, wanted) != nullptr) match = candidate;
      if (const auto* found = candidate->find(wanted.aid)) other = describe(found->info);
    }
    if (match == nullptr)
      return fail(ErrorKind::kNotFound, fmt::format("import of package {}: the card has {}", describe(wanted),
                                                    other.empty() ? "none" : other));
    linking.package.imports.push_back(match);
  }
  return {};
}

namespace {

Status link_exports(Linking& linking) {
  const auto& cap = linking.cap;
  for (std::size_t at = 0; at < cap.header.packages.size(); ++at) {
    ExportedPackage exported{cap.header.packages[at], {}};
    if (cap.exports && at < cap.exports->size())
      for (const auto& each : (*cap.exports)[at]) {
        COSE_TRY(const auto* type, linking.resolve({each.class_offset}));
        ExportedClass exported_class{type, each.static_field_offsets, {}};
        for (const auto location : each.static_methods)
          exported_class.static_methods.push_back(linking.find_method(location));
        exported.classes.push_back(std::move(exported_class));
      }
    linking.package.exports.push_back(std::move(exported));
  }
  return {};
}

Status link_applets(Linking& linking) {
  if (!linking.cap.applets) return {};
  for (const auto& applet : *linking.cap.applets) {
    const auto* install = linking.find_method(applet.install_method);
    // JCRE 3.1 §3.1: install(byte[], short, byte).
    if (install == nullptr || install->is_abstract || install->argument_words != 3)
      return fail(ErrorKind::kInvalid,
                  fmt::format("applet {}: its install method takes {} words, expected 3", to_hex(applet.aid),
                              install == nullptr ? 0 : install->argument_words));
    linking.package.applets.push_back({applet.aid, install});
  }
  return {};
}

Status link_statics(Linking& linking) {
  const auto& fields = linking.cap.static_fields;
  auto& statics = linking.package.statics;
  statics.reference_count = fields.reference_count;
  statics.arrays = fields.array_init;
  statics.initial.assign(std::size_t{2} * fields.reference_count + fields.default_value_count, 0);
  append(statics.initial, fields.non_default_values);
  for (const auto& array : statics.arrays)
    if (array.values.size() / element_size(static_cast<ObjectKind>(array.type)) > kMaximumArrayLength)
      return fail(ErrorKind::kInvalid, fmt::format("an initialised array of {} octets", array.values.size()));
  return {};
}

Status check_structure(const cap::Components& components) {
  for (const auto& finding : cap::verify(components).findings)
    if (finding.severity == cap::Severity::kError)
      return fail(ErrorKind::kInvalid,
                  fmt::format("{} at 0x{:04X}: {}", cap::name_of(finding.component), finding.offset, finding.message));
  return {};
}

Status build(Linking& linking) {
  COSE_CHECK(link_imports(linking));
  COSE_CHECK(link_methods(linking));
  COSE_CHECK(link_classes(linking));
  COSE_CHECK(link_statics(linking));
  COSE_CHECK(link_constants(linking));
  COSE_CHECK(link_code(linking));
  COSE_CHECK(link_exports(linking));
  return link_applets(linking);
}

}  // namespace

}  // namespace detail

Result<std::shared_ptr<const Package>> link(const cap::Components& components, Packages available,
                                            const LinkOptions& options) {
  auto package = std::make_shared<Package>();
  package->identity = options.identity;
  if (options.identity.size() > Package::kMaximumIdentity)
    return fail(ErrorKind::kLimit, fmt::format("an identity of {} octets", options.identity.size()));
  if (auto status = detail::check_structure(components); !status) return std::unexpected(status.error());
  COSE_TRY(const auto cap, cap::parse(components));
  package->name = cap.header.package_names.empty() || cap.header.package_names[0].empty()
                      ? to_hex(cap.header.packages[0].aid)
                      : cap.header.package_names[0];
  if (cap.static_resources) package->resources = *cap.static_resources;
  detail::Linking linking{cap, *package, available, options, {}, {}, {}, {}};
  if (auto status = detail::build(linking); !status)
    return std::unexpected(status.error().within(fmt::format("package {}", package->name)));
  return package;
}

const ExportedPackage* Package::find(ByteView aid) const {
  const auto found =
      std::ranges::find_if(exports, [&](const ExportedPackage& each) { return equal(each.info.aid, aid); });
  return found == exports.end() ? nullptr : &*found;
}

const ExportedClass* Package::find_class(ByteView aid, std::uint8_t token) const {
  const auto* package = find(aid);
  return package != nullptr && token < package->classes.size() ? &package->classes[token] : nullptr;
}

const Class* Package::find_class(std::string_view class_name) const {
  const auto found =
      std::ranges::lower_bound(by_name, class_name, {}, [](const Class* type) { return std::string_view(type->name); });
  return found != by_name.end() && (*found)->name == class_name ? *found : nullptr;
}

const InterfaceTable* Class::find_interface(const Class& interface) const {
  for (const auto& table : interfaces)
    if (table.type == &interface) return &table;
  return nullptr;
}

bool Class::derives_from(const Class& other) const {
  if (this == &other) return true;
  if (is_interface)
    return other.is_interface ? std::ranges::find(super_interfaces, &other) != super_interfaces.end()
                              : other.super == nullptr;
  if (other.is_interface) return find_interface(other) != nullptr;
  const auto depth = other.ancestors.size() - 1;
  return depth < ancestors.size() && ancestors[depth] == &other;
}

}  // namespace cose::jcvm
