// SPDX-License-Identifier: Apache-2.0
#include "cap/component.h"

#include <charconv>

namespace cose::cap {

namespace {

constexpr std::array<std::string_view, kStandardComponents> kNames = {
    "Header",      "Directory",   "Applet", "Import",     "ConstantPool", "Class",          "Method",
    "StaticField", "RefLocation", "Export", "Descriptor", "Debug",        "StaticResources"};

constexpr std::string_view kCustomPrefix = "Custom";

std::optional<ComponentTag> custom_named(std::string_view name) {
  if (!name.starts_with(kCustomPrefix)) return std::nullopt;
  name.remove_prefix(kCustomPrefix.size());
  std::uint8_t tag = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), tag);
  if (parsed.ec != std::errc{} || parsed.ptr != name.data() + name.size()) return std::nullopt;
  if (tag < number_of(ComponentTag::kFirstCustom)) return std::nullopt;
  return static_cast<ComponentTag>(tag);
}

}  // namespace

std::string name_of(ComponentTag tag) {
  const auto number = number_of(tag);
  if (number >= 1 && number <= kStandardComponents) return std::string(kNames[number - 1U]);
  return std::string(kCustomPrefix) + std::to_string(number);
}

std::optional<ComponentTag> component_named(std::string_view name) {
  for (std::size_t at = 0; at < kNames.size(); ++at)
    if (kNames[at] == name) return static_cast<ComponentTag>(at + 1);
  return custom_named(name);
}

bool has_long_size(ComponentTag tag, Layout layout) {
  // JCVM 3.1 §6.16: StaticResources knows no compact form.
  if (tag == ComponentTag::kStaticResources) return true;
  if (layout == Layout::kCompact) return false;
  switch (tag) {
    // JCVM 3.1 §6.4 table 6-4, ACC_EXTENDED: these four and every custom component.
    case ComponentTag::kMethod:
    case ComponentTag::kReferenceLocation:
    case ComponentTag::kDescriptor:
    case ComponentTag::kDebug: return true;
    default: return is_custom(tag);
  }
}

std::string file_name_of(ComponentTag tag, Layout layout) {
  return name_of(tag) + (has_long_size(tag, layout) ? ".capx" : ".cap");
}

}  // namespace cose::cap
