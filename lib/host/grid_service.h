// SPDX-License-Identifier: Apache-2.0
// A whole grid from its configuration: opens the places of the slots, listens, watches for cards, stops cleanly.
//
// Made, stopped and destroyed by one thread. The clock and the log outlive it.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "bytes/clock.h"
#include "bytes/log.h"
#include "bytes/result.h"
#include "crypto/random.h"
#include "grid/accounted_access.h"
#include "host/card_opener.h"
#include "host/presence_watcher.h"
#include "host/serve_config.h"
#include "net/agent_hub.h"
#include "net/grid_server.h"

namespace cose::host {

class GridService {
 public:
  ~GridService();
  GridService(const GridService&) = delete;
  GridService& operator=(const GridService&) = delete;

  // Ready to serve when it returns. Errors name the rack and slot.
  [[nodiscard]] static Result<std::unique_ptr<GridService>> start(const ServeConfig& config, const Clock& clock,
                                                                  Log& log);

  struct Listener {
    std::string protocol;
    net::Endpoint endpoint;
    std::size_t slots = 0;
  };
  [[nodiscard]] const std::vector<Listener>& listeners() const { return listeners_; }

  // Reads the policies and the files of TLS again. Sessions go by a policy from their next command on, new connections
  // by the certificates. Error: a file that is no good, and then all stays as it was.
  [[nodiscard]] Status reload();

  // False when a card, or the way to one, still held a call after `grace` (net/grid_server.h).
  [[nodiscard]] bool stop(Nanoseconds grace);

 private:
  GridService() = default;

  struct PolicyOfRack {
    std::size_t rack = 0;
    std::string file;
    std::unique_ptr<grid::PolicyStore> store;  // the rack's thread's
  };

  // Who may do what on a rack: the same for each of its front ends.
  [[nodiscard]] Result<grid::AccessMaker> open_access(const RackConfig& rack, std::size_t number, const Clock& clock,
                                                      Log& log);
  [[nodiscard]] Result<grid::AccessMaker> open_policy(const RackConfig& rack, std::size_t number, Log& log);

  crypto::SystemRng rng_;
  net::TlsServerFiles tls_;
  std::unique_ptr<grid::Audit> audit_ = std::make_unique<grid::NullAudit>();  // as the next two, outlives the server
  std::deque<grid::AccountBook> accounts_;                                    // one for each rack, its thread's
  std::vector<PolicyOfRack> policies_;
  std::vector<std::unique_ptr<net::AgentHub>> hubs_;  // outlive the server; null: a rack without agents
  std::unique_ptr<net::GridServer> server_;
  std::vector<std::unique_ptr<PresenceWatcher>> watchers_;  // report to the server
  std::vector<Listener> listeners_;
};

}  // namespace cose::host
