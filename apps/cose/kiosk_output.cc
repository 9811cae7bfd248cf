// SPDX-License-Identifier: Apache-2.0
#include "kiosk_output.h"

#include <cstdlib>
#include <fstream>
#include <iostream>

#include <unistd.h>

#include "bytes/hex.h"

namespace cose::app {

nlohmann::ordered_json to_json(const kiosk::Item& item) {
  nlohmann::ordered_json made{{"title", item.title}};
  if (item.kind == kiosk::ItemKind::kProblem) made["problem"] = true;
  if (item.kind == kiosk::ItemKind::kCheck) made["passed"] = true;
  if (item.tag) made["tag"] = item.tag->to_string();
  if (!item.text.empty()) made["text"] = item.text;
  if (item.hidden) made["hidden"] = true;
  if (!item.value.empty()) made["value"] = to_hex(item.value);
  for (const auto& part : item.parts)
    made["parts"].push_back({{"start", part.start}, {"size", part.size}, {"text", part.text}});
  for (const auto& child : item.children) made["children"].push_back(to_json(child));
  if (item.histogram)
    made["histogram"] = {{"unit", item.histogram->unit},
                         {"low", item.histogram->low},
                         {"width", item.histogram->width},
                         {"baseline", item.histogram->baseline},
                         {"observed", item.histogram->observed}};
  return made;
}

void print_json(const nlohmann::ordered_json& json) {
  std::cout << json.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) << "\n" << std::flush;
}

void print(const kiosk::Item& item, const ItemOutput& how) {
  if (how.json) return print_json(to_json(item));
  if (how.xml)
    std::cout << kiosk::to_xml(item);
  else
    std::cout << kiosk::to_text(
        item, {.colours = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr, .parts = how.parts});
  std::cout << std::flush;
}

Status write_text(const std::string& name, std::string_view text) {
  std::ofstream file(name, std::ios::trunc);
  file << text;
  if (!file.flush()) return fail(ErrorKind::kIo, name + ": cannot be written");
  return {};
}

}  // namespace cose::app
