// SPDX-License-Identifier: Apache-2.0
// A payment with a card in the contact reader, by EMV's Books 1 to 4: from the list of applications to the last script.
//
// A state machine: each state is a step of the specification with one function, a table says what comes next. Whatever
// the card answers, the transaction ends with an outcome that has a reason; a card that cannot be reached ends it with
// Outcome::error. The card has power afterwards, as the caller may want to look at it.
// Borrows card, configuration and parties. Thread rule: one thread. Source: EMV 4.4 Book 3 §8.2, Book 4 §6.
#pragma once

#include "iso7816/card.h"
#include "terminal/configuration.h"
#include "terminal/transaction.h"

namespace cose::terminal {

[[nodiscard]] Outcome pay_by_contact(iso7816::Card& card, const Configuration& configuration, const Payment& payment,
                                     const Parties& parties);

}  // namespace cose::terminal
