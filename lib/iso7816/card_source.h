// SPDX-License-Identifier: Apache-2.0
// A place that may hold a card: a PC/SC reader, a slot of a grid, a recording, a template of software cards.
//
// Thread rule: presence() may be called by one thread while another calls open(), and uri() and may_block() by any.
// presence() and open() may wait for the outside world when may_block() says so, and are then called from a worker
// thread, never from one that serves sockets. What open() gives follows the rule of Card.
#pragma once

#include <memory>
#include <string>

#include "bytes/result.h"
#include "iso7816/card.h"

namespace cose::iso7816 {

enum class Presence { kAbsent, kPresent };

class CardSource {
 public:
  virtual ~CardSource() = default;

  // The card URI that names this place.
  [[nodiscard]] virtual std::string uri() const = 0;

  // True when a call here or on its card can wait for somebody else (a reader, a network). False: computes only.
  [[nodiscard]] virtual bool may_block() const = 0;

  // Whether a card is there now. A place that cannot be asked holds no card.
  [[nodiscard]] virtual Presence presence() = 0;

  // A card without power yet. Errors: kNotFound (no such place), kCardRemoved (place without card), kBusy, kClosed.
  [[nodiscard]] virtual Result<std::unique_ptr<Card>> open() = 0;
};

}  // namespace cose::iso7816
