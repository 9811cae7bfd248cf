// SPDX-License-Identifier: Apache-2.0
// One HTTP connection's place at the front: takes one request at a time and gives its response, at once or later.
//
// The driver calls handle() with a whole request, then response() until there is one; `wake` tells it when that
// changed by something else than its own call. After a response whose `then` is kEvents or kSocket, the connection is
// a stream of events or a WebSocket, and stream() says which octets come and go.
//
// The form of RACS (/RACS?BEGIN=...) has a session of RACS per connection, as TLS sessions have in the draft: what a
// request locked stays locked until SHUTDOWN or the end of the connection.
// Owner: the driver; the front outlives it. One thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "grid/racs_session.h"
#include "web/card_socket.h"
#include "web/front.h"
#include "web/message.h"

namespace cose::web {

// Where the response to one request will be. A job that ends later finds out whether anybody still waits for it.
struct Pending {
  std::optional<Response> response;
  std::unique_ptr<CardUse> socket;     // of a response that opens one
  std::shared_ptr<Follower> follower;  // of a response that begins a stream of events
  std::function<void()> wake;

  void answer(Response given) {
    response = std::move(given);
    wake();
  }
};

class Desk {
 public:
  Desk(Front& front, Caller caller, std::function<void()> wake);
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;
  ~Desk();

  [[nodiscard]] const Caller& caller() const { return caller_; }

  void handle(const Request& request);
  // What the last request got; nothing: it is still worked on.
  [[nodiscard]] std::optional<Response> take_response();
  [[nodiscard]] bool is_busy() const { return pending_ != nullptr || (socket_ != nullptr && socket_->is_busy()); }

  // Whether the end of the connection takes a card away from somebody.
  [[nodiscard]] bool holds_cards() const { return racs_ != nullptr || socket_ != nullptr; }

  // Work of this connection's own session of RACS has ended.
  void finish(const grid::WorkResult& result);

  // After the response that said so.
  [[nodiscard]] CardSocket* socket() { return socket_.get(); }
  [[nodiscard]] Follower* follower() { return follower_.get(); }

 private:
  void handle_racs(const Request& request);
  // Collects what the session of RACS says; true when it has answered all of its input.
  [[nodiscard]] bool drain_racs();
  void end_racs();

  Front& front_;
  Caller caller_;
  std::function<void()> wake_;
  std::shared_ptr<Pending> pending_;
  Nanoseconds begun_{0};
  std::unique_ptr<grid::RacsSession> racs_;
  std::string racs_output_;
  std::unique_ptr<CardSocket> socket_;
  std::shared_ptr<Follower> follower_;
};

}  // namespace cose::web
