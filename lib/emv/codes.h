// SPDX-License-Identifier: Apache-2.0
// Names of countries and currencies by their numbers: ISO 3166-1 and ISO 4217, out of Debian's iso-codes.
// Constant data; an empty view: no such number.
#pragma once

#include <string_view>

namespace cose::emv {

[[nodiscard]] std::string_view country_name(unsigned number);
[[nodiscard]] std::string_view currency_letters(unsigned number);  // "EUR"
[[nodiscard]] std::string_view currency_name(unsigned number);

}  // namespace cose::emv
