// SPDX-License-Identifier: Apache-2.0
// AIDs that payment cards are known to have, for cards without a directory. Constant data.
#pragma once

#include <span>
#include <string_view>

#include "bytes/bytes.h"

namespace cose::kiosk {

struct KnownAid {
  ByteView aid;
  std::string_view name;
};

[[nodiscard]] std::span<const KnownAid> known_aids();

}  // namespace cose::kiosk
