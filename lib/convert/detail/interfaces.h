// SPDX-License-Identifier: Apache-2.0
// The methods of an interface in the order of their tokens: inherited ones first (JCVM 3.1 §4.3.7.6).
#pragma once

#include <string_view>
#include <vector>

#include "convert/detail/program.h"

namespace cose::convert::detail {

struct InterfaceMethod {
  std::string_view name;
  std::string_view descriptor;
  friend bool operator==(const InterfaceMethod&, const InterfaceMethod&) = default;
};

[[nodiscard]] std::vector<InterfaceMethod> interface_methods(Program& program, TypeRef type);
// The token of a method by the interface that a call names, which may have inherited it.
[[nodiscard]] std::uint8_t interface_token(Program& program, TypeRef type, const InterfaceMethod& method);

}  // namespace cose::convert::detail
