// SPDX-License-Identifier: Apache-2.0
// Whether a group may be committed: the one rule of all stores, given what each of its cards looks like now.
//
// Used by implementations of Store, inside the commit. Errors as in store/store.h; they name the card.
#pragma once

#include <functional>
#include <optional>

#include "store/store.h"

namespace cose::store {

// The sequence that a card has reached; missing: there is no such card.
using SequenceSource = std::function<Result<std::optional<Sequence>>(CardId)>;

[[nodiscard]] Status admit(const Group& group, Fence current, const SequenceSource& sequence_of);

}  // namespace cose::store
