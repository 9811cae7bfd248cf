// SPDX-License-Identifier: Apache-2.0
// The export file of the package (JCVM 3.1 chapter 5).
#pragma once

#include <optional>

#include "cap/export_file.h"
#include "convert/detail/program.h"

namespace cose::convert::detail {

// Nothing when the package exports nothing.
[[nodiscard]] std::optional<cap::ExportFile> make_export_file(Program& program);

}  // namespace cose::convert::detail
