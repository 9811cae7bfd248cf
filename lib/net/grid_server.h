// SPDX-License-Identifier: Apache-2.0
// Racks on sockets: for each rack a listener of the ASCII grid protocol, its slots, and the cards in them.
//
// Thread rule: one rack is one thread, which runs all its sessions and the cards that only compute; racks run side by
// side. A card that may block (a reader, another grid) has a worker thread of its own, started when it is first used.
// The object is made, drained and destroyed by one thread; set_presence may be called from any.
// The clock, the log and the card sources outlive the server.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "bytes/clock.h"
#include "bytes/log.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "grid/ascii_session.h"
#include "grid/racs_session.h"
#include "grid/slot_number.h"
#include "iso7816/card_source.h"
#include "net/endpoint.h"
#include "net/tls.h"
#include "web/front.h"

namespace cose::net {

// RACS on the slots of a rack: over TLS from the first octet, for clients with a certificate.
struct RacsOptions {
  Endpoint listen{.host = "127.0.0.1", .port = kRacsPort};
  std::shared_ptr<const TlsContext> tls;  // needed unless settings.channel is kPlain
  grid::RacsSettings settings;
  grid::SeidTable seids;
  grid::AccessMaker access;  // what it refers to outlives the server
};

// HTTP on the slots of a rack: the form of RACS, a JSON API, measurements.
struct HttpOptions {
  Endpoint listen{.host = "127.0.0.1", .port = kHttpPort};
  // Both needed unless settings.channel is kPlain. The second asks for a certificate and takes connections without
  // one, for those who may look at the state of the grid.
  std::shared_ptr<const TlsContext> tls;
  std::shared_ptr<const TlsContext> open_tls;
  web::FrontSettings settings;
  grid::SeidTable seids;
  grid::AccessMaker access;  // what it refers to outlives the server
  std::size_t maximum_connections = 1024;
};

struct RackOptions {
  Endpoint listen{.host = "127.0.0.1", .port = kSimArrayPort};
  grid::SessionSettings session;
  std::shared_ptr<const TlsContext> tls;  // needed unless session.secure is kOff
  std::map<grid::SlotNumber, std::shared_ptr<iso7816::CardSource>> slots;
  // Who may do what over the ASCII protocol, and under which names its slots are judged. Empty: everybody everything.
  grid::AccessMaker access;
  grid::SeidTable seids;
  std::optional<RacsOptions> racs;
  std::optional<HttpOptions> http;           // needs rng
  std::size_t maximum_connections = 20'000;  // of all protocols together
  // How long slots are kept for a client that asked for it and whose connection broke (grid/keep_table.h). The source
  // of keys outlives the server; without one nothing is kept.
  Nanoseconds keep_patience{0};
  Rng* rng = nullptr;
};

class Rack;

class GridServer {
 public:
  // Listens and serves. Errors: kIo (address in use, no permission), kNotFound (host name), kInvalid (options).
  [[nodiscard]] static Result<std::unique_ptr<GridServer>> start(std::vector<RackOptions> racks, const Clock& clock,
                                                                 Log& log);
  GridServer(const GridServer&) = delete;
  GridServer& operator=(const GridServer&) = delete;
  ~GridServer();

  // Where each rack really listens, and where its RACS does; nothing for a rack without.
  [[nodiscard]] const std::vector<Endpoint>& endpoints() const { return endpoints_; }
  [[nodiscard]] const std::vector<std::optional<Endpoint>>& racs_endpoints() const { return racs_endpoints_; }
  [[nodiscard]] const std::vector<std::optional<Endpoint>>& http_endpoints() const { return http_endpoints_; }

  void set_presence(std::size_t rack, grid::SlotNumber slot, iso7816::Presence presence);

  // Runs `work` on the rack's thread, between two events: what its sessions share may be changed there. Any thread.
  void post(std::size_t rack, std::function<void()> work);

  // Connections that come from here on are secured by it, those of HTTP that need no certificate by the second; those
  // that are, stay as they are. Any thread.
  void replace_tls(std::size_t rack, std::shared_ptr<const TlsContext> tls,
                   std::shared_ptr<const TlsContext> open_tls = nullptr);

  // Accepts nobody any more, lets running commands finish and answers them, ends the connections, powers the cards
  // down. False when that took longer than `grace`: then some card still holds its command, and a destruction would
  // wait for it.
  [[nodiscard]] bool drain(Nanoseconds grace);

 private:
  GridServer();

  std::vector<std::unique_ptr<Rack>> racks_;
  std::vector<Endpoint> endpoints_;
  std::vector<std::optional<Endpoint>> racs_endpoints_;
  std::vector<std::optional<Endpoint>> http_endpoints_;
};

}  // namespace cose::net
