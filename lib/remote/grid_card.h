// SPDX-License-Identifier: Apache-2.0
// A slot of another grid as a Card, over the ASCII grid protocol: grid://HOST:PORT/SLOT.
//
// Power-up connects and sends USE, a reset sends RESET <slot> [WARM], power-down sends FREE and closes. The far grid
// gives the slot free whenever the connection ends, so a lost client leaves nothing behind. A check is a second USE,
// which a grid answers without touching the card.
//
// A command is never executed twice. Without KEEP it is sent once: when its reply is lost, the error says so, and the
// caller decides. With KEEP (docs/protocols/simarray.md), asked for and offered, it has a number: when the connection
// breaks, the card connects again, takes its slot up and asks for the reply under that number, until `patience` is
// over. Then, too, the error says that the outcome is unknown; the next power_up() takes the slot up and resets it. A
// far grid that was restarted is asked whether the card, if its state lasts, knows the answer.
// Errors: those of the far grid by their meaning (grid/reply.h), kClosed and kTimeout of the way there.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bytes/clock.h"
#include "grid/inventory.h"
#include "grid/keep_table.h"
#include "grid/reply.h"
#include "grid/slot_number.h"
#include "iso7816/card.h"
#include "iso7816/card_source.h"
#include "remote/backoff.h"
#include "remote/line_channel.h"

namespace cose::remote {

// Longer than a far PC/SC slot waits for its card, so that the far grid's own error arrives first.
inline constexpr Nanoseconds kCommandTimeout = std::chrono::seconds(45);

// No card has a part in a check.
inline constexpr Nanoseconds kCheckTimeout = std::chrono::seconds(5);

enum class Keeping { kOff, kOn };

struct GridCardOptions {
  Keeping keeping = Keeping::kOff;
  const Clock* clock = nullptr;  // needed for keeping; outlives the card
  Nanoseconds patience = kCommandTimeout;
};

class GridCard final : public iso7816::Card {
 public:
  // Between tries to come back.
  static constexpr Nanoseconds kFirstPause = std::chrono::milliseconds(50);
  static constexpr Nanoseconds kLongestPause = std::chrono::milliseconds(400);

  GridCard(std::shared_ptr<LineConnector> connector, grid::SlotNumber slot, GridCardOptions options = {});

  [[nodiscard]] Result<Bytes> power_up(iso7816::ResetKind kind) override;
  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override;
  Status power_down() override;
  [[nodiscard]] Status check() override;

 private:
  [[nodiscard]] Result<grid::ParsedReply> ask(std::string_view line, Nanoseconds timeout = kCommandTimeout);
  [[nodiscard]] Result<grid::ParsedReply> ask_until(std::string_view line, Nanoseconds patience);
  [[nodiscard]] Status come_back(Nanoseconds deadline);
  [[nodiscard]] Status take_up(Nanoseconds deadline);
  [[nodiscard]] Status connect_anew();
  [[nodiscard]] Nanoseconds left_until(Nanoseconds deadline) const;
  [[nodiscard]] Status recall_from(const std::string& key, Nanoseconds deadline, const Error& lost, Bytes& response);
  [[nodiscard]] bool is_kept() const { return !key_.empty(); }
  [[nodiscard]] Result<Bytes> use();
  [[nodiscard]] Result<Bytes> reset(iso7816::ResetKind kind);

  std::shared_ptr<LineConnector> connector_;
  grid::SlotNumber slot_;
  std::unique_ptr<LineChannel> channel_;
  GridCardOptions options_;
  std::string key_;  // of what the far grid keeps; empty: nothing
  grid::CommandId last_id_ = 0;
  std::string line_;
  std::string reply_;
  Bytes atr_;
};

// An inventory asks no card, so a grid that is well answers at once.
inline constexpr Nanoseconds kInventoryTimeout = std::chrono::seconds(10);

// CONTENT of a far grid over a channel of its own.
[[nodiscard]] Result<std::vector<grid::BoardInventory>> fetch_inventory(LineConnector& connector);

// What a far grid holds, asked at most once per `lifetime`, however many slots want to know. A grid that did not answer
// is left alone for as long as the back-off says, so that it holds up the questions to others only now and then.
class InventoryCache {
 public:
  InventoryCache(std::shared_ptr<LineConnector> connector, const Clock& clock, Backoff backoff = Backoff(nullptr),
                 Nanoseconds lifetime = std::chrono::seconds(1));

  [[nodiscard]] iso7816::Presence presence(grid::SlotNumber slot);

 private:
  std::shared_ptr<LineConnector> connector_;
  const Clock& clock_;
  Backoff backoff_;
  Nanoseconds lifetime_;
  std::optional<Nanoseconds> ask_again_;
  std::vector<grid::BoardInventory> boards_;
};

class GridSource final : public iso7816::CardSource {
 public:
  GridSource(std::shared_ptr<LineConnector> connector, std::shared_ptr<InventoryCache> inventory, grid::SlotNumber slot,
             GridCardOptions options = {});

  [[nodiscard]] std::string uri() const override;
  [[nodiscard]] bool may_block() const override { return true; }
  [[nodiscard]] iso7816::Presence presence() override { return inventory_->presence(slot_); }
  [[nodiscard]] Result<std::unique_ptr<iso7816::Card>> open() override;

 private:
  std::shared_ptr<LineConnector> connector_;
  std::shared_ptr<InventoryCache> inventory_;
  grid::SlotNumber slot_;
  GridCardOptions options_;
};

}  // namespace cose::remote
