// SPDX-License-Identifier: Apache-2.0
// A card in pcscd's virtual reader: connects to the reader's port, which is how a card is inserted there, and serves it
// until it ends the connection, which is how the card is pulled.
//
// Looking for the card comes every second and is answered from memory. One write sends an answer. The connection is
// clear and the driver listens on all interfaces: give it loopback or a network of its own (docs/protocols/vpcd.md).
// Thread rule: one thread; StopSignal ends it from any other.
#pragma once

#include <memory>

#include "net/endpoint.h"
#include "relay/card_relay.h"
#include "relay/stop_signal.h"
#include "relay/vpcd_frame.h"

namespace cose::relay {

class FaceSocket;

class VpcdFace {
 public:
  VpcdFace(VpcdFace&&) noexcept;
  ~VpcdFace();

  [[nodiscard]] static Result<VpcdFace> connect(const net::Endpoint& reader, const StopSignal& stop);

  // Returns when the stop was requested. Errors: kClosed (the reader is gone), kCardRemoved (the card is lost),
  // kInvalid (no virtual reader is at the other end), kTimeout.
  [[nodiscard]] Status serve(CardRelay& relay, const StopSignal& stop);

 private:
  explicit VpcdFace(std::unique_ptr<FaceSocket> socket);
  [[nodiscard]] Status handle_arrived(CardRelay& relay);
  [[nodiscard]] Status handle(const VpcdMessage& message, CardRelay& relay);
  [[nodiscard]] Status answer(ByteView payload);

  std::unique_ptr<FaceSocket> socket_;
  VpcdDecoder decoder_;
  Bytes answer_;
  Bytes frame_;
};

}  // namespace cose::relay
