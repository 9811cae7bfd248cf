// SPDX-License-Identifier: Apache-2.0
// The kinds of components in a CAP file: tag, name, how its size is written (JCVM 3.1 §6.2, tables 6-1 and 6-2).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cose::cap {

// Values from kFirstCustom to 255 are custom components; they keep their number.
enum class ComponentTag : std::uint8_t {
  kHeader = 1,
  kDirectory = 2,
  kApplet = 3,
  kImport = 4,
  kConstantPool = 5,
  kClass = 6,
  kMethod = 7,
  kStaticField = 8,
  kReferenceLocation = 9,
  kExport = 10,
  kDescriptor = 11,
  kDebug = 12,
  kStaticResources = 13,
  kFirstCustom = 128,
};

inline constexpr std::size_t kStandardComponents = 13;

// JCVM 3.1 §6.1: one package and 16-bit offsets, or several packages and blocks of methods.
enum class Layout { kCompact, kExtended };

[[nodiscard]] constexpr std::uint8_t number_of(ComponentTag tag) {
  return static_cast<std::uint8_t>(tag);
}
[[nodiscard]] constexpr bool is_custom(ComponentTag tag) {
  return tag >= ComponentTag::kFirstCustom;
}

// "Header", "RefLocation", ...: the names of the files in a CAP file's zip. Custom components: "Custom128".
[[nodiscard]] std::string name_of(ComponentTag tag);
[[nodiscard]] std::optional<ComponentTag> component_named(std::string_view name);

// Whether the size before this component's info is a u4 rather than a u2.
[[nodiscard]] bool has_long_size(ComponentTag tag, Layout layout);

// "Method.cap" or "Method.capx": components with long sizes carry the second ending.
[[nodiscard]] std::string file_name_of(ComponentTag tag, Layout layout);

// JCVM 3.1 §6.2. The Descriptor is mandatory in a CAP file, but not in what a card is sent.
inline constexpr std::array kMandatoryComponents = {
    ComponentTag::kHeader, ComponentTag::kDirectory, ComponentTag::kImport,      ComponentTag::kConstantPool,
    ComponentTag::kClass,  ComponentTag::kMethod,    ComponentTag::kStaticField, ComponentTag::kReferenceLocation};

// The order in which a load file carries the components (JCVM 3.1 §6.3 table 6-3). Custom components follow.
inline constexpr std::array kLoadOrder = {
    ComponentTag::kHeader,          ComponentTag::kDirectory,
    ComponentTag::kImport,          ComponentTag::kApplet,
    ComponentTag::kClass,           ComponentTag::kMethod,
    ComponentTag::kStaticField,     ComponentTag::kExport,
    ComponentTag::kConstantPool,    ComponentTag::kReferenceLocation,
    ComponentTag::kStaticResources, ComponentTag::kDescriptor,
};

}  // namespace cose::cap
