// SPDX-License-Identifier: Apache-2.0
// The static field image: where each static field is and what it starts with (JCVM 3.1 §6.11). Initialisers may set
// fields to constants and to arrays of constants (JCVM 3.1 §2.2.1.1); anything else is reported.
#pragma once

#include "cap/model.h"
#include "convert/detail/program.h"

namespace cose::convert::detail {

[[nodiscard]] cap::StaticFieldComponent place_statics(Program& program);

}  // namespace cose::convert::detail
