// SPDX-License-Identifier: Apache-2.0
// What a virtual reader may send, in pieces; whatever it is, a card behind the relay answers each command once.
#include <cstddef>
#include <cstdint>

#include "bytes/testing/manual_clock.h"
#include "iso7816/echo_card.h"
#include "relay/card_relay.h"
#include "relay/vpcd_frame.h"

namespace {

class SilentObserver final : public cose::relay::RelayObserver {
 public:
  void relayed(const cose::relay::RelayEvent&) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using Kind = cose::relay::VpcdMessage::Kind;
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0] % 16;
  cose::ByteView rest(data + 1, size - 1);
  cose::testing::ManualClock clock;
  cose::iso7816::EchoCard card;
  SilentObserver observer;
  cose::relay::CardRelay relay(card, clock, {}, observer);
  if (!relay.warm_up()) __builtin_trap();
  cose::relay::VpcdDecoder decoder;
  cose::Bytes answer;
  while (!rest.empty()) {
    decoder.feed(rest.first(std::min(piece, rest.size())));
    rest = rest.subspan(std::min(piece, rest.size()));
    for (;;) {
      const auto message = decoder.next();
      if (!message) return 0;
      if (!*message) break;
      if ((*message)->kind == Kind::kReset) relay.reset();
      if ((*message)->kind != Kind::kCommand) continue;
      relay.transmit((*message)->command, answer);
      if (answer.size() < 2) __builtin_trap();
    }
  }
  return 0;
}
