// SPDX-License-Identifier: Apache-2.0
// A slot of another grid as a Card, over the ASCII grid protocol: grid://HOST:PORT/SLOT.
//
// Power-up connects and sends USE, a reset sends RESET <slot> [WARM], power-down sends FREE and closes. The far grid
// gives the slot free whenever the connection ends, so a lost client leaves nothing behind. A check is a second USE,
// which a grid answers without touching the card.
// A command is never sent twice: when its reply is lost, the error says so, and the caller decides.
// Errors: those of the far grid by their meaning (grid/reply.h), kClosed and kTimeout of the way there.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bytes/clock.h"
#include "grid/inventory.h"
#include "grid/reply.h"
#include "grid/slot_number.h"
#include "iso7816/card.h"
#include "iso7816/card_source.h"
#include "remote/line_channel.h"

namespace cose::remote {

// Longer than a far PC/SC slot waits for its card, so that the far grid's own error arrives first.
inline constexpr Nanoseconds kCommandTimeout = std::chrono::seconds(45);

// No card has a part in a check.
inline constexpr Nanoseconds kCheckTimeout = std::chrono::seconds(5);

class GridCard final : public iso7816::Card {
 public:
  GridCard(std::shared_ptr<LineConnector> connector, grid::SlotNumber slot);

  [[nodiscard]] Result<Bytes> power_up(iso7816::ResetKind kind) override;
  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override;
  Status power_down() override;
  [[nodiscard]] Status check() override;

 private:
  [[nodiscard]] Result<grid::ParsedReply> ask(std::string_view line, Nanoseconds timeout = kCommandTimeout);
  [[nodiscard]] Result<Bytes> use();
  [[nodiscard]] Result<Bytes> reset(iso7816::ResetKind kind);

  std::shared_ptr<LineConnector> connector_;
  grid::SlotNumber slot_;
  std::unique_ptr<LineChannel> channel_;
  std::string line_;
  std::string reply_;
  Bytes atr_;
};

// An inventory asks no card, so a grid that is well answers at once.
inline constexpr Nanoseconds kInventoryTimeout = std::chrono::seconds(10);

// CONTENT of a far grid over a channel of its own.
[[nodiscard]] Result<std::vector<grid::BoardInventory>> fetch_inventory(LineConnector& connector);

// What a far grid holds, asked at most once per `lifetime`, however many slots want to know. A grid that did not answer
// is left alone for a while, so that it holds up the questions to others only now and then.
class InventoryCache {
 public:
  static constexpr Nanoseconds kPauseAfterFailure = std::chrono::seconds(15);

  InventoryCache(std::shared_ptr<LineConnector> connector, const Clock& clock,
                 Nanoseconds lifetime = std::chrono::seconds(1));

  [[nodiscard]] iso7816::Presence presence(grid::SlotNumber slot);

 private:
  std::shared_ptr<LineConnector> connector_;
  const Clock& clock_;
  Nanoseconds lifetime_;
  std::optional<Nanoseconds> ask_again_;
  std::vector<grid::BoardInventory> boards_;
};

class GridSource final : public iso7816::CardSource {
 public:
  GridSource(std::shared_ptr<LineConnector> connector, std::shared_ptr<InventoryCache> inventory,
             grid::SlotNumber slot);

  [[nodiscard]] std::string uri() const override;
  [[nodiscard]] bool may_block() const override { return true; }
  [[nodiscard]] iso7816::Presence presence() override { return inventory_->presence(slot_); }
  [[nodiscard]] Result<std::unique_ptr<iso7816::Card>> open() override;

 private:
  std::shared_ptr<LineConnector> connector_;
  std::shared_ptr<InventoryCache> inventory_;
  grid::SlotNumber slot_;
};

}  // namespace cose::remote
