// SPDX-License-Identifier: Apache-2.0
// A whole card as octets that can leave the machine: sealed under a key of both ends, not under the card's own.
//
// Layout in docs/formats/state.md. Whoever has the file and the key has the card: an imported card and its original
// are two cards with one identity. Errors: kInvalid (no such file), kNotFound (another key), kRefused (changed).
#pragma once

#include <string>
#include <string_view>

#include "vault/card_state.h"
#include "vault/master_key.h"

namespace cose::vault {

struct ExportedCard {
  std::string name;
  Sections sections;
};

[[nodiscard]] Result<Bytes> export_card(std::string_view name, const Sections& sections, MasterKey& key);
[[nodiscard]] Result<ExportedCard> import_card(ByteView octets, MasterKey& key);

}  // namespace cose::vault
