// SPDX-License-Identifier: Apache-2.0
// The number of a slot in its rack: 100 * board + position, board 1 to 13, position 1 to 32: 101 ... 1332.
// A value type. Source: SIM Array protocol (grid-protocols in docs/protocols/simarray.md).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bytes/result.h"
#include "grid/limits.h"

namespace cose::grid {

class SlotNumber {
 public:
  // Errors: kInvalid (not a number), kNotFound (no such board or position).
  [[nodiscard]] static Result<SlotNumber> parse(std::string_view text);
  [[nodiscard]] static Result<SlotNumber> from_value(unsigned value);
  // 0 <= index < kSlots, boards first.
  [[nodiscard]] static SlotNumber from_index(std::size_t index);

  [[nodiscard]] unsigned board() const { return board_; }
  [[nodiscard]] unsigned position() const { return position_; }
  [[nodiscard]] unsigned value() const { return 100U * board_ + position_; }
  [[nodiscard]] std::size_t index() const { return (board_ - 1U) * std::size_t{kPositions} + (position_ - 1U); }
  [[nodiscard]] std::string text() const { return std::to_string(value()); }

  friend auto operator<=>(const SlotNumber&, const SlotNumber&) = default;

 private:
  SlotNumber(unsigned board, unsigned position)
      : board_(static_cast<std::uint8_t>(board)), position_(static_cast<std::uint8_t>(position)) {}

  std::uint8_t board_;
  std::uint8_t position_;
};

}  // namespace cose::grid
