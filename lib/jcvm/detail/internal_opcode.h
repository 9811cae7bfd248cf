// SPDX-License-Identifier: Apache-2.0
// The pre-decoded instruction set as numbers.
#pragma once

#include <cstdint>

namespace cose::jcvm::detail {

enum class Internal : std::uint8_t {
#define INTERNAL(name) k_##name,
#include "jcvm/detail/internal_opcodes.def"
};

}  // namespace cose::jcvm::detail
