// SPDX-License-Identifier: Apache-2.0
// Octets of components into the model. Each component has a function; parse_leniently() goes on where one fails, for
// dumps and reports, parse() does not.
//
// Errors: kInvalid, "Class component: class at offset 18: expected 2 octets at position 26, found 1", positions in
// the component's info item; kUnsupported for a format version that we do not know.
#pragma once

#include <map>

#include "bytes/result.h"
#include "cap/container.h"
#include "cap/model.h"

namespace cose::cap {

[[nodiscard]] Result<Header> parse_header(ByteView info);
[[nodiscard]] Result<Directory> parse_directory(ByteView info, Format format);
[[nodiscard]] Result<std::vector<AppletInfo>> parse_applet(ByteView info, Format format);
[[nodiscard]] Result<std::vector<PackageInfo>> parse_import(ByteView info);
[[nodiscard]] Result<std::vector<Constant>> parse_constant_pool(ByteView info);
[[nodiscard]] Result<ClassComponent> parse_class(ByteView info, Format format);
[[nodiscard]] Result<std::vector<MethodBlock>> parse_method(ByteView info, Format format);
[[nodiscard]] Result<StaticFieldComponent> parse_static_field(ByteView info);
[[nodiscard]] Result<std::vector<ReferenceLocations>> parse_reference_location(ByteView info, Format format);
[[nodiscard]] Result<std::vector<PackageExports>> parse_export(ByteView info, Format format);
[[nodiscard]] Result<DescriptorComponent> parse_descriptor(ByteView info, Format format);
[[nodiscard]] Result<std::vector<StaticResource>> parse_static_resources(ByteView info);

struct LenientParse {
  CapFile cap;
  std::map<ComponentTag, Error> errors;  // the components that could not be read; empty in `cap`

  [[nodiscard]] bool readable(ComponentTag tag) const { return !errors.contains(tag); }
};

// Without a readable Header nothing else is tried.
[[nodiscard]] LenientParse parse_leniently(const Components& components);

// All components readable and the mandatory ones there (JCVM 3.1 §6.2). Says nothing about what they mean together.
[[nodiscard]] Result<CapFile> parse(const Components& components);

}  // namespace cose::cap
