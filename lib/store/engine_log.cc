// SPDX-License-Identifier: Apache-2.0
#include "store/engine_log.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace cose::store {

namespace {

constexpr std::size_t kBlock = 32 * 1024;
constexpr std::size_t kHeader = 4 + 2 + 1;
// Stored checksums are rotated and moved by this, since checksums of checksums are weak.
constexpr std::uint32_t kMask = 0xA282EAD8;

enum Type : std::uint8_t { kWhole = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

// CRC-32C (Castagnoli), reflected.
constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t octet = 0; octet < table.size(); ++octet) {
    auto value = octet;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? value >> 1 ^ 0x82F63B78 : value >> 1;
    table[octet] = value;
  }
  return table;
}

std::uint32_t checksum(std::string_view octets) {
  static constexpr auto kTable = make_table();
  std::uint32_t value = ~0U;
  for (const char octet : octets) value = kTable[(value ^ static_cast<std::uint8_t>(octet)) & 0xFF] ^ value >> 8;
  return std::rotr(~value, 15) + kMask;
}

std::uint32_t little_endian(std::string_view octets) {
  std::uint32_t number = 0;
  for (auto at = octets.size(); at > 0; --at) number = number << 8 | static_cast<std::uint8_t>(octets[at - 1]);
  return number;
}

}  // namespace

std::size_t whole_entries(std::string_view log) {
  std::size_t whole = 0;
  bool inside = false;
  for (std::size_t at = 0; at < log.size();) {
    const auto left = kBlock - at % kBlock;
    if (left < kHeader) {
      at += left;
      continue;
    }
    if (log.size() - at < kHeader) return whole;
    const auto length = little_endian(log.substr(at + 4, 2));
    if (length > std::min(left, log.size() - at) - kHeader) return whole;
    const auto type = static_cast<std::uint8_t>(log[at + 6]);
    if (checksum(log.substr(at + 6, 1 + length)) != little_endian(log.substr(at, 4))) return whole;
    const bool begins = type == kWhole || type == kFirst;
    if (type < kWhole || type > kLast || begins == inside) return whole;
    inside = type == kFirst || type == kMiddle;
    at += kHeader + length;
    if (!inside) whole = at;
  }
  return whole;
}

}  // namespace cose::store
