// SPDX-License-Identifier: Apache-2.0
// make...View(array, offset, length, attributes, Shareable) of JCSystem and JCint: one native for all types.
#pragma once

#include <optional>

#include "jcvm/native.h"

namespace cose::jcapi::detail {

// `kind`: what the array must be; nothing: any array.
[[nodiscard]] jcvm::NativeResult make_array_view(jcvm::NativeCall& call, std::optional<jcvm::ObjectKind> kind);

}  // namespace cose::jcapi::detail
