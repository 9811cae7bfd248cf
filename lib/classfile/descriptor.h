// SPDX-License-Identifier: Apache-2.0
// Types of fields and methods (JVMS 8 §4.3). Error: kInvalid, with the descriptor.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/result.h"

namespace cose::classfile {

struct FieldType {
  char kind = 'V';  // B C D F I J S Z, L for a class, V for void
  std::uint8_t dimensions = 0;
  std::string class_name = {};  // of L: "javacard/framework/APDU"

  [[nodiscard]] bool is_reference() const { return kind == 'L' || dimensions != 0; }
  friend bool operator==(const FieldType&, const FieldType&) = default;
};

struct MethodType {
  std::vector<FieldType> parameters;
  FieldType result;
};

[[nodiscard]] Result<FieldType> parse_field_descriptor(std::string_view descriptor);
[[nodiscard]] Result<MethodType> parse_method_descriptor(std::string_view descriptor);

// "byte[]", "javacard.framework.APDU": as Java source has it.
[[nodiscard]] std::string to_java(const FieldType& type);

}  // namespace cose::classfile
