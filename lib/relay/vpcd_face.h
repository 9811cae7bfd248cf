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
#include "relay/reader_face.h"
#include "relay/vpcd_frame.h"

namespace cose::relay {

class FaceSocket;

class VpcdFace final : public ReaderFace {
 public:
  ~VpcdFace() override;

  [[nodiscard]] static Result<std::unique_ptr<VpcdFace>> connect(const net::Endpoint& reader, const StopSignal& stop);

  [[nodiscard]] Status serve(CardRelay& relay, const StopSignal& stop) override;

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
