// SPDX-License-Identifier: Apache-2.0
// One table of a TOML file, whose keys are all known: what no one asked for by name is an error at the end, as a
// misspelt key must not silently mean its default. Errors: kInvalid with file and line.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "bytes/result.h"

namespace cose::host::detail {

class TableReader {
 public:
  TableReader(const toml::table& table, std::string_view origin) : table_(table), origin_(origin) {}

  [[nodiscard]] Status text(std::string_view key, std::string& value) {
    const auto* node = take(key);
    if (node == nullptr) return {};
    const auto found = node->value<std::string>();
    if (!found || !node->is_string()) return wrong(*node, key, "a text in quotes");
    value = *found;
    return {};
  }

  [[nodiscard]] Status number(std::string_view key, std::int64_t least, std::int64_t most, std::int64_t& value) {
    const auto* node = take(key);
    if (node == nullptr) return {};
    const auto found = node->value<std::int64_t>();
    if (!found || !node->is_integer() || *found < least || *found > most)
      return wrong(*node, key, "a number from " + std::to_string(least) + " to " + std::to_string(most));
    value = *found;
    return {};
  }

  // A text that another function understands.
  template <typename Value, typename Parse>
  [[nodiscard]] Status parsed(std::string_view key, Value& value, const Parse& parse) {
    const auto* node = take(key);
    if (node == nullptr) return {};
    if (!node->is_string()) return wrong(*node, key, "a text in quotes");
    auto found = parse(*node->value<std::string>());
    if (!found) return std::unexpected(found.error().within(where(*node)));
    value = *std::move(found);
    return {};
  }

  [[nodiscard]] Status flag(std::string_view key, bool& value) {
    const auto* node = take(key);
    if (node == nullptr) return {};
    if (!node->is_boolean()) return wrong(*node, key, "true or false");
    value = *node->value<bool>();
    return {};
  }

  [[nodiscard]] Status texts(std::string_view key, std::vector<std::string>& values) {
    const auto* node = take(key);
    if (node == nullptr) return {};
    const auto* array = node->as_array();
    if (array == nullptr) return wrong(*node, key, "texts in brackets");
    for (const auto& each : *array) {
      if (!each.is_string()) return wrong(each, key, "a text in quotes");
      values.push_back(*each.value<std::string>());
    }
    return {};
  }

  [[nodiscard]] Result<const toml::table*> table(std::string_view key) {
    const auto* node = take(key);
    if (node == nullptr || node->is_table()) return node == nullptr ? nullptr : node->as_table();
    return std::unexpected(wrong(*node, key, "a table").error());
  }

  [[nodiscard]] Result<const toml::array*> tables(std::string_view key) {
    const auto* node = take(key);
    if (node == nullptr || node->is_array_of_tables()) return node == nullptr ? nullptr : node->as_array();
    return std::unexpected(wrong(*node, key, "tables, written [[" + std::string(key) + "]]").error());
  }

  [[nodiscard]] Status expect_no_more() const {
    for (const auto& [key, node] : table_)
      if (!known_.contains(std::string(key.str())))
        return fail(ErrorKind::kInvalid, where(node) + ": unknown key \"" + std::string(key.str()) + "\"");
    return {};
  }

  [[nodiscard]] std::string where(const toml::node& node) const {
    return std::string(origin_) + ":" + std::to_string(node.source().begin.line);
  }

 private:
  [[nodiscard]] const toml::node* take(std::string_view key) {
    known_.insert(std::string(key));
    return table_.get(key);
  }

  [[nodiscard]] Status wrong(const toml::node& node, std::string_view key, const std::string& wanted) const {
    return fail(ErrorKind::kInvalid, where(node) + ": " + std::string(key) + ": expected " + wanted);
  }

  const toml::table& table_;
  std::string_view origin_;
  std::set<std::string> known_;
};

}  // namespace cose::host::detail
