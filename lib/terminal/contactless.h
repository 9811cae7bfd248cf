// SPDX-License-Identifier: Apache-2.0
// A payment with a card in the contactless field: the entry point chooses application and kernel, and kernel 2 (EMV
// mode with CDA and relay resistance, magnetic-stripe mode, recovery of torn transactions) or kernel 3 (qVSDC with
// fDDA) carries it out. Other kernels are passed over.
//
// The outcome has the parameters that entry point and reader go on with; Decision::kTryAgain means that the card is to
// be presented once more, with the same torn log. Borrows card, configuration, parties and log. Thread rule: one
// thread. Source: EMV Contactless Books A 2.10, B 2.10, C-2 2.10, C-3 2.10.
#pragma once

#include <vector>

#include "iso7816/card.h"
#include "terminal/configuration.h"
#include "terminal/relay_resistance.h"
#include "terminal/transaction.h"

namespace cose::terminal {

// C-2 §3.7: a transaction whose GENERATE AC found no answer.
struct TornRecord {
  emv::DataObjects objects;
  Bytes pdol_data;
  Bytes cdol1_data;
  Bytes relay_data;  // of the relay resistance protocol, as the card signed it; empty: not performed
  std::uint8_t wanted = 0;
  Nanoseconds wall{0};
};

class TornLog {
 public:
  static constexpr std::size_t kMaximumRecords = 5;
  static constexpr std::chrono::minutes kLifetime{5};

  void add(TornRecord record);
  // Taken out of the log: the youngest of this account that is not too old.
  [[nodiscard]] std::optional<TornRecord> take(ByteView pan, ByteView sequence, Nanoseconds wall);
  [[nodiscard]] std::size_t size() const { return records_.size(); }

 private:
  std::vector<TornRecord> records_;
};

[[nodiscard]] Outcome pay_contactless(iso7816::Card& card, const Configuration& configuration, const Payment& payment,
                                      const Parties& parties, TornLog& torn, const RelayTerms& relay = {});

// PC/SC Part 3 §3.1.3.2.3: what readers make of contactless cards.
[[nodiscard]] bool is_contactless_atr(ByteView atr);

}  // namespace cose::terminal
