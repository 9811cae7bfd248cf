// SPDX-License-Identifier: Apache-2.0
#include "cap/write.h"

namespace cose::cap {

Result<Components> write(const CapFile& cap) {
  Components components;
  const auto format = cap.header.shape();
  const auto add = [&](ComponentTag tag, Result<Bytes> info) -> Status {
    if (!info) return std::unexpected(info.error().within(name_of(tag) + " component"));
    components.infos.emplace(tag, *std::move(info));
    return {};
  };
  COSE_CHECK(add(ComponentTag::kHeader, write_header(cap.header)));
  COSE_CHECK(add(ComponentTag::kDirectory, write_directory(cap.directory, format)));
  COSE_CHECK(add(ComponentTag::kImport, write_import(cap.imports)));
  if (cap.applets) COSE_CHECK(add(ComponentTag::kApplet, write_applet(*cap.applets, format)));
  COSE_CHECK(add(ComponentTag::kClass, write_class(cap.classes, format)));
  COSE_CHECK(add(ComponentTag::kMethod, write_method(cap.method_blocks, format)));
  COSE_CHECK(add(ComponentTag::kStaticField, write_static_field(cap.static_fields)));
  if (cap.exports) COSE_CHECK(add(ComponentTag::kExport, write_export(*cap.exports, format)));
  COSE_CHECK(add(ComponentTag::kConstantPool, write_constant_pool(cap.constants)));
  COSE_CHECK(add(ComponentTag::kReferenceLocation, write_reference_location(cap.reference_locations, format)));
  if (cap.static_resources)
    COSE_CHECK(add(ComponentTag::kStaticResources, write_static_resources(*cap.static_resources)));
  if (cap.descriptor) COSE_CHECK(add(ComponentTag::kDescriptor, write_descriptor(*cap.descriptor, format)));
  if (cap.debug) COSE_CHECK(add(ComponentTag::kDebug, *cap.debug));
  if (!cap.header.package_names.empty()) components.path = cap.header.package_names.front();
  return components;
}

}  // namespace cose::cap
