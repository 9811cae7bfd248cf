// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/number_text.h"

#include <charconv>
#include <string>

namespace cose::jcapi::detail {

namespace {

// What stands before the digits.
int take_radix(std::string_view& text) {
  if (text.starts_with('#')) return text.remove_prefix(1), 16;
  if (text.starts_with("0x") || text.starts_with("0X")) return text.remove_prefix(2), 16;
  return 10;
}

}  // namespace

std::optional<std::int64_t> parse_number(ByteView octets, int bits) {
  auto text = as_text(octets);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const int radix = take_radix(text);
  // A decimal numeral is 0 or does not start with one.
  if (radix == 10 && text.size() > 1 && text.front() == '0') return std::nullopt;
  std::uint64_t magnitude = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, magnitude, radix);
  if (error != std::errc() || stop != end) return std::nullopt;
  const auto limit = (std::uint64_t{1} << (bits - 1)) - (negative ? 0 : 1);
  if (magnitude > limit) return std::nullopt;
  return static_cast<std::int64_t>(negative ? ~magnitude + 1 : magnitude);
}

Bytes number_text(std::int64_t number) {
  return to_bytes(as_bytes(std::to_string(number)));
}

}  // namespace cose::jcapi::detail
