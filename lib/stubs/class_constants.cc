// SPDX-License-Identifier: Apache-2.0
#include "stubs/detail/class_constants.h"

namespace cose::stubs {

std::pair<std::uint16_t, bool> ClassConstants::entry(Tag tag, std::string key) {
  const auto [found, is_new] = known_.emplace(std::pair(tag, std::move(key)), next_);
  if (is_new) ++next_;
  return {found->second, is_new};
}

std::uint16_t ClassConstants::utf8(std::string_view text) {
  const auto [index, is_new] = entry(kUtf8, std::string(text));
  if (is_new) writer_.u8(kUtf8).u16(static_cast<std::uint16_t>(text.size())).octets(as_bytes(text));
  return index;
}

std::uint16_t ClassConstants::integer(std::int32_t value) {
  const auto [index, is_new] = entry(kInteger, std::to_string(value));
  if (is_new) writer_.u8(kInteger).u32(static_cast<std::uint32_t>(value));
  return index;
}

std::uint16_t ClassConstants::class_reference(std::string_view name) {
  const auto text = utf8(name);
  const auto [index, is_new] = entry(kClass, std::string(name));
  if (is_new) writer_.u8(kClass).u16(text);
  return index;
}

}  // namespace cose::stubs
