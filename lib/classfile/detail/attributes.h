// SPDX-License-Identifier: Apache-2.0
// Attributes of fields and methods (JVMS 8 §4.7): ConstantValue, Code and, in it, lines and names of variables.
#pragma once

#include <optional>

#include "bytes/reader.h"
#include "classfile/class_file.h"

namespace cose::classfile::detail {

struct Attribute {
  std::string_view name;
  ByteView info;
};

[[nodiscard]] Result<Attribute> read_attribute(Reader& reader, const ConstantPool& constants);
[[nodiscard]] Result<std::optional<std::uint16_t>> read_field_attributes(Reader& reader, const ConstantPool& constants);
[[nodiscard]] Result<std::optional<Code>> read_method_attributes(Reader& reader, const ConstantPool& constants);

}  // namespace cose::classfile::detail
