// SPDX-License-Identifier: Apache-2.0
// Response APDUs: data and a status word (ISO/IEC 7816-4 §5.1). The view borrows its data.
// Errors: kInvalid for fewer than two octets or more than kMaximumResponseSize.
#pragma once

#include <cstddef>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "iso7816/status_word.h"

namespace cose::iso7816 {

inline constexpr std::size_t kMaximumResponseData = 65536;
inline constexpr std::size_t kMaximumResponseSize = kMaximumResponseData + 2;

struct ResponseApduView {
  ByteView data = {};
  StatusWord status = StatusWord::kOk;

  [[nodiscard]] static Result<ResponseApduView> parse(ByteView octets);
};

struct ResponseApdu {
  Bytes data = {};
  StatusWord status = StatusWord::kOk;

  [[nodiscard]] static Result<ResponseApdu> parse(ByteView octets);
  [[nodiscard]] Bytes encode() const;

  friend bool operator==(const ResponseApdu&, const ResponseApdu&) = default;
};

void append_status(Bytes& to, StatusWord status);

}  // namespace cose::iso7816
