// SPDX-License-Identifier: Apache-2.0
// The slip that the cardholder gets: lines of 32 columns. The account is masked. Source: EMV 4.4 Book 4 §6.5.
#pragma once

#include <string>

#include "terminal/configuration.h"
#include "terminal/transaction.h"

namespace cose::terminal {

[[nodiscard]] std::string receipt(const Outcome& outcome, const Configuration& configuration);

// "12.34 EUR", by the transaction's currency and exponent.
[[nodiscard]] std::string amount_text(std::uint64_t amount, const Configuration& configuration);
// Of "12.34"; nothing: no amount of this exponent.
[[nodiscard]] std::optional<std::uint64_t> parse_amount(std::string_view text, unsigned exponent);

}  // namespace cose::terminal
