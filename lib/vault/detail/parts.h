// SPDX-License-Identifier: Apache-2.0
// What a vault knows in memory, and an open card.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "vault/detail/seal.h"
#include "vault/vault.h"

namespace cose::vault {

struct SealedCard {
  store::CardId card = 0;
  std::string name;
  Vault::Role role = Vault::Role::kCard;
  store::CardId made_from = 0;
  detail::Sealer sealer;
  detail::Sum sum;                                     // of its own pages and its last answer
  std::optional<detail::Version> answered = {};        // by the last answer
  std::map<store::PageNumber, detail::Version> pages;  // its own, not the template's
  std::map<SectionNumber, std::uint32_t> sizes;
  detail::Version version;
};

struct Vault::Parts {
  struct Known {
    detail::Version version;
    store::CardId made_from = 0;
  };

  Bytes directory;  // sixteen random octets
  detail::Salts salts;
  std::optional<detail::Sealer> sealer;  // of the directory's own records
  std::optional<detail::Sum> ledger;
  std::unordered_map<store::CardId, Known> index;
  std::map<store::CardId, Sections> templates;
  std::map<store::CardId, std::size_t> copies;   // how many cards are made from a template
  std::set<std::string, std::less<>> new_names;  // of cards that are not committed yet
  std::map<store::CardId, std::string> new_cards;
  store::Fence fence = 0;
  std::uint64_t counter = 0;  // of what was sealed in this start: the next nonce
  std::uint64_t groups = 0;
  store::CardId next_card = 1;
};

namespace detail {

inline constexpr std::string_view kDirectoryRecord = "vault/directory";
inline constexpr std::string_view kKeyRecord = "vault/key";
inline constexpr std::string_view kLedgerRecord = "vault/ledger";
inline constexpr std::string_view kStartPrefix = "start/";
inline constexpr std::string_view kCardKeyPrefix = "key/";
inline constexpr std::string_view kNamePrefix = "name/";

// A record's key: the prefix and sixteen hexadecimal digits.
[[nodiscard]] std::string numbered(std::string_view prefix, std::uint64_t number);
[[nodiscard]] Result<std::uint64_t> number_in(std::string_view prefix, std::string_view key);

// What a card's key is for, so that no wrapped key fits another card or directory.
[[nodiscard]] Bytes purpose_of_key(ByteView directory, store::CardId card);

// The part of a head that is not sealed, and authenticated all the same.
inline constexpr std::size_t kOpenHead = 8 + 1;
[[nodiscard]] Bytes open_head(store::CardId made_from, Vault::Role role);

}  // namespace detail

}  // namespace cose::vault
