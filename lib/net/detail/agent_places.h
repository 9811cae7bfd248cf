// SPDX-License-Identifier: Apache-2.0
// What the hub's thread and the threads of slots share: for each slot whether a link is up, and the one request that a
// slot's thread waits for. All of it under one lock, which is never held while anything is sent.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "bytes/result.h"
#include "grid/agent_line.h"
#include "grid/session.h"
#include "grid/slot_number.h"

namespace cose::net {

class AgentPlaces {
 public:
  // Gives a request to the link of that session, on the hub's thread.
  using Send = std::function<void(grid::SessionId link, grid::AgentRequest request)>;
  // Ends a link, on the hub's thread.
  using Cut = std::function<void(grid::SessionId link)>;

  AgentPlaces(Send send, Cut cut) : send_(std::move(send)), cut_(std::move(cut)) {}

  // ---- the hub's thread ----
  void attach(grid::SlotNumber slot, grid::SessionId link);
  // No effect when another link has taken the slot.
  void detach(grid::SlotNumber slot, grid::SessionId link);
  void set_present(grid::SlotNumber slot, grid::SessionId link, bool card);
  void answer(grid::SlotNumber slot, grid::SessionId link, Result<Bytes> outcome);
  [[nodiscard]] grid::SessionId link_of(grid::SlotNumber slot);
  void stop();

  // ---- threads of slots ----
  [[nodiscard]] bool is_present(grid::SlotNumber slot);
  // The link that answered is written to `link`; a link other than 0 there must still be the slot's.
  [[nodiscard]] Result<Bytes> call(grid::SlotNumber slot, const grid::AgentRequest& request, Nanoseconds timeout,
                                   grid::SessionId& link);

 private:
  struct Place {
    grid::SessionId link = 0;  // 0: none
    bool present = false;
    bool waiting = false;
    std::optional<Result<Bytes>> outcome;
  };

  Send send_;
  Cut cut_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::map<grid::SlotNumber, Place> places_;
  bool stopped_ = false;
};

}  // namespace cose::net
