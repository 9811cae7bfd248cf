// SPDX-License-Identifier: Apache-2.0
// The jump lists of the ReferenceLocation component (JCVM 3.1 §6.12): where constant pool indices stand in a block of
// methods. A jump of 255 means "255 on, and no index here".
#pragma once

#include <vector>

#include "bytes/bytes.h"

namespace cose::cap {

[[nodiscard]] std::vector<std::size_t> offsets_of_jumps(ByteView jumps);
// `offsets` ascending.
[[nodiscard]] Bytes jumps_to(const std::vector<std::size_t>& offsets);

}  // namespace cose::cap
