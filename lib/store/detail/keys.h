// SPDX-License-Identifier: Apache-2.0
// The keys and values of a state directory, as docs/formats/state.md lays them down. Numbers are big-endian, so that
// the order of the engine is the order of cards and pages.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/store.h"

namespace cose::store::detail {

// What a key begins with.
enum class Kind : char { kMeta = 'm', kHead = 'h', kPage = 'p', kAnswer = 'a', kRecord = 'r' };

inline constexpr std::string_view kFormatKey = "mformat";
inline constexpr std::string_view kFenceKey = "mfence";

[[nodiscard]] std::string card_key(Kind kind, CardId card);  // of a head or an answer; the prefix of pages
[[nodiscard]] std::string page_key(CardId card, PageNumber page);
[[nodiscard]] std::string record_key(std::string_view key);
// The first key behind all that begin with this one; empty: there is none.
[[nodiscard]] std::string end_of(std::string prefix);

[[nodiscard]] std::optional<CardId> card_of(std::string_view key);
[[nodiscard]] std::optional<PageNumber> page_of(std::string_view key);

[[nodiscard]] std::string number_value(std::uint64_t number);
[[nodiscard]] Result<std::uint64_t> parse_number(std::string_view value);
[[nodiscard]] std::string head_value(const Change& change);
[[nodiscard]] Result<Head> parse_head(std::string_view value);
[[nodiscard]] std::string answer_value(const Answer& answer);
[[nodiscard]] Result<Answer> parse_answer(std::string_view value);

}  // namespace cose::store::detail
