// SPDX-License-Identifier: Apache-2.0
// One connection of HTTP/1.1, driven as any session of the grid is (grid/session.h): octets in, octets out. Requests
// are cut out by Boost.Beast within our bounds, answered one after the other by the rack's front (web/desk.h); after
// that the connection may be a stream of events or a WebSocket.
//
// A header has ten seconds, a whole request thirty, whatever trickles in. No sockets in here. One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "grid/session.h"
#include "web/desk.h"
#include "web/front.h"

namespace cose::net {

class HttpSession final : public grid::Session {
 public:
  // `flush` makes the driver look at output() when something is there that no call of its own caused.
  HttpSession(web::Front& front, web::Caller caller, std::function<void()> flush);
  ~HttpSession() override;

  [[nodiscard]] grid::SessionId id() const override { return caller_.connection; }
  void start() override;
  void receive(ByteView octets) override;
  void finish(const grid::WorkResult& result) override;
  [[nodiscard]] std::string& output() override { return output_; }
  void sent() override;
  void wake() override { process(); }
  [[nodiscard]] bool wants_input() const override;
  [[nodiscard]] bool wants_tls() const override { return started_ && desk_ == nullptr; }
  [[nodiscard]] Bytes take_tls_octets() override;
  void secured(const std::vector<grid::Identity>& peer) override;
  [[nodiscard]] bool wants_close() const override;
  void drain() override;
  [[nodiscard]] bool expired(Nanoseconds now) const override;
  void expire() override;

 private:
  enum class Stage : std::uint8_t { kIdle, kHeader, kBody, kWorking, kEvents, kSocket, kClosing };
  struct Parser;

  void process();
  // True: something came of the input, and there may be more.
  [[nodiscard]] bool parse();
  void refuse(unsigned status, std::string_view detail);
  void dispatch();
  void collect();
  void write(const web::Response& response);
  void move_stream();
  [[nodiscard]] Nanoseconds patience() const;

  web::Front& front_;
  web::Caller caller_;
  std::function<void()> flush_;
  std::unique_ptr<web::Desk> desk_;  // null: nobody knows yet who this is
  std::unique_ptr<Parser> parser_;
  std::string input_;
  std::string output_;
  Stage stage_ = Stage::kIdle;
  Nanoseconds since_;  // of this stage, or of the last progress within it
  bool head_ = false;
  bool keep_alive_ = true;
  bool started_ = false;
  bool inside_ = false;  // of a call: the driver looks at the output anyway
  bool draining_ = false;
};

}  // namespace cose::net
