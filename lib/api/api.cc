// SPDX-License-Identifier: Apache-2.0
#include "api/api.h"

#include <algorithm>

namespace cose::api {
namespace {

template <typename Row, typename Condition>
const Row* find_row(std::span<const Row> rows, Condition condition) {
  const auto found = std::ranges::find_if(rows, condition);
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

const Package* find_package(std::string_view name) {
  return find_row(packages(), [&](const Package& row) { return row.name == name; });
}

const Package* find_package_by_aid(std::string_view aid) {
  return find_row(packages(), [&](const Package& row) { return row.aid == aid; });
}

const Class* find_class(std::string_view name) {
  const auto* package = find_package(package_of(name));
  if (package == nullptr) return nullptr;
  return find_row(package->classes, [&](const Class& row) { return row.name == name; });
}

const Class* find_class(const Package& package, std::uint8_t token) {
  return find_row(package.classes, [&](const Class& row) { return row.token == token; });
}

const Method* find_method(const Class& type, std::string_view name, std::string_view descriptor) {
  return find_row(type.methods, [&](const Method& row) { return row.name == name && row.descriptor == descriptor; });
}

const Field* find_field(const Class& type, std::string_view name) {
  return find_row(type.fields, [&](const Field& row) { return row.name == name; });
}

}  // namespace cose::api
