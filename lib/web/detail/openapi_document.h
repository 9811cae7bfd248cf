// SPDX-License-Identifier: Apache-2.0
// docs/protocols/openapi.json, as it was when the program was built.
#pragma once

#include <string_view>

namespace cose::web {

[[nodiscard]] std::string_view openapi_document();

}  // namespace cose::web
