// SPDX-License-Identifier: Apache-2.0
// The words for what a card manager's octets mean: life cycle states, privileges, kinds of entries, refusals.
//
// Tables and pure functions. Source: GPC 2.3.1 §11.1.1 (states), §11.1.2 (privileges), §11.2 to §11.11 (status words).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "iso7816/status_word.h"

namespace cose::gphost {

enum class EntryKind { kIssuerDomain, kDomain, kApplication, kLoadFile };

[[nodiscard]] std::string_view to_string(EntryKind kind);  // "isd", "domain", "application", "package"

// "SELECTABLE", "CARD_LOCKED"; own states of applications as "SELECTABLE (0F)".
[[nodiscard]] std::string state_name(EntryKind kind, std::uint8_t state);

// Three octets, tables 11-7 to 11-9.
using Privileges = std::array<std::uint8_t, 3>;

// "SecurityDomain", "CardLock", ... in the order of the bits.
[[nodiscard]] std::vector<std::string_view> privilege_names(const Privileges& privileges);
// The inverse, of names joined by ',' or blanks, or hexadecimal of one to three octets.
[[nodiscard]] Result<Privileges> parse_privileges(std::string_view text);

// "DES", "AES", "RSA modulus", ... of GPC table 11-16.
[[nodiscard]] std::string_view key_type_name(std::uint8_t type);

// What this status word means as an answer to this command, and what may be done: beyond iso7816::meaning().
// Empty when there is nothing to add.
[[nodiscard]] std::string_view explanation(std::uint8_t ins, iso7816::StatusWord status);

// "INSTALL", "PUT KEY": for messages.
[[nodiscard]] std::string_view command_name(std::uint8_t ins);

}  // namespace cose::gphost
