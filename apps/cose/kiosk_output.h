// SPDX-License-Identifier: Apache-2.0
// The trees of the kiosk on standard output and in files.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "bytes/result.h"
#include "kiosk/item.h"

namespace cose::app {

struct ItemOutput {
  bool json = false;
  bool xml = false;
  bool parts = false;
};

[[nodiscard]] nlohmann::ordered_json to_json(const kiosk::Item& item);
// Octets that are no UTF-8 are replaced.
void print_json(const nlohmann::ordered_json& json);
void print(const kiosk::Item& item, const ItemOutput& how);

[[nodiscard]] Status write_text(const std::string& name, std::string_view text);

}  // namespace cose::app
