// SPDX-License-Identifier: Apache-2.0
// type_descriptors as lists of types (JCVM 3.1 §6.9.1 table 6-10): a field's type, or a method's parameters followed
// by what it returns.
#pragma once

#include <optional>
#include <vector>

#include "cap/model.h"

namespace cose::cap {

// Nibble values; kArray is added to the element's.
enum class TypeKind : std::uint8_t { kVoid = 1, kBoolean = 2, kByte = 3, kShort = 4, kInt = 5, kReference = 6 };
inline constexpr std::uint8_t kArrayNibble = 8;

struct Type {
  TypeKind kind{};
  bool array = false;
  ClassRef reference;  // of kReference

  friend bool operator==(const Type&, const Type&) = default;
};

// Nothing when the nibbles are no types, or when writing the types would give other octets.
[[nodiscard]] std::optional<std::vector<Type>> parse_type(const TypeDescriptor& descriptor);
// The types must fit 255 nibbles: one each, five for a reference.
[[nodiscard]] TypeDescriptor make_type(const std::vector<Type>& types);

}  // namespace cose::cap
