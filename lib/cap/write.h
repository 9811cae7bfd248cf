// SPDX-License-Identifier: Apache-2.0
// The model back into octets. Writes what it is given, right or wrong; only counts and sizes that their field cannot
// hold are an error (kLimit, naming the field).
#pragma once

#include "bytes/result.h"
#include "cap/container.h"
#include "cap/model.h"

namespace cose::cap {

[[nodiscard]] Result<Bytes> write_header(const Header& header);
[[nodiscard]] Result<Bytes> write_directory(const Directory& directory, Format format);
[[nodiscard]] Result<Bytes> write_applet(const std::vector<AppletInfo>& applets, Format format);
[[nodiscard]] Result<Bytes> write_import(const std::vector<PackageInfo>& imports);
[[nodiscard]] Result<Bytes> write_constant_pool(const std::vector<Constant>& constants);
[[nodiscard]] Result<Bytes> write_class(const ClassComponent& classes, Format format);
[[nodiscard]] Result<Bytes> write_method(const std::vector<MethodBlock>& blocks, Format format);
[[nodiscard]] Result<Bytes> write_static_field(const StaticFieldComponent& fields);
[[nodiscard]] Result<Bytes> write_reference_location(const std::vector<ReferenceLocations>& blocks, Format format);
[[nodiscard]] Result<Bytes> write_export(const std::vector<PackageExports>& packages, Format format);
[[nodiscard]] Result<Bytes> write_descriptor(const DescriptorComponent& descriptor, Format format);
[[nodiscard]] Result<Bytes> write_static_resources(const std::vector<StaticResource>& resources);

// What an entry of the Class component takes in octets.
[[nodiscard]] std::size_t size_of(const ClassEntry& entry, Format format);

// All of them. Custom components are not part of the model; the caller adds them.
[[nodiscard]] Result<Components> write(const CapFile& cap);

}  // namespace cose::cap
