// SPDX-License-Identifier: Apache-2.0
// A card whose state outlives it: what a Fleet keeps, wakes and puts to sleep.
//
// After each call of Card's functions the owner takes what changed and stores it, before the answer leaves. A card that
// is destroyed between two calls has lost its power there: what was taken last is what is left of it.
//
// Rules of Card (iso7816/card.h). An open transaction never spans two calls.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "iso7816/card.h"
#include "vault/card_state.h"

namespace cose::fleet {

class StatefulCard : public iso7816::Card {
 public:
  // What changed since the last call of this function; of a new card, everything. Borrowed until the next call.
  [[nodiscard]] virtual std::vector<vault::SectionChange> take_changes() = 0;

  // Memory of this process that the card takes, in octets, as good as it can be told.
  [[nodiscard]] virtual std::size_t footprint() const = 0;
};

class CardFactory {
 public:
  virtual ~CardFactory() = default;

  // A card that was never used, with what makes it the one of that number: its keys, its serial number.
  [[nodiscard]] virtual Result<std::unique_ptr<StatefulCard>> make(std::uint32_t number) = 0;
  // What all cards of a kind have in common and none has of its own.
  [[nodiscard]] virtual Result<std::unique_ptr<StatefulCard>> make_template() = 0;
  // A card of that number out of a template.
  [[nodiscard]] virtual Result<std::unique_ptr<StatefulCard>> make_from(const vault::Sections& sections,
                                                                        std::uint32_t number) = 0;
  // A card without power, as it was stored. Error: kInvalid, the sections are of no such card.
  [[nodiscard]] virtual Result<std::unique_ptr<StatefulCard>> restore(const vault::Sections& sections) = 0;
};

}  // namespace cose::fleet
