// SPDX-License-Identifier: Apache-2.0
#include "grid/slot_number.h"

#include <charconv>

namespace cose::grid {

Result<SlotNumber> SlotNumber::from_value(unsigned value) {
  const unsigned board = value / 100;
  const unsigned position = value % 100;
  if (board < 1 || board > kBoards || position < 1 || position > kPositions)
    return fail(ErrorKind::kNotFound, "no slot " + std::to_string(value) +
                                          ": expected 100 * board + position, board 1 to 13, position 1 to 32");
  return SlotNumber(board, position);
}

Result<SlotNumber> SlotNumber::parse(std::string_view text) {
  unsigned value = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  // Six digits are more than any slot number has: no need to tell an overflow apart.
  if (text.empty() || text.size() > 6 || stopped != end || error != std::errc{})
    return fail(ErrorKind::kInvalid, "expected a slot number such as 101");
  return from_value(value);
}

SlotNumber SlotNumber::from_index(std::size_t index) {
  COSE_ASSERT(index < kSlots);
  const auto number = static_cast<unsigned>(index);
  return {number / kPositions + 1, number % kPositions + 1};
}

}  // namespace cose::grid
