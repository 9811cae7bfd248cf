// SPDX-License-Identifier: Apache-2.0
#include "relay/vpcd_face.h"

#include <array>

#include "relay/detail/face_socket.h"

namespace cose::relay {

namespace {

// How often a silent reader's relay looks after its card.
constexpr int kIdleMilliseconds = 1000;

}  // namespace

VpcdFace::VpcdFace(std::unique_ptr<FaceSocket> socket) : socket_(std::move(socket)) {}
VpcdFace::~VpcdFace() = default;

Result<std::unique_ptr<VpcdFace>> VpcdFace::connect(const net::Endpoint& reader, const StopSignal& stop) {
  COSE_TRY(auto socket, FaceSocket::connect(reader, stop));
  return std::unique_ptr<VpcdFace>(new VpcdFace(std::make_unique<FaceSocket>(std::move(socket))));
}

Status VpcdFace::serve(CardRelay& relay, const StopSignal& stop) {
  for (;;) {
    switch (socket_->wait(kIdleMilliseconds, stop)) {
      case FaceSocket::Wait::kStopped: return {};
      case FaceSocket::Wait::kTimeout: static_cast<void>(relay.idle()); break;
      case FaceSocket::Wait::kReadable: COSE_CHECK(handle_arrived(relay)); break;
    }
    if (relay.is_lost()) return fail(ErrorKind::kCardRemoved, "the card is not reachable any more");
  }
}

Status VpcdFace::handle_arrived(CardRelay& relay) {
  std::array<std::uint8_t, 4096> buffer;
  COSE_TRY(const auto octets, socket_->read(buffer));
  decoder_.feed(octets);
  for (;;) {
    COSE_TRY(const auto message, decoder_.next());
    if (!message) return {};
    COSE_CHECK(handle(*message, relay));
  }
}

Status VpcdFace::handle(const VpcdMessage& message, CardRelay& relay) {
  switch (message.kind) {
    case VpcdMessage::Kind::kPowerOff: relay.power_off(); return {};
    case VpcdMessage::Kind::kPowerOn: relay.power_on(); return {};
    case VpcdMessage::Kind::kReset: relay.reset(); return {};
    case VpcdMessage::Kind::kAskAtr:
      COSE_CHECK(answer(relay.atr()));
      static_cast<void>(relay.idle());
      return {};
    case VpcdMessage::Kind::kCommand: break;
  }
  relay.transmit(message.command, answer_);
  return answer(answer_);
}

Status VpcdFace::answer(ByteView payload) {
  COSE_CHECK(encode_vpcd(payload, frame_));
  return socket_->write(frame_);
}

}  // namespace cose::relay
