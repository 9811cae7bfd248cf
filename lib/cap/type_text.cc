// SPDX-License-Identifier: Apache-2.0
#include "cap/type_text.h"

namespace cose::cap {

namespace {

std::optional<Type> read_type(const TypeDescriptor& descriptor, std::size_t& at) {
  const auto nibble = [&](std::size_t index) {
    return static_cast<std::uint8_t>(index % 2 == 0 ? descriptor.type[index / 2] >> 4
                                                    : descriptor.type[index / 2] & 0x0F);
  };
  const auto value = nibble(at++);
  const bool array = (value & kArrayNibble) != 0;
  const auto kind = static_cast<std::uint8_t>(value & 0x07);
  // There is no array of void.
  if (kind < (array ? 2 : 1) || kind > static_cast<std::uint8_t>(TypeKind::kReference)) return std::nullopt;
  Type type{static_cast<TypeKind>(kind), array, {}};
  if (type.kind != TypeKind::kReference) return type;
  if (descriptor.nibble_count - at < 4) return std::nullopt;
  type.reference.value = 0;
  for (int count = 0; count < 4; ++count)
    type.reference.value = static_cast<std::uint16_t>(type.reference.value << 4 | nibble(at++));
  return type;
}

}  // namespace

std::optional<std::vector<Type>> parse_type(const TypeDescriptor& descriptor) {
  std::vector<Type> types;
  for (std::size_t at = 0; at < descriptor.nibble_count;) {
    const auto type = read_type(descriptor, at);
    if (!type) return std::nullopt;
    types.push_back(*type);
  }
  const auto written = make_type(types);
  if (types.empty() || written.nibble_count != descriptor.nibble_count || written.type != descriptor.type)
    return std::nullopt;
  return types;
}

TypeDescriptor make_type(const std::vector<Type>& types) {
  TypeDescriptor descriptor;
  std::size_t count = 0;
  const auto add = [&](unsigned nibble) {
    if (count % 2 == 0) {
      descriptor.type.push_back(static_cast<std::uint8_t>(nibble << 4));
    } else {
      descriptor.type.back() |= static_cast<std::uint8_t>(nibble);
    }
    ++count;
  };
  for (const auto& type : types) {
    add(static_cast<unsigned>(type.kind) | (type.array ? kArrayNibble : 0U));
    if (type.kind != TypeKind::kReference) continue;
    for (int shift = 12; shift >= 0; shift -= 4) add(type.reference.value >> shift & 0x0FU);
  }
  descriptor.nibble_count = static_cast<std::uint8_t>(count);
  return descriptor;
}

}  // namespace cose::cap
