// SPDX-License-Identifier: Apache-2.0
#include "grid/run_length.h"

#include <algorithm>
#include <array>

#include "bytes/hex.h"

namespace cose::grid {

namespace {

// "*NNBB" has five characters: a run pays from three octets (six digits) on.
constexpr std::size_t kShortestRun = 3;
constexpr std::size_t kLongestRun = 0xFF;

std::size_t run_at(ByteView octets, std::size_t start) {
  const auto limit = std::min(octets.size(), start + kLongestRun);
  std::size_t end = start + 1;
  while (end < limit && octets[end] == octets[start]) ++end;
  return end - start;
}

// Two digits as an octet, or -1.
int octet_at(std::string_view text, std::size_t at) {
  if (text.size() - at < 2) return -1;
  const int high = hex_digit(text[at]);
  const int low = hex_digit(text[at + 1]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

std::unexpected<Error> no_octet(std::size_t at) {
  return fail(ErrorKind::kInvalid, "expected two hexadecimal digits or *NNBB at position " + std::to_string(at + 1));
}

}  // namespace

void append_run_length(std::string& to, ByteView octets) {
  std::size_t plain = 0;  // start of what is not written yet
  for (std::size_t at = 0; at < octets.size();) {
    const auto length = run_at(octets, at);
    if (length >= kShortestRun) {
      append_hex(to, octets.subspan(plain, at - plain));
      const std::array run{static_cast<std::uint8_t>(length), octets[at]};
      to += '*';
      append_hex(to, run);
      plain = at + length;
    }
    at += length;
  }
  append_hex(to, octets.subspan(plain));
}

Status from_run_length(std::string_view text, std::size_t maximum, Bytes& octets) {
  octets.clear();
  for (std::size_t at = 0; at < text.size();) {
    const bool is_run = text[at] == '*';
    const int count = is_run ? octet_at(text, at + 1) : 1;
    const auto value_at = is_run ? std::min(at + 3, text.size()) : at;
    const int value = octet_at(text, value_at);
    if (count < 0 || value < 0) return no_octet(at);
    if (static_cast<std::size_t>(count) > maximum - octets.size())
      return fail(ErrorKind::kLimit, "more than " + std::to_string(maximum) + " octets");
    octets.insert(octets.end(), static_cast<std::size_t>(count), static_cast<std::uint8_t>(value));
    at = value_at + 2;
  }
  return {};
}

Result<Bytes> from_run_length(std::string_view text, std::size_t maximum) {
  Bytes octets;
  COSE_CHECK(from_run_length(text, maximum, octets));
  return octets;
}

}  // namespace cose::grid
