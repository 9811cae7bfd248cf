// SPDX-License-Identifier: Apache-2.0
#include "bytes/hex.h"

#include <array>

namespace cose {

namespace {

constexpr std::string_view kDigits = "0123456789ABCDEF";

constexpr std::array<signed char, 256> make_values() {
  std::array<signed char, 256> values{};
  values.fill(-1);
  for (unsigned char digit = 0; digit < 16; ++digit) {
    const auto upper = static_cast<unsigned char>(kDigits[digit]);
    const auto lower = static_cast<unsigned char>(upper | 0x20);  // of 0 to 9 the same character
    values[upper] = values[lower] = static_cast<signed char>(digit);
  }
  return values;
}

constexpr auto kValues = make_values();

bool is_separator(char character) {
  return character == ' ' || character == '\t' || character == ':' || character == '\n' || character == '\r';
}

std::unexpected<Error> not_a_digit(std::string_view text, std::size_t at) {
  const auto octet = static_cast<unsigned char>(text[at]);
  const std::string shown = octet >= 0x20 && octet < 0x7F ? "'" + std::string(1, text[at]) + "'"
                                                          : "octet " + to_hex(as_bytes(text.substr(at, 1)));
  return fail(ErrorKind::kInvalid,
              "expected hexadecimal digits, found " + shown + " at position " + std::to_string(at + 1));
}

}  // namespace

int hex_digit(char character) {
  return kValues[static_cast<unsigned char>(character)];
}

void append_hex(std::string& to, ByteView octets) {
  const auto start = to.size();
  to.resize(start + 2 * octets.size());
  auto* out = to.data() + start;
  for (const auto octet : octets) {
    *out++ = kDigits[octet >> 4];
    *out++ = kDigits[octet & 0x0F];
  }
}

std::string to_hex(ByteView octets) {
  std::string text;
  append_hex(text, octets);
  return text;
}

Result<Bytes> from_hex(std::string_view text) {
  Bytes octets;
  octets.reserve(text.size() / 2);
  for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
    const int high = hex_digit(text[at]);
    const int low = hex_digit(text[at + 1]);
    if (high < 0) return not_a_digit(text, at);
    if (low < 0) return not_a_digit(text, at + 1);
    octets.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  if (text.size() % 2 == 0) return octets;
  if (hex_digit(text.back()) < 0) return not_a_digit(text, text.size() - 1);
  return fail(ErrorKind::kInvalid,
              "expected an even number of hexadecimal digits, found " + std::to_string(text.size()));
}

Result<Bytes> from_loose_hex(std::string_view text) {
  Bytes octets;
  for (std::size_t at = 0; at < text.size();) {
    if (is_separator(text[at])) {
      ++at;
      continue;
    }
    const int high = hex_digit(text[at]);
    if (high < 0) return not_a_digit(text, at);
    if (at + 1 == text.size() || is_separator(text[at + 1]))
      return fail(ErrorKind::kInvalid, "half an octet at position " + std::to_string(at + 1));
    const int low = hex_digit(text[at + 1]);
    if (low < 0) return not_a_digit(text, at + 1);
    octets.push_back(static_cast<std::uint8_t>(high << 4 | low));
    at += 2;
  }
  return octets;
}

namespace literals {

Bytes operator""_hex(const char* text, std::size_t size) {
  auto octets = from_loose_hex({text, size});
  COSE_ASSERT(octets.has_value());
  return *std::move(octets);
}

}  // namespace literals

}  // namespace cose
