// SPDX-License-Identifier: Apache-2.0
#include "grid/seid_table.h"

#include <algorithm>
#include <charconv>

namespace cose::grid {

namespace {

constexpr std::size_t kMaximumDigits = 9;

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

// A name as a prefix and the digits behind it.
struct Numbered {
  std::string_view prefix;
  std::string_view digits;  // empty: none, or too many
};

Numbered cut(std::string_view name) {
  std::size_t at = name.size();
  while (at > 0 && name.size() - at < kMaximumDigits && is_digit(name[at - 1])) --at;
  return {name.substr(0, at), name.substr(at)};
}

std::uint32_t number_of(std::string_view digits) {
  std::uint32_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

bool follows(std::string_view next, std::string_view digits) {
  return next.size() == digits.size() && number_of(next) == number_of(digits) + 1;
}

// "1;4-7;9" of names that share a prefix and are sorted.
std::string numbers_text(std::span<const Numbered> names) {
  std::string text;
  for (std::size_t at = 0; at < names.size();) {
    std::size_t end = at + 1;
    while (end < names.size() && follows(names[end].digits, names[end - 1].digits)) ++end;
    if (!text.empty()) text += ';';
    text += names[at].digits;
    if (end - at > 1) text.append(end - at > 2 ? "-" : ";").append(names[end - 1].digits);
    at = end;
  }
  return text;
}

std::unexpected<Error> bad(std::string_view item) {
  return fail(ErrorKind::kInvalid, "no list of SEIDs: " + std::string(item));
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= kMaximumDigits && std::ranges::all_of(text, is_digit);
}

// "1000-2000" or "567" behind a prefix.
Status expand_part(std::string_view prefix, std::string_view part, std::vector<std::string>& names) {
  const auto dash = part.find('-');
  const auto first = part.substr(0, dash);
  const auto last = dash == std::string_view::npos ? first : part.substr(dash + 1);
  if (!is_number(first) || !is_number(last) || number_of(first) > number_of(last)) return bad(part);
  for (auto number = number_of(first); number <= number_of(last); ++number) {
    if (names.size() == kMaximumSeids) return fail(ErrorKind::kLimit, "a list of more than 100000 SEIDs");
    auto digits = std::to_string(number);
    if (digits.size() < first.size()) digits.insert(0, first.size() - digits.size(), '0');
    names.push_back(std::string(prefix) + digits);
  }
  return {};
}

Status expand_item(std::string_view item, std::vector<std::string>& names) {
  const auto open = item.find('[');
  if (open == std::string_view::npos) {
    if (!is_seid(item)) return bad(item);
    if (names.size() == kMaximumSeids) return fail(ErrorKind::kLimit, "a list of more than 100000 SEIDs");
    names.emplace_back(item);
    return {};
  }
  if (!item.ends_with(']') || open > kMaximumSeid) return bad(item);
  auto parts = item.substr(open + 1, item.size() - open - 2);
  while (true) {
    const auto end = std::min(parts.find(';'), parts.size());
    COSE_CHECK(expand_part(item.substr(0, open), parts.substr(0, end), names));
    if (end == parts.size()) return {};
    parts.remove_prefix(end + 1);
  }
}

}  // namespace

bool is_seid(std::string_view text) {
  return !text.empty() && text.size() <= kMaximumSeid && std::ranges::all_of(text, [](char character) {
    return character > ' ' && character <= '~' && character != '[' && character != ']' && character != ';';
  });
}

Status SeidTable::add(std::string_view seid, SlotNumber slot) {
  if (!is_seid(seid)) return fail(ErrorKind::kInvalid, "'" + std::string(seid) + "' is no SEID");
  if (!slots_.emplace(seid, slot).second)
    return fail(ErrorKind::kBusy, "SEID " + std::string(seid) + " is the name of two slots");
  names_.emplace(slot, seid);
  return {};
}

std::string SeidTable::name_of(SlotNumber slot) const {
  const auto found = names_.find(slot);
  return found == names_.end() ? slot.text() : found->second;
}

std::optional<SlotNumber> SeidTable::find(std::string_view seid) const {
  const auto found = slots_.find(seid);
  if (found == slots_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string_view> SeidTable::names() const {
  std::vector<std::string_view> names;
  names.reserve(slots_.size());
  for (const auto& [name, slot] : slots_) names.push_back(name);
  return names;
}

std::string plain_seid_list(std::span<const std::string_view> seids) {
  std::string text;
  for (const auto seid : seids) text.append(text.empty() ? "" : " ").append(seid);
  return text;
}

std::string compact_seid_list(std::span<const std::string_view> seids) {
  std::vector<Numbered> names;
  for (const auto seid : seids) names.push_back(cut(seid));
  std::ranges::sort(names, [](const Numbered& left, const Numbered& right) {
    if (left.prefix != right.prefix) return left.prefix < right.prefix;
    if (left.digits.size() != right.digits.size()) return left.digits.size() < right.digits.size();
    return left.digits < right.digits;
  });
  std::string text;
  for (std::size_t at = 0; at < names.size();) {
    std::size_t end = at + 1;
    while (end < names.size() && !names[at].digits.empty() && names[end].prefix == names[at].prefix) ++end;
    if (!text.empty()) text += ' ';
    text += names[at].prefix;
    if (end - at == 1)
      text += names[at].digits;
    else
      text.append("[").append(numbers_text(std::span(names).subspan(at, end - at))).append("]");
    at = end;
  }
  return text;
}

Result<std::vector<std::string>> expand_seid_list(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const auto end = std::min(list.find(' '), list.size());
    if (end != 0) COSE_CHECK(expand_item(list.substr(0, end), names));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return names;
}

}  // namespace cose::grid
