// SPDX-License-Identifier: Apache-2.0
// Words of the stack and of local variables as Java's numbers, and what instructions do with several of them.
//
// An int takes two cells, as its octets lie in memory.
#pragma once

#include <cstdint>
#include <cstring>

#include "jcvm/package.h"

namespace cose::jcvm::detail {

inline std::int32_t load_int(const std::uint16_t* cells) {
  std::int32_t value = 0;
  std::memcpy(&value, cells, sizeof(value));
  return value;
}

inline void store_int(std::uint16_t* cells, std::int32_t value) {
  std::memcpy(cells, &value, sizeof(value));
}

inline std::int16_t short_in(std::uint16_t cell) {
  return static_cast<std::int16_t>(cell);
}

inline std::uint16_t cell(int value) {
  return static_cast<std::uint16_t>(value);
}

// Wraps as Java does (JLS §15.17, §15.18).
inline std::uint32_t bits(std::int32_t value) {
  return static_cast<std::uint32_t>(value);
}
inline std::int32_t wrapped(std::uint32_t value) {
  return static_cast<std::int32_t>(value);
}

template <typename Value>
Value read(const std::uint8_t* from) {
  Value value{};
  std::memcpy(&value, from, sizeof(value));
  return value;
}

inline std::int32_t lookup(const SwitchTable& table, std::int32_t key) {
  for (std::size_t at = 0; at < table.matches.size(); ++at)
    if (table.matches[at] == key) return table.targets[at];
  return table.otherwise;
}

inline std::int32_t index_into(const SwitchTable& table, std::int32_t key) {
  const auto at = std::int64_t{key} - table.low;
  return at >= 0 && at < static_cast<std::int64_t>(table.targets.size()) ? table.targets[static_cast<std::size_t>(at)]
                                                                         : table.otherwise;
}

// JCVM 3.1 §7.5.27 and §7.5.119 on cells; the top is above.
inline void duplicate_below(std::uint16_t* sp, unsigned m, unsigned n) {
  if (n == 0) n = m;
  std::memmove(sp - n + m, sp - n, n * sizeof(*sp));
  std::memcpy(sp - n, sp, m * sizeof(*sp));
}

inline void swap_groups(std::uint16_t* sp, unsigned m, unsigned n) {
  std::uint16_t top[2];
  std::memcpy(top, sp - m, m * sizeof(*sp));
  std::memmove(sp - n, sp - m - n, n * sizeof(*sp));
  std::memcpy(sp - m - n, top, m * sizeof(*sp));
}

}  // namespace cose::jcvm::detail
