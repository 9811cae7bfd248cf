// SPDX-License-Identifier: Apache-2.0
// The card's side of an agent's link: dials out to a grid, offers one card, and does what the grid asks of it
// (docs/protocols/agent.md). Without sockets: net/line_client.h is the way there.
//
// run() keeps the link up until `stopped` says so: after a loss the card is powered down, so that nobody finds it as
// another one left it, and the agent dials again after pauses that double and have chance in them (remote/backoff.h).
// A command is executed once, when it is asked for; an answer that does not reach the grid is lost.
//
// Blocking, for a thread of its own; stops within kLongestSilence at worst, within a second on a link that lives.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bytes/clock.h"
#include "grid/agent_line.h"
#include "iso7816/card_source.h"
#include "remote/backoff.h"
#include "remote/line_channel.h"

namespace cose::remote {

struct AgentEvent {
  enum class Kind { kOffered, kExchange, kLost };
  Kind kind = Kind::kLost;
  std::string_view detail = {};  // kOffered: the slot; kLost: why
  ByteView command = {};
  ByteView response = {};
};

class CardAgent {
 public:
  // The grid asks for the card's state every second; this much silence is a dead link.
  static constexpr Nanoseconds kLongestSilence = std::chrono::seconds(30);

  CardAgent(std::shared_ptr<LineConnector> grid, std::string name, std::shared_ptr<iso7816::CardSource> card,
            Backoff backoff);

  void run(const std::function<bool()>& stopped, const std::function<void(const AgentEvent&)>& observe);

  // One link, from its first line to its end, which is always an error: kRefused (the grid does not want this card),
  // kClosed, kTimeout, kInvalid (it does not speak as a grid does).
  [[nodiscard]] Error serve_once(const std::function<bool()>& stopped,
                                 const std::function<void(const AgentEvent&)>& observe);

 private:
  [[nodiscard]] Status serve(LineChannel& channel, const std::function<bool()>& stopped,
                             const std::function<void(const AgentEvent&)>& observe);
  [[nodiscard]] Result<Bytes> execute(const grid::AgentRequest& request,
                                      const std::function<void(const AgentEvent&)>& observe);
  [[nodiscard]] Result<Bytes> power_up(iso7816::ResetKind kind);
  void wait(const std::function<bool()>& stopped);

  std::shared_ptr<LineConnector> grid_;
  std::string name_;
  std::shared_ptr<iso7816::CardSource> source_;
  Backoff backoff_;
  std::unique_ptr<iso7816::Card> card_;
};

}  // namespace cose::remote
