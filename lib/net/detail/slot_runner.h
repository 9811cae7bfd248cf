// SPDX-License-Identifier: Apache-2.0
// Runs the work of one slot in order: at once for a card that only computes, on a worker thread for one that waits.
// Called by the rack's thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "grid/ascii_session.h"
#include "iso7816/card_source.h"

namespace cose::net {

class SlotRunner {
 public:
  // Called on the worker thread with the result of work that a session waits for.
  using Report = std::function<void(grid::SessionId, Result<Bytes>)>;

  [[nodiscard]] static std::unique_ptr<SlotRunner> make(std::shared_ptr<iso7816::CardSource> source, Report report);

  // Lets what has been given run to its end.
  virtual ~SlotRunner() = default;

  [[nodiscard]] virtual std::optional<grid::WorkResult> start(const grid::SlotWork& work, grid::SessionId session) = 0;

  // Forgets what waits for this session and powers the card down after what runs. So a slot never has more waiting
  // than one power-down and one piece of work, however often connections come and go.
  virtual void release(grid::SessionId session) = 0;

  // Powers the card down after what was given, of whomever.
  virtual void power_down() = 0;

  // Any thread. False when something still ran at the deadline.
  [[nodiscard]] virtual bool wait_until_idle(std::chrono::steady_clock::time_point deadline) = 0;
};

}  // namespace cose::net
