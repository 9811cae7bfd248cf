// SPDX-License-Identifier: Apache-2.0
// The text assembler: a CAP file from text, in the syntax that dump_text() prints (cap/dump.h;
// docs/formats/cap-assembly.md has every directive with an example).
//
// A line holds a directive (".class Hello shareable"), a label ("L1:") or an instruction ("sspush 300"); what follows
// ';' is a comment. Names may be used before they are defined. What the format repeats elsewhere is derived: the
// Directory, reference locations, sizes and counts, Header flags. Everything derived can be overridden, and octets put
// where they do not belong, so that CAP files can be written that a card must refuse.
//
// Errors: kInvalid, "line 12, column 5: ...", the first one only; kLimit for sources beyond cap/limits.h.
#pragma once

#include <string_view>

#include "bytes/result.h"
#include "cap/container.h"

namespace cose::cap {

[[nodiscard]] Result<Components> assemble(std::string_view source);

}  // namespace cose::cap
