// SPDX-License-Identifier: Apache-2.0
// The mask generation function of PSS and OAEP.
#pragma once

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/digest.h"

namespace cose::crypto::detail {

// RFC 8017 §B.2.1: exclusive-ors MGF1(seed) over the whole of `masked`.
[[nodiscard]] Status apply_mgf1(DigestKind kind, ByteView seed, MutableByteView masked);

}  // namespace cose::crypto::detail
