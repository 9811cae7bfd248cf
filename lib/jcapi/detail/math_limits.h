// SPDX-License-Identifier: Apache-2.0
// How large the numbers of javacardx.framework.math are: the API asks for 8 octets at least.
#pragma once

#include <cstdint>

namespace cose::jcapi::detail {

inline constexpr std::int16_t kMaximumNumberOctets = 128;

}  // namespace cose::jcapi::detail
