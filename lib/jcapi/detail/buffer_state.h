// SPDX-License-Identifier: Apache-2.0
// The state of a buffer of javacardx.framework.nio: a window into an octet array, which is its one reference cell, and
// where it stands. 0 <= position <= limit <= capacity, and the window lies in the array.
#pragma once

#include <array>
#include <cstdint>

#include "bytes/bytes.h"

namespace cose::jcapi::detail {

struct BufferState {
  std::uint16_t position = 0;
  std::uint16_t limit = 0;
  std::uint16_t capacity = 0;
  std::uint16_t first = 0;  // of the window, in the array
  bool read_only = false;
  bool direct = false;
  bool little_endian = false;

  static constexpr std::uint16_t kSize = 9;

  [[nodiscard]] static BufferState read(ByteView octets) {
    const auto number = [&](std::size_t at) { return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]); };
    const auto flags = octets[8];
    return {number(0), number(2), number(4), number(6), (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0};
  }

  [[nodiscard]] std::array<std::uint8_t, kSize> octets() const {
    const auto high = [](std::uint16_t number) { return static_cast<std::uint8_t>(number >> 8); };
    const auto low = [](std::uint16_t number) { return static_cast<std::uint8_t>(number); };
    const auto flags = static_cast<std::uint8_t>((read_only ? 1 : 0) | (direct ? 2 : 0) | (little_endian ? 4 : 0));
    return {high(position), low(position), high(limit), low(limit), high(capacity),
            low(capacity),  high(first),   low(first),  flags};
  }

  [[nodiscard]] std::uint16_t remaining() const { return static_cast<std::uint16_t>(limit - position); }
};

}  // namespace cose::jcapi::detail
