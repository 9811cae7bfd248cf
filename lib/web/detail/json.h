// SPDX-License-Identifier: Apache-2.0
// JSON as this front writes and reads it. Only for .cc files: the library is slow to compile.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "bytes/result.h"
#include "web/message.h"

namespace cose::web::detail {

// In the order in which members are added.
using Json = nlohmann::ordered_json;

// What is no UTF-8 is replaced, so that this cannot fail.
[[nodiscard]] inline std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

[[nodiscard]] inline Json to_json(const Problem& problem) {
  return {{"title", problem.title}, {"status", problem.status}, {"detail", problem.detail}};
}

// One object whose members are all among `known`; an empty text is an empty object. Errors: kInvalid.
[[nodiscard]] Result<Json> read_object(std::string_view text, std::initializer_list<std::string_view> known);
[[nodiscard]] Status check_members(const Json& object, std::initializer_list<std::string_view> known);
// A member that is a text; empty: it is not there.
[[nodiscard]] Result<std::string> text_member(const Json& object, const char* name);

[[nodiscard]] inline Response respond_json(unsigned status, const Json& json) {
  return {.status = status, .type = "application/json", .body = text_of(json), .fields = {}};
}

}  // namespace cose::web::detail
