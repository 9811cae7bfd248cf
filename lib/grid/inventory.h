// SPDX-License-Identifier: Apache-2.0
// The data of a CONTENT reply: which slots of which boards hold a card.
//
//   content = board *("." board)
//   board   = first ":" count ":" bitmap ":" changeflag
//   first   = number of the board's first slot        count = slots of the board
//   bitmap  = one hexadecimal digit for four slots; most significant bit = lowest slot number, 1 = card present
//
// "701:32:E0000000:0.801:32:80000001:1" means cards in 701 702 703 801 832. The meaning of changeflag is not
// published; here 1 says that the board's population changed since this connection last asked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/result.h"
#include "grid/slot_number.h"

namespace cose::grid {

struct BoardInventory {
  SlotNumber first;
  unsigned count = kPositions;  // 1 to 32
  std::uint32_t present = 0;    // most significant bit = first slot
  bool changed = false;

  [[nodiscard]] bool holds_card(SlotNumber slot) const;

  friend bool operator==(const BoardInventory&, const BoardInventory&) = default;
};

void append_inventory(std::string& to, const std::vector<BoardInventory>& boards);

// Errors: kInvalid naming the board and the field; kLimit for more than 13 boards.
[[nodiscard]] Result<std::vector<BoardInventory>> parse_inventory(std::string_view text);

// The numbers of all slots that hold a card, ascending.
[[nodiscard]] std::vector<SlotNumber> present_slots(const std::vector<BoardInventory>& boards);

}  // namespace cose::grid
