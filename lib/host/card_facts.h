// SPDX-License-Identifier: Apache-2.0
// What a card says about itself, for names made of it (grid/seid_template.h). Opens the card, gives it power, asks only
// what the template asks for, and takes the power again: at the start of a grid, before anybody uses it.
#pragma once

#include "bytes/rng.h"
#include "grid/seid_template.h"
#include "iso7816/card_source.h"

namespace cose::host {

// A fact that the card does not give is missing. A place without a card gives none.
[[nodiscard]] grid::SeidFacts read_card_facts(iso7816::CardSource& source, grid::SlotNumber slot,
                                              const grid::SeidTemplate& wanted, Rng& rng);

}  // namespace cose::host
