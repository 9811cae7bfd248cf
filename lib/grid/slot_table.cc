// SPDX-License-Identifier: Apache-2.0
#include "grid/slot_table.h"

namespace cose::grid {

void SlotTable::configure(SlotNumber slot) {
  at(slot).configured = true;
}

void SlotTable::set_presence(SlotNumber slot, iso7816::Presence presence) {
  auto& state = at(slot);
  const bool present = presence == iso7816::Presence::kPresent;
  if (!state.configured || state.present == present) return;
  state.present = present;
  ++changes_[slot.board() - 1];
  tell(slot, present ? SlotChange::kInserted : SlotChange::kRemoved);
}

std::optional<ReplyCode> SlotTable::claim(SlotNumber slot, SessionId session) {
  auto& state = at(slot);
  if (!state.configured) return ReplyCode::kSlotNotConfigured;
  if (state.owner != 0 && state.owner != session) return ReplyCode::kInUse;
  const bool fresh = state.owner == 0;
  state.owner = session;
  if (fresh) tell(slot, SlotChange::kLocked);
  return std::nullopt;
}

std::optional<ReplyCode> SlotTable::check_owner(SlotNumber slot, SessionId session) const {
  const auto& state = at(slot);
  if (state.owner == session) return std::nullopt;
  if (!state.configured) return ReplyCode::kSlotNotConfigured;
  return state.owner == 0 ? ReplyCode::kNotInUse : ReplyCode::kInUse;
}

void SlotTable::release(SlotNumber slot) {
  if (std::exchange(at(slot).owner, 0) != 0) tell(slot, SlotChange::kUnlocked);
}

SlotState SlotTable::state(SlotNumber slot) const {
  const auto& found = at(slot);
  if (found.owner != 0) return SlotState::kInUse;
  return found.present ? SlotState::kFree : SlotState::kEmpty;
}

void SlotTable::tell(SlotNumber slot, SlotChange change) const {
  if (watcher_) watcher_(slot, change);
}

std::vector<BoardInventory> SlotTable::inventory(const ChangeCounts& seen) const {
  std::vector<BoardInventory> boards;
  for (std::size_t board = 0; board < kBoards; ++board) {
    BoardInventory entry{.first = SlotNumber::from_index(board * kPositions)};
    bool configured = false;
    for (std::size_t position = 0; position < kPositions; ++position) {
      const auto& slot = slots_[board * kPositions + position];
      configured = configured || slot.configured;
      if (slot.present) entry.present |= 0x80000000U >> position;
    }
    entry.changed = changes_[board] != seen[board];
    if (configured) boards.push_back(entry);
  }
  // The grammar wants one board at least.
  if (boards.empty()) boards.push_back({.first = SlotNumber::from_index(0)});
  return boards;
}

}  // namespace cose::grid
