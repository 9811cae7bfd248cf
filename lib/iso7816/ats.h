// SPDX-License-Identifier: Apache-2.0
// The answer to select of a contactless card (ISO/IEC 14443-4 §5.2), and the answer to reset that a reader makes of it.
//
// A value that owns its octets. Errors: kInvalid, naming what is wrong. Source of the reader's part: PC/SC 2.01 part 3
// §3.1.3.2.3.1.
#pragma once

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::iso7816 {

struct Ats {
  Bytes historical;

  // TL, T0, as many of TA, TB and TC as T0 says, historical bytes.
  [[nodiscard]] static Result<Ats> parse(ByteView octets);
  // 3B 8n 80 01, historical bytes, TCK. At most 15 of them fit.
  [[nodiscard]] Result<Bytes> to_atr() const;
};

}  // namespace cose::iso7816
