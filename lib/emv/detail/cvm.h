// SPDX-License-Identifier: Apache-2.0
// The rules of a cardholder verification method list in words (EMV 4.4 Book 3 §C3, tables 43 and 44).
#pragma once

#include <cstdint>
#include <string>

namespace cose::emv::detail {

// "enciphered PIN online, always; else the next rule"
[[nodiscard]] std::string cvm_rule(std::uint8_t method, std::uint8_t condition);

}  // namespace cose::emv::detail
