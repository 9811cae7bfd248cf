// SPDX-License-Identifier: Apache-2.0
#include "cap/parse.h"

#include "cap/detail/fields.h"

namespace cose::cap {

namespace {

class Lenient {
 public:
  explicit Lenient(const Components& components) : components_(components) {}

  LenientParse run() && {
    if (read(ComponentTag::kHeader, parsed_.cap.header, parse_header)) read_others();
    return std::move(parsed_);
  }

 private:
  void read_others() {
    const auto format = parsed_.cap.header.shape();
    const auto with_format = [format](auto parse_component) {
      return [format, parse_component](ByteView info) { return parse_component(info, format); };
    };
    auto& cap = parsed_.cap;
    read(ComponentTag::kDirectory, cap.directory, with_format(parse_directory));
    read(ComponentTag::kApplet, cap.applets, with_format(parse_applet));
    read(ComponentTag::kImport, cap.imports, parse_import);
    read(ComponentTag::kConstantPool, cap.constants, parse_constant_pool);
    read(ComponentTag::kClass, cap.classes, with_format(parse_class));
    read(ComponentTag::kMethod, cap.method_blocks, with_format(parse_method));
    read(ComponentTag::kStaticField, cap.static_fields, parse_static_field);
    read(ComponentTag::kReferenceLocation, cap.reference_locations, with_format(parse_reference_location));
    read(ComponentTag::kExport, cap.exports, with_format(parse_export));
    read(ComponentTag::kDescriptor, cap.descriptor, with_format(parse_descriptor));
    read(ComponentTag::kStaticResources, cap.static_resources, parse_static_resources);
    if (const auto* debug = components_.find(ComponentTag::kDebug)) cap.debug = *debug;
  }

  template <typename Target, typename Parse>
  bool read(ComponentTag tag, Target& target, Parse parse_component) {
    const auto* info = components_.find(tag);
    if (info == nullptr) return false;
    auto component = parse_component(ByteView(*info));
    if (!component) {
      parsed_.errors.emplace(tag, component.error().within(name_of(tag) + " component"));
      return false;
    }
    target = *std::move(component);
    return true;
  }

  const Components& components_;
  LenientParse parsed_;
};

}  // namespace

LenientParse parse_leniently(const Components& components) {
  return Lenient(components).run();
}

Result<CapFile> parse(const Components& components) {
  for (const auto tag : kMandatoryComponents)
    if (components.find(tag) == nullptr)
      return fail(ErrorKind::kInvalid, "expected a " + name_of(tag) + " component, found none");
  auto parsed = parse_leniently(components);
  if (!parsed.errors.empty()) return std::unexpected(parsed.errors.begin()->second);
  return std::move(parsed.cap);
}

}  // namespace cose::cap
