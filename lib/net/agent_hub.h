// SPDX-License-Identifier: Apache-2.0
// Where agents dial in: readers behind NAT reach the grid by themselves, over mutual TLS, and the card of each is a
// slot.
//
// A link that breaks is a card that was pulled: the slot is empty within a second, a command that was on its way fails
// with kClosed and was sent once, and the card that comes back has lost its power; until it is powered up again its
// commands fail. A card that comes back gets the slot it had; whoever comes with the same identity and name takes its
// place.
//
// One thread of its own runs all links. source() gives cards for a GridServer's slots; they wait (may_block()) and may
// be used from any thread, each by one at a time, for as long as the hub lives. Made, stopped and destroyed by one
// thread. The clock and the log outlive it. Errors: kIo and kNotFound (address), kInvalid (no TLS).
#pragma once

#include <memory>
#include <vector>

#include "bytes/clock.h"
#include "bytes/log.h"
#include "grid/agent_roster.h"
#include "grid/agent_session.h"
#include "iso7816/card_source.h"
#include "net/endpoint.h"
#include "net/tls.h"

namespace cose::net {

// The next port after RACS; nobody has assigned any.
inline constexpr std::uint16_t kAgentPort = 7778;

struct AgentOptions {
  Endpoint listen{.host = "127.0.0.1", .port = kAgentPort};
  std::shared_ptr<const TlsContext> tls;  // with an authority of the agents
  std::vector<grid::AgentRule> rules;
  grid::AgentLimits limits;
  Nanoseconds command_timeout = std::chrono::seconds(45);
  std::size_t maximum_links = 1000;
};

class AgentHub {
 public:
  [[nodiscard]] static Result<std::unique_ptr<AgentHub>> start(AgentOptions options, const Clock& clock, Log& log);
  virtual ~AgentHub() = default;
  AgentHub(const AgentHub&) = delete;
  AgentHub& operator=(const AgentHub&) = delete;

  [[nodiscard]] virtual const Endpoint& endpoint() const = 0;
  // Those of the rules, sorted.
  [[nodiscard]] virtual std::vector<grid::SlotNumber> slots() const = 0;
  // Of one of slots().
  [[nodiscard]] virtual std::shared_ptr<iso7816::CardSource> source(grid::SlotNumber slot) = 0;
  // Links that come from here on are secured by it. Any thread.
  virtual void replace_tls(std::shared_ptr<const TlsContext> tls) = 0;
  // Ends all links; commands that wait fail. Further calls of the sources fail at once.
  virtual void stop() = 0;

 protected:
  AgentHub() = default;
};

}  // namespace cose::net
