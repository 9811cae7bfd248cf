// SPDX-License-Identifier: Apache-2.0
// A product of software cards from a TOML file: docs/formats/card-profile.md says what stands in it.
//
// What the file leaves out is as in a default CardProduct. Relative names of files are taken from the file's folder.
// Errors: kNotFound, kInvalid with file and line.
#pragma once

#include <string>
#include <string_view>

#include "bytes/result.h"
#include "softse/card_product.h"

namespace cose::host {

[[nodiscard]] Result<softse::CardProduct> load_card_product(const std::string& file);
// A card that exists needs no files of what it was made with.
enum class Packages { kRead, kLeave };
// The same from a text; `origin` names it in errors.
[[nodiscard]] Result<softse::CardProduct> parse_card_product(std::string_view text, std::string_view origin,
                                                             const std::string& folder,
                                                             Packages packages = Packages::kRead);

}  // namespace cose::host
