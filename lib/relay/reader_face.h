// SPDX-License-Identifier: Apache-2.0
// A place where a card is expected, and which a relay fills: pcscd's virtual reader, the air before a PN532.
#pragma once

#include "bytes/result.h"
#include "relay/card_relay.h"
#include "relay/stop_signal.h"

namespace cose::relay {

class ReaderFace {
 public:
  virtual ~ReaderFace() = default;

  // Reports what happens at the reader to the relay, and answers with what it says. Returns when the stop was
  // requested. Errors: kClosed (the reader is gone), kCardRemoved (the card is lost), kInvalid (it is no such reader),
  // kTimeout.
  [[nodiscard]] virtual Status serve(CardRelay& relay, const StopSignal& stop) = 0;
};

}  // namespace cose::relay
