// SPDX-License-Identifier: Apache-2.0
// The constant pool: each entry to the class, field or method that it names, whether code uses it or not.
#include <fmt/format.h>

#include "jcvm/detail/linking.h"

namespace cose::jcvm::detail {

namespace {

Status check_done(const Method& method, const std::string& what) {
  if (method.package->native && method.native == nullptr && !method.is_abstract)
    return fail(ErrorKind::kUnsupported, fmt::format("{} ({}) is not implemented", what, method.name));
  return {};
}

std::string member(const Linking& linking, const cap::Constant& constant, std::string_view kind) {
  if (constant.class_ref().external())
    return fmt::format("package {} class {} {} {}", linking.import_name(constant.class_ref().package_token()),
                       constant.class_ref().class_token(), kind, constant.token());
  return fmt::format("class at 0x{:04X} {} {}", constant.class_ref().value, kind, constant.token());
}

Result<Site> link_class(const Linking& linking, const cap::Constant& constant) {
  Site site;
  COSE_TRY(site.type, linking.resolve(constant.class_ref()));
  if (constant.class_ref().external()) site.import = constant.class_ref().package_token();
  return site;
}

Result<Site> link_field(const Linking& linking, const cap::Constant& constant) {
  COSE_TRY(auto site, link_class(linking, constant));
  if (site.type->is_interface || constant.token() >= site.type->own_cells())
    return fail(ErrorKind::kNotFound,
                fmt::format("{}: the class has {} cells", member(linking, constant, "field"), site.type->own_cells()));
  site.value = static_cast<std::uint16_t>(site.type->first_cell + 2 * constant.token());
  return site;
}

Result<Site> link_virtual(const Linking& linking, const cap::Constant& constant) {
  const bool super = constant.tag == cap::ConstantTag::kSuperMethodref;
  COSE_TRY(auto site, link_class(linking, constant));
  const auto what = member(linking, constant, "virtual method");
  if (site.type->is_interface) return fail(ErrorKind::kInvalid, what + ": that is an interface");
  if (super) site.type = site.type->super;
  if (site.type == nullptr) return fail(ErrorKind::kInvalid, what + ": there is no super class");
  const bool package_visible = (constant.token() & cap::kPackageVisible) != 0;
  if (package_visible && site.type->package != &linking.package)
    return fail(ErrorKind::kInvalid, what + ": visible in another package only");
  const auto token = static_cast<std::uint8_t>(constant.token() & ~cap::kPackageVisible);
  const auto& table = package_visible ? site.type->package_methods : site.type->virtual_methods;
  site.method = token < table.size() ? table[token] : nullptr;
  if (site.method == nullptr) return fail(ErrorKind::kNotFound, what + ": there is none");
  if (super && site.method->is_abstract) return fail(ErrorKind::kInvalid, what + ": abstract");
  COSE_CHECK(check_done(*site.method, what));
  site.value = constant.token();
  return site;
}

Result<Site> link_static_method(const Linking& linking, const cap::Constant& constant) {
  Site site;
  if (!constant.external_static()) {
    site.method = linking.find_method(constant.method());
    if (site.method == nullptr || site.method->is_abstract)
      return fail(ErrorKind::kInvalid, fmt::format("static method at 0x{:04X}: {}", constant.method().offset,
                                                   site.method == nullptr ? "there is none" : "it is abstract"));
    return site;
  }
  const auto what = fmt::format("package {} class {} static method {}", linking.import_name(constant.package_token()),
                                constant.class_token(), constant.token());
  COSE_TRY(const auto* exported, linking.resolve_external(constant.package_token(), constant.class_token()));
  if (constant.token() < exported->static_methods.size()) site.method = exported->static_methods[constant.token()];
  if (site.method == nullptr) return fail(ErrorKind::kNotFound, what + ": there is none");
  COSE_CHECK(check_done(*site.method, what));
  site.type = exported->type;
  site.import = constant.package_token();
  return site;
}

Result<Site> link_static_field(const Linking& linking, const cap::Constant& constant) {
  Site site;
  site.value = constant.static_field_offset();
  if (!constant.external_static()) return site;
  COSE_TRY(const auto* exported, linking.resolve_external(constant.package_token(), constant.class_token()));
  if (constant.token() >= exported->static_fields.size())
    return fail(ErrorKind::kNotFound,
                fmt::format("package {} class {} static field {}: there is none",
                            linking.import_name(constant.package_token()), constant.class_token(), constant.token()));
  site.value = exported->static_fields[constant.token()];
  site.import = constant.package_token();
  return site;
}

Result<Site> link_constant(const Linking& linking, const cap::Constant& constant) {
  switch (constant.tag) {
    case cap::ConstantTag::kClassref: return link_class(linking, constant);
    case cap::ConstantTag::kInstanceFieldref: return link_field(linking, constant);
    case cap::ConstantTag::kVirtualMethodref:
    case cap::ConstantTag::kSuperMethodref: return link_virtual(linking, constant);
    case cap::ConstantTag::kStaticFieldref: return link_static_field(linking, constant);
    case cap::ConstantTag::kStaticMethodref: return link_static_method(linking, constant);
  }
  return fail(ErrorKind::kInvalid, fmt::format("tag {} is none", static_cast<unsigned>(constant.tag)));
}

}  // namespace

Status link_constants(Linking& linking) {
  for (std::size_t at = 0; at < linking.cap.constants.size(); ++at) {
    auto site = link_constant(linking, linking.cap.constants[at]);
    if (!site) return std::unexpected(site.error().within(fmt::format("constant {}", at)));
    site->tag = linking.cap.constants[at].tag;
    linking.package.sites.push_back(*site);
  }
  return {};
}

}  // namespace cose::jcvm::detail
