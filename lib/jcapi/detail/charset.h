// SPDX-License-Identifier: Apache-2.0
// Character encodings of javacardx.framework.string.StringUtil, to and from UTF-8.
//
// UTF-16 is written big-endian behind a byte order mark and read in the order of the mark, big-endian without one
// (RFC 2781 §4.3). UCS-2 is big-endian and has no characters above FFFF. GSM 7 is the default alphabet of
// 3GPP TS 23.038 §6.2.1 with its extension table, one septet in each octet.
#pragma once

#include <expected>

#include "bytes/bytes.h"

namespace cose::jcapi::detail {

// StringUtil's constants.
enum class Charset : std::uint8_t {
  kUtf8 = 1,
  kUtf16 = 2,
  kUtf16LittleEndian = 3,
  kUtf16BigEndian = 4,
  kUcs2 = 5,
  kGsm7 = 6,
  kIso8859 = 7,
};

enum class CharsetProblem : std::uint8_t { kUnsupported, kInvalidSequence };

// A character that the target lacks is an invalid sequence.
[[nodiscard]] std::expected<Bytes, CharsetProblem> to_charset(ByteView utf8, std::uint8_t charset);
[[nodiscard]] std::expected<Bytes, CharsetProblem> from_charset(ByteView text, std::uint8_t charset);

}  // namespace cose::jcapi::detail
