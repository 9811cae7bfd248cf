// SPDX-License-Identifier: Apache-2.0
#include "store/detail/keys.h"

#include "bytes/reader.h"

namespace cose::store::detail {

namespace {

constexpr std::size_t kCardKey = 1 + 8;
constexpr std::size_t kPageKey = kCardKey + 4;

void append_number(std::string& to, std::uint64_t number, unsigned width) {
  for (auto shift = width * 8; shift > 0; shift -= 8) to += static_cast<char>(number >> (shift - 8) & 0xFF);
}

std::uint64_t number_at(std::string_view text, std::size_t at, std::size_t width) {
  std::uint64_t number = 0;
  for (const char octet : text.substr(at, width)) number = number << 8 | static_cast<std::uint8_t>(octet);
  return number;
}

std::string text_of(ByteView octets) {
  return std::string(as_text(octets));
}

}  // namespace

std::string card_key(Kind kind, CardId card) {
  std::string key(1, static_cast<char>(kind));
  append_number(key, card, 8);
  return key;
}

std::string page_key(CardId card, PageNumber page) {
  auto key = card_key(Kind::kPage, card);
  append_number(key, page, 4);
  return key;
}

std::string record_key(std::string_view key) {
  return std::string(1, static_cast<char>(Kind::kRecord)).append(key);
}

std::string end_of(std::string prefix) {
  while (!prefix.empty() && static_cast<std::uint8_t>(prefix.back()) == 0xFF) prefix.pop_back();
  if (!prefix.empty()) ++prefix.back();
  return prefix;
}

std::optional<CardId> card_of(std::string_view key) {
  if (key.size() != kCardKey && key.size() != kPageKey) return std::nullopt;
  return number_at(key, 1, 8);
}

std::optional<PageNumber> page_of(std::string_view key) {
  if (key.size() != kPageKey) return std::nullopt;
  return static_cast<PageNumber>(number_at(key, kCardKey, 4));
}

std::string number_value(std::uint64_t number) {
  std::string value;
  append_number(value, number, 8);
  return value;
}

Result<std::uint64_t> parse_number(std::string_view value) {
  Reader reader(as_bytes(value));
  COSE_TRY(const auto number, reader.u64());
  COSE_CHECK(reader.expect_end());
  return number;
}

std::string head_value(const Change& change) {
  return number_value(change.fence) + number_value(change.sequence) + text_of(change.head);
}

Result<Head> parse_head(std::string_view value) {
  Reader reader(as_bytes(value));
  Head head;
  COSE_TRY(head.fence, reader.u64());
  COSE_TRY(head.sequence, reader.u64());
  head.octets = to_bytes(reader.rest());
  return head;
}

std::string answer_value(const Answer& answer) {
  std::string value(1, static_cast<char>(answer.request.size()));
  return value + text_of(answer.request) + text_of(answer.response);
}

Result<Answer> parse_answer(std::string_view value) {
  Reader reader(as_bytes(value));
  COSE_TRY(const auto request, reader.take_with_length8());
  return Answer{to_bytes(request), to_bytes(reader.rest())};
}

}  // namespace cose::store::detail
