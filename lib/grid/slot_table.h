// SPDX-License-Identifier: Apache-2.0
// Who uses which slot of a rack, and which slots hold a card. No cards in here: only the book-keeping that all
// sessions of a rack share. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "grid/inventory.h"
#include "grid/limits.h"
#include "grid/reply.h"
#include "grid/session.h"
#include "grid/slot_number.h"
#include "iso7816/card_source.h"

namespace cose::grid {

// Per board, how often its population has changed. A session compares it with what it saw last.
using ChangeCounts = std::array<std::uint32_t, kBoards>;

enum class SlotState : std::uint8_t { kEmpty, kFree, kInUse };
enum class SlotChange : std::uint8_t { kInserted, kRemoved, kLocked, kUnlocked };

class SlotTable {
 public:
  // Told after each change, in the middle of whatever made it: it may look at the table, and do no more than note it.
  using Watcher = std::function<void(SlotNumber, SlotChange)>;
  void watch(Watcher watcher) { watcher_ = std::move(watcher); }

  void configure(SlotNumber slot);
  [[nodiscard]] bool is_configured(SlotNumber slot) const { return at(slot).configured; }

  // A slot that was not configured has no presence.
  void set_presence(SlotNumber slot, iso7816::Presence presence);

  // Makes the session the owner, or says why not. An owner may claim again.
  [[nodiscard]] std::optional<ReplyCode> claim(SlotNumber slot, SessionId session);
  [[nodiscard]] std::optional<ReplyCode> check_owner(SlotNumber slot, SessionId session) const;
  [[nodiscard]] bool is_owner(SlotNumber slot, SessionId session) const { return at(slot).owner == session; }
  // 0: nobody.
  [[nodiscard]] SessionId owner(SlotNumber slot) const { return at(slot).owner; }
  void release(SlotNumber slot);
  // In use or not, and if not, whether a card is there.
  [[nodiscard]] SlotState state(SlotNumber slot) const;
  [[nodiscard]] bool is_present(SlotNumber slot) const { return at(slot).present; }

  // The boards that have a configured slot; board 1 without cards if there are none at all.
  [[nodiscard]] std::vector<BoardInventory> inventory(const ChangeCounts& seen) const;
  [[nodiscard]] const ChangeCounts& changes() const { return changes_; }

 private:
  struct Slot {
    bool configured = false;
    bool present = false;
    SessionId owner = 0;
  };

  void tell(SlotNumber slot, SlotChange change) const;

  [[nodiscard]] Slot& at(SlotNumber slot) { return slots_[slot.index()]; }
  [[nodiscard]] const Slot& at(SlotNumber slot) const { return slots_[slot.index()]; }

  std::array<Slot, kSlots> slots_{};
  ChangeCounts changes_{};
  Watcher watcher_;
};

}  // namespace cose::grid
