// SPDX-License-Identifier: Apache-2.0
// A CAP file for people and for programs.
//
// dump_text() prints what cap/assemble.h reads: assembling the text gives the same components, octet for octet,
// whatever the input was. What the assembler would derive in the same way is not printed; a component whose text
// would not give the same octets (or that could not be read at all) is printed as hexadecimal as well. Errors of the
// file are comments, never a failure.
#pragma once

#include <string>

#include "cap/container.h"
#include "cap/names.h"

namespace cose::cap {

enum class Comments { kNo, kYes };

// `names` may be null.
[[nodiscard]] std::string dump_text(const Components& components, Comments comments, const NameSource* names = nullptr);
[[nodiscard]] std::string dump_json(const Components& components, const NameSource* names = nullptr);

}  // namespace cose::cap
