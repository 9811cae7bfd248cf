// SPDX-License-Identifier: Apache-2.0
// A WebSocket on which a client talks to one card: octets in, octets out. The card is the client's as long as the
// socket is open.
//
//   server, first    {"seid": "device#45", "slot": 101, "atr": "3B80800101"}
//   text             what POST .../exchange takes, or {"reset": "cold"}; answered by what that gives, or {"atr": ...}
//   binary           one command APDU; answered by its response APDU, or by {"problem": ...} if there is none
//
// One message is worked on at a time; the driver stops reading meanwhile. Owner: the desk. One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "bytes/clock.h"
#include "web/card_use.h"
#include "web/websocket.h"

namespace cose::web {

class CardSocket {
 public:
  // The use has power. `wake` is called when something is to be sent that no input caused.
  CardSocket(std::unique_ptr<CardUse> use, std::function<void()> wake);

  void receive(ByteView octets);
  [[nodiscard]] std::string& output() { return output_; }
  // The driver has sent what was there.
  void sent() { process(); }
  [[nodiscard]] bool wants_input() const;
  [[nodiscard]] bool is_busy() const { return use_->is_busy(); }
  [[nodiscard]] bool is_closed() const { return closed_; }
  void close(CloseCode code);
  [[nodiscard]] const CardUse& use() const { return *use_; }

 private:
  void process();
  void take(const SocketMessage& message);
  void take_text(std::string_view json);
  void take_command(std::string_view octets);
  void say(std::string_view text);
  void say(const Problem& problem);
  // Of a command that came alone, in its own form.
  void answer_command(const Outcome& outcome);

  std::unique_ptr<CardUse> use_;
  std::function<void()> wake_;
  SocketReader reader_;
  std::string output_;
  bool processing_ = false;
  bool closed_ = false;
};

}  // namespace cose::web
