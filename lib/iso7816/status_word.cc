// SPDX-License-Identifier: Apache-2.0
#include "iso7816/status_word.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "bytes/hex.h"

namespace cose::iso7816 {

namespace {

struct Row {
  std::uint16_t value;
  std::uint16_t mask;
  std::string_view meaning;

  [[nodiscard]] bool fits(StatusWord status) const { return (status.value() & mask) == value; }
};

constexpr Row kRows[] = {
#define COSE_STATUS_WORD(name, value, meaning) {value, 0xFFFF, meaning},
#define COSE_STATUS_PATTERN(value, mask, meaning) {value, mask, meaning},
#include "iso7816/status_words.def"
#undef COSE_STATUS_WORD
#undef COSE_STATUS_PATTERN
};

// 00 stands for 256 octets where the word counts octets, ISO/IEC 7816-4 §5.1.3.
unsigned shown_number(StatusWord status, std::uint16_t mask) {
  const unsigned open_bits = status.value() & static_cast<unsigned>(~mask & 0xFFFF);
  const bool counts_octets = status.sw1() == 0x61 || status.sw1() == 0x6C || status.sw1() == 0x9F;
  return counts_octets && open_bits == 0 ? 256 : open_bits;
}

}  // namespace

std::string to_string(StatusWord status) {
  const std::uint8_t octets[] = {status.sw1(), status.sw2()};
  return to_hex(octets);
}

std::string meaning(StatusWord status) {
  const auto* row = std::ranges::find_if(kRows, [status](const Row& candidate) { return candidate.fits(status); });
  if (row == std::end(kRows)) return "unknown status word";
  std::string text(row->meaning);
  if (const auto place = text.find("{}"); place != std::string::npos)
    text.replace(place, 2, std::to_string(shown_number(status, row->mask)));
  return text;
}

}  // namespace cose::iso7816
