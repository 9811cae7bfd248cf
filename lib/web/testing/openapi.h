// SPDX-License-Identifier: Apache-2.0
// Holds requests and responses against an OpenAPI description, as far as ours uses the language: paths, methods,
// statuses, media types, and schemas of types, members, lists, patterns, ranges, enumerations and references.
//
// A word of a schema that it does not know is a complaint of its own, so that nothing goes unchecked.
#pragma once

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace cose::web::testing {

using Json = nlohmann::json;

class OpenApi {
 public:
  explicit OpenApi(const std::string& file) {
    std::ifstream text(file);
    document_ = Json::parse(text);
  }

  // "GET /path/{name} 200" of everything that is described.
  [[nodiscard]] std::set<std::string> described() const {
    std::set<std::string> all;
    for (const auto& [path, methods] : document_.at("paths").items())
      for (const auto& [method, operation] : methods.items())
        for (const auto& [status, response] : operation.at("responses").items())
          all.insert(upper(method) + " " + path + " " + status);
    return all;
  }

  // The described path that this one is; empty: none.
  [[nodiscard]] std::string path_of(const std::string& path) const {
    for (const auto& [pattern, methods] : document_.at("paths").items()) {
      auto expression = std::regex_replace(pattern, std::regex(R"(\{[a-z]+\})"), "[^/]+");
      expression = std::regex_replace(expression, std::regex(R"(\.)"), "\\.");
      if (std::regex_match(path, std::regex(expression))) return pattern;
    }
    return {};
  }

  [[nodiscard]] bool has(const std::string& path, const std::string& method) const {
    return document_.at("paths").contains(path) && document_["paths"][path].contains(lower(method));
  }

  // Empty: as described.
  [[nodiscard]] std::string check_response(const std::string& path, const std::string& method, unsigned status,
                                           const std::string& type, const std::string& body) const {
    const auto& responses = document_["paths"][path][lower(method)]["responses"];
    const auto found = responses.find(std::to_string(status));
    if (found == responses.end()) return "status " + std::to_string(status) + " is not described";
    return check_content(*found, type, body);
  }

  [[nodiscard]] std::string check_request(const std::string& path, const std::string& method, const std::string& type,
                                          const std::string& body) const {
    const auto& operation = document_["paths"][path][lower(method)];
    if (!operation.contains("requestBody")) return body.empty() ? "" : "a body is not described";
    if (body.empty()) return operation["requestBody"].value("required", false) ? "a body is required" : "";
    return check_content(operation["requestBody"], type, body);
  }

  [[nodiscard]] std::string check_problem(const std::string& body) const {
    return check(Json{{"$ref", "#/components/schemas/Problem"}}, Json::parse(body, nullptr, false), "problem");
  }

 private:
  static std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
    return text;
  }
  static std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char each) { return static_cast<char>(std::toupper(each)); });
    return text;
  }

  [[nodiscard]] std::string check_content(const Json& described, const std::string& type,
                                          const std::string& body) const {
    if (!described.contains("content")) return type.empty() && body.empty() ? "" : "no content is described";
    const auto media = type.substr(0, type.find(';'));
    const auto found = described["content"].find(media);
    if (found == described["content"].end()) return "media type " + media + " is not described";
    if (!media.ends_with("json")) return check((*found)["schema"], Json(body), media);
    const auto value = Json::parse(body, nullptr, false);
    return value.is_discarded() ? "no JSON: " + body : check((*found)["schema"], value, media);
  }

  [[nodiscard]] std::string check(const Json& schema, const Json& value, const std::string& where) const {
    // The other words ask for what only a value of that type has.
    if (schema.contains("type") && !has_type(schema["type"], value))
      return where + ": no " + schema["type"].get<std::string>() + ": " + value.dump();
    for (const auto& [word, what] : schema.items()) {
      auto complaint = check_word(word, what, schema, value, where);
      if (!complaint.empty()) return complaint;
    }
    return {};
  }

  [[nodiscard]] std::string check_word(const std::string& word, const Json& what, const Json& schema, const Json& value,
                                       const std::string& where) const {
    const auto complain = [&](const std::string& text) { return where + ": " + text + ": " + value.dump(); };
    if (word == "description" || word == "default" || word == "type") return {};
    if (word == "$ref") return check(document_.at(Json::json_pointer(what.get<std::string>().substr(1))), value, where);
    if (word == "enum") return std::ranges::find(what, value) != what.end() ? "" : complain("not among the values");
    if (word == "pattern")
      return matches(value.get<std::string>(), what.get<std::string>()) ? ""
                                                                        : complain("not " + what.get<std::string>());
    if (word == "minimum") return value >= what ? "" : complain("too small");
    if (word == "maximum") return value <= what ? "" : complain("too large");
    if (word == "minItems") return value.size() >= what ? "" : complain("too short");
    if (word == "maxItems") return value.size() <= what ? "" : complain("too long");
    if (word == "required") return check_required(what, value, where);
    if (word == "properties") return check_members(what, value, where);
    if (word == "additionalProperties") return check_no_others(schema, value, where);
    if (word == "items") return check_items(what, value, where);
    if (word == "oneOf") return check_one_of(what, value, where);
    return "the test knows no word " + word;
  }

  // By hand for repeated groups: std::regex recurses for each repetition.
  static bool matches(const std::string& text, const std::string& pattern) {
    if (text.size() > 4096) return text.find_first_not_of("0123456789ABCDEFabcdef") == std::string::npos;
    return std::regex_search(text, std::regex(std::regex_replace(pattern, std::regex(R"(\{4,65544\})"), "{4,}")));
  }

  static bool has_type(const Json& type, const Json& value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    return type == "integer" && value.is_number_integer();
  }

  static std::string check_required(const Json& names, const Json& value, const std::string& where) {
    for (const auto& name : names)
      if (!value.contains(name.get<std::string>())) return where + ": without " + name.get<std::string>();
    return {};
  }

  [[nodiscard]] std::string check_members(const Json& schemas, const Json& value, const std::string& where) const {
    for (const auto& [name, schema] : schemas.items()) {
      if (!value.contains(name)) continue;
      auto complaint = check(schema, value[name], where + "." + name);
      if (!complaint.empty()) return complaint;
    }
    return {};
  }

  static std::string check_no_others(const Json& schema, const Json& value, const std::string& where) {
    for (const auto& [name, member] : value.items())
      if (!schema.at("properties").contains(name)) return where + ": member " + name + " is not described";
    return {};
  }

  [[nodiscard]] std::string check_items(const Json& schema, const Json& value, const std::string& where) const {
    for (const auto& each : value) {
      auto complaint = check(schema, each, where + "[]");
      if (!complaint.empty()) return complaint;
    }
    return {};
  }

  [[nodiscard]] std::string check_one_of(const Json& schemas, const Json& value, const std::string& where) const {
    std::string complaints;
    int good = 0;
    for (const auto& schema : schemas) {
      const auto complaint = check(schema, value, where);
      good += complaint.empty() ? 1 : 0;
      complaints += complaint + "; ";
    }
    return good == 1 ? "" : where + ": not one of: " + complaints;
  }

  Json document_;
};

}  // namespace cose::web::testing
