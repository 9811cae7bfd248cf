// SPDX-License-Identifier: Apache-2.0
// The historical bytes of an ATR (ISO/IEC 7816-4:2005 §8.1.1): a category octet, COMPACT-TLV data objects, and in
// category 00 a status indicator of three octets at the end.
//
// Objects borrow the octets given. Errors: kInvalid (an object or the status indicator is cut off), kUnsupported (a
// category whose contents the standard leaves to the issuer).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "iso7816/status_word.h"

namespace cose::iso7816 {

// One octet for the tag's number (upper half) and the length (lower half), then the value.
struct CompactObject {
  std::uint8_t number;
  ByteView value;
};

struct HistoricalBytes {
  std::uint8_t category = 0;
  std::vector<CompactObject> objects = {};
  std::optional<std::uint8_t> life_cycle = std::nullopt;
  std::optional<StatusWord> status = std::nullopt;

  [[nodiscard]] static Result<HistoricalBytes> parse(ByteView octets);
};

// "card capabilities" for 7; empty for a number the standard reserves.
[[nodiscard]] std::string_view compact_object_name(std::uint8_t number);

}  // namespace cose::iso7816
