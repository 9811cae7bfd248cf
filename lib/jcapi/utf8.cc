// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/utf8.h"

namespace cose::jcapi::detail {

namespace {

// RFC 3629 §4: which second octets may follow a first one, so that nothing is too long, a surrogate or above 10FFFF.
struct Lead {
  std::uint8_t first;
  std::uint8_t last;
  std::uint8_t size;
  std::uint8_t second_from;
  std::uint8_t second_to;
};
constexpr Lead kLeads[] = {
    {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF}, {0xE1, 0xEC, 3, 0x80, 0xBF}, {0xED, 0xED, 3, 0x80, 0x9F},
    {0xEE, 0xEF, 3, 0x80, 0xBF}, {0xF0, 0xF0, 4, 0x90, 0xBF}, {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F},
};

const Lead* find_lead(std::uint8_t octet) {
  for (const auto& lead : kLeads)
    if (octet >= lead.first && octet <= lead.last) return &lead;
  return nullptr;
}

}  // namespace

Character first_character(ByteView text) {
  if (text[0] < 0x80) return {1, text[0]};
  const auto* lead = find_lead(text[0]);
  if (lead == nullptr) return {1, std::nullopt};
  std::uint32_t code_point = text[0] & (0xFFU >> (lead->size + 1));
  for (std::size_t at = 1; at < lead->size; ++at) {
    const auto from = at == 1 ? lead->second_from : 0x80;
    const auto to = at == 1 ? lead->second_to : 0xBF;
    if (at >= text.size() || text[at] < from || text[at] > to) return {at, std::nullopt};
    code_point = code_point << 6 | (text[at] & 0x3FU);
  }
  return {lead->size, code_point};
}

bool is_well_formed(ByteView text) {
  while (!text.empty()) {
    const auto character = first_character(text);
    if (!character.code_point) return false;
    text = text.subspan(character.size);
  }
  return true;
}

std::size_t count_characters(ByteView text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text = text.subspan(first_character(text).size);
  return count;
}

std::size_t start_of_last(ByteView text, std::size_t end) {
  text = text.first(end);
  std::size_t start = 0;
  while (true) {
    const auto next = start + first_character(text.subspan(start)).size;
    if (next == end) return start;
    start = next;
  }
}

std::optional<std::size_t> size_of_characters(ByteView text, std::size_t count) {
  std::size_t size = 0;
  for (; count > 0; --count) {
    if (size == text.size()) return std::nullopt;
    size += first_character(text.subspan(size)).size;
  }
  return size;
}

void append_utf8(Bytes& text, std::uint32_t code_point) {
  const auto tail = [&](int shift) { text.push_back(static_cast<std::uint8_t>(0x80 | (code_point >> shift & 0x3F))); };
  if (code_point < 0x80) {
    text.push_back(static_cast<std::uint8_t>(code_point));
  } else if (code_point < 0x800) {
    text.push_back(static_cast<std::uint8_t>(0xC0 | code_point >> 6));
    tail(0);
  } else if (code_point < 0x10000) {
    text.push_back(static_cast<std::uint8_t>(0xE0 | code_point >> 12));
    tail(6);
    tail(0);
  } else {
    text.push_back(static_cast<std::uint8_t>(0xF0 | code_point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace cose::jcapi::detail
