// SPDX-License-Identifier: Apache-2.0
// Whether a CAP file holds together: every rule of JCVM 3.1 chapter 6 that can be checked without the imported
// packages and without simulating types on the stack (that is the virtual machine's verifier).
//
// With a Descriptor, every octet of every method is checked. Without one, as in a load file, methods are found from
// class tables, exports, install methods and static references, and in them what execution can reach.
//
// A report lists all findings, not only the first, up to kMaximumFindings. Work is linear in the size of the input.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cap/container.h"

namespace cose::cap {

enum class Severity {
  kWarning,  // odd, but harmless to a careful virtual machine
  kError,    // a card must refuse the CAP file
};

[[nodiscard]] std::string_view to_string(Severity severity);

struct Finding {
  Severity severity = Severity::kError;
  ComponentTag component{};
  std::size_t offset = 0;  // in the component's info item, or in a block of the Method component
  std::string message;
};

struct Report {
  std::vector<Finding> findings;

  [[nodiscard]] bool has_errors() const;
};

[[nodiscard]] Report verify(const Components& components);

// A line for each finding: "error: Method at 0x0012: ...".
[[nodiscard]] std::string to_text(const Report& report);
[[nodiscard]] std::string to_json(const Report& report);

}  // namespace cose::cap
