// SPDX-License-Identifier: Apache-2.0
#include "grid/inventory.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "bytes/hex.h"

namespace cose::grid {

namespace {

constexpr std::uint32_t kFirstBit = 0x80000000U;

// Cuts the text up to the separator off `rest`; all of it when there is no separator.
std::string_view cut(std::string_view& rest, char separator) {
  const auto end = std::min(rest.find(separator), rest.size());
  const auto part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

std::unexpected<Error> bad(std::string_view board, std::string_view wanted) {
  return fail(ErrorKind::kInvalid,
              "board \"" + std::string(board.substr(0, 48)) + "\": expected " + std::string(wanted));
}

Result<std::uint32_t> parse_bitmap(std::string_view board, std::string_view digits, unsigned count) {
  if (digits.size() != (count + 3) / 4) return bad(board, "a bitmap digit for each four slots");
  std::uint32_t bits = 0;
  for (std::size_t at = 0; at < digits.size(); ++at) {
    const int digit = hex_digit(digits[at]);
    if (digit < 0) return bad(board, "a hexadecimal bitmap");
    bits |= static_cast<std::uint32_t>(digit) << (28 - 4 * at);
  }
  return bits;
}

Result<BoardInventory> parse_board(std::string_view text) {
  auto rest = text;
  auto first = SlotNumber::parse(cut(rest, ':'));
  if (!first) return bad(text, "the number of the first slot");
  const auto count_text = cut(rest, ':');
  unsigned count = 0;
  const auto* end = count_text.data() + count_text.size();
  if (std::from_chars(count_text.data(), end, count).ptr != end || count < 1 ||
      count > kPositions - first->position() + 1)
    return bad(text, "a slot count that stays on the board");
  COSE_TRY(const auto present, parse_bitmap(text, cut(rest, ':'), count));
  if (rest != "0" && rest != "1") return bad(text, "a change flag 0 or 1");
  return BoardInventory{*first, count, present, rest == "1"};
}

}  // namespace

bool BoardInventory::holds_card(SlotNumber slot) const {
  if (slot.board() != first.board() || slot < first || slot.position() >= first.position() + count) return false;
  return (present & kFirstBit >> (slot.position() - first.position())) != 0;
}

void append_inventory(std::string& to, const std::vector<BoardInventory>& boards) {
  for (const auto& board : boards) {
    if (&board != &boards.front()) to += '.';
    const std::array octets{static_cast<std::uint8_t>(board.present >> 24),
                            static_cast<std::uint8_t>(board.present >> 16),
                            static_cast<std::uint8_t>(board.present >> 8), static_cast<std::uint8_t>(board.present)};
    to += board.first.text() + ":" + std::to_string(board.count) + ":";
    to.append(to_hex(octets), 0, (board.count + 3) / 4);
    to += board.changed ? ":1" : ":0";
  }
}

Result<std::vector<BoardInventory>> parse_inventory(std::string_view text) {
  std::vector<BoardInventory> boards;
  while (!text.empty()) {
    if (boards.size() == kBoards) return fail(ErrorKind::kLimit, "more than 13 boards");
    COSE_TRY(const auto board, parse_board(cut(text, '.')));
    boards.push_back(board);
  }
  return boards;
}

std::vector<SlotNumber> present_slots(const std::vector<BoardInventory>& boards) {
  std::vector<SlotNumber> slots;
  for (const auto& board : boards)
    for (unsigned at = 0; at < board.count; ++at)
      if ((board.present & kFirstBit >> at) != 0) slots.push_back(SlotNumber::from_index(board.first.index() + at));
  std::ranges::sort(slots);
  return slots;
}

}  // namespace cose::grid
