// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/unsigned_number.h"

#include <algorithm>

namespace cose::jcapi::detail {

ByteView without_leading_zeros(ByteView number) {
  while (number.size() > 1 && number.front() == 0) number = number.subspan(1);
  return number;
}

namespace {

Bytes trimmed(const Bytes& number) {
  return number.empty() ? Bytes{0} : to_bytes(without_leading_zeros(number));
}

// number = number * factor + addend; gives the carry that did not fit.
unsigned multiply_add(Bytes& number, unsigned factor, unsigned addend) {
  unsigned carry = addend;
  for (auto at = number.rbegin(); at != number.rend(); ++at) {
    carry += *at * factor;
    *at = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  return carry;
}

// number = number / 100; gives the remainder.
unsigned divide_by_hundred(Bytes& number) {
  unsigned remainder = 0;
  for (auto& octet : number) {
    remainder = remainder << 8 | octet;
    octet = static_cast<std::uint8_t>(remainder / 100);
    remainder %= 100;
  }
  return remainder;
}

}  // namespace

int compare(ByteView left, ByteView right) {
  left = without_leading_zeros(left);
  right = without_leading_zeros(right);
  if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
  const auto [at_left, at_right] = std::ranges::mismatch(left, right);
  if (at_left == left.end()) return 0;
  return *at_left < *at_right ? -1 : 1;
}

Bytes sum(ByteView left, ByteView right) {
  if (left.size() < right.size()) std::swap(left, right);
  Bytes result(left.size() + 1);
  unsigned carry = 0;
  for (std::size_t place = 0; place < left.size(); ++place) {
    carry += left[left.size() - 1 - place];
    if (place < right.size()) carry += right[right.size() - 1 - place];
    result[result.size() - 1 - place] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  result[0] = static_cast<std::uint8_t>(carry);
  return trimmed(result);
}

std::optional<Bytes> difference(ByteView left, ByteView right) {
  if (compare(left, right) < 0) return std::nullopt;
  right = without_leading_zeros(right);
  Bytes result = to_bytes(left);
  int borrow = 0;
  for (std::size_t place = 0; place < left.size(); ++place) {
    auto& octet = result[left.size() - 1 - place];
    int digit = octet - borrow;
    if (place < right.size()) digit -= right[right.size() - 1 - place];
    borrow = digit < 0 ? 1 : 0;
    octet = static_cast<std::uint8_t>(digit);
  }
  return trimmed(result);
}

Bytes product(ByteView left, ByteView right) {
  left = without_leading_zeros(left);
  right = without_leading_zeros(right);
  Bytes result(left.size() + right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    unsigned carry = 0;
    for (std::size_t j = 0; j < right.size(); ++j) {
      auto& octet = result[result.size() - 1 - i - j];
      carry += octet + unsigned{left[left.size() - 1 - i]} * right[right.size() - 1 - j];
      octet = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    result[result.size() - 1 - i - right.size()] = static_cast<std::uint8_t>(carry);
  }
  return trimmed(result);
}

bool is_bcd(ByteView digits) {
  return std::ranges::all_of(digits, [](std::uint8_t octet) { return (octet >> 4) <= 9 && (octet & 0x0F) <= 9; });
}

std::optional<Bytes> from_bcd(ByteView digits, std::size_t limit) {
  Bytes result(limit);
  for (const auto octet : without_leading_zeros(digits))
    if (multiply_add(result, 100, (octet >> 4) * 10U + (octet & 0x0FU)) != 0) return std::nullopt;
  return trimmed(result);
}

Bytes to_bcd(ByteView number) {
  Bytes rest = to_bytes(without_leading_zeros(number));
  Bytes result;
  do {
    const auto pair = divide_by_hundred(rest);
    result.push_back(static_cast<std::uint8_t>(pair / 10 << 4 | pair % 10));
  } while (std::ranges::any_of(rest, [](std::uint8_t octet) { return octet != 0; }));
  std::ranges::reverse(result);
  return result;
}

}  // namespace cose::jcapi::detail
