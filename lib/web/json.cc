// SPDX-License-Identifier: Apache-2.0
#include "web/detail/json.h"

#include <algorithm>

namespace cose::web::detail {

Status check_members(const Json& object, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(known, std::string_view(name)) != known.end()) continue;
    std::string text;
    for (const auto each : known) text.append(text.empty() ? "" : ", ").append(each);
    return fail(ErrorKind::kInvalid, "expected members of these: " + text + "; found \"" + name + "\"");
  }
  return {};
}

Result<Json> read_object(std::string_view text, std::initializer_list<std::string_view> known) {
  if (text.empty()) return Json::object();
  auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return fail(ErrorKind::kInvalid, "expected one JSON object");
  COSE_CHECK(check_members(json, known));
  return json;
}

Result<std::string> text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return std::string();
  if (!found->is_string()) return fail(ErrorKind::kInvalid, std::string(name) + ": expected a text");
  return found->get<std::string>();
}

}  // namespace cose::web::detail
