// SPDX-License-Identifier: Apache-2.0
#include "grid/seid_template.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cose::grid {

namespace {

constexpr std::array<std::pair<std::string_view, SeidField>, 8> kFields = {{
    {"slot", SeidField::kSlot},
    {"reader", SeidField::kReader},
    {"reader-serial", SeidField::kReaderSerial},
    {"historical", SeidField::kHistorical},
    {"cplc", SeidField::kCplc},
    {"iin", SeidField::kIin},
    {"cin", SeidField::kCin},
    {"diversification", SeidField::kDiversification},
}};

std::string cleaned(std::string text) {
  for (char& character : text)
    if (!is_seid({&character, 1})) character = '-';
  return text;
}

std::string with_slot(const std::string& name, SlotNumber slot) {
  const auto tail = "~" + slot.text();
  return name.substr(0, kMaximumSeid - tail.size()) + tail;
}

}  // namespace

Result<SeidTemplate> SeidTemplate::parse(std::string_view text) {
  SeidTemplate made;
  const auto wrong = [&](std::string_view what) {
    return fail(ErrorKind::kInvalid, "\"" + std::string(text) + "\" names no cards: " + std::string(what));
  };
  bool has_field = false;
  for (auto rest = text; !rest.empty();) {
    const auto open = std::min(rest.find('{'), rest.size());
    Part part{.text = std::string(rest.substr(0, open)), .field = std::nullopt};
    rest.remove_prefix(open);
    if (!part.text.empty() && !is_seid(part.text)) return wrong("a character that no SEID has");
    if (!rest.empty()) {
      const auto close = rest.find('}');
      const auto* const found = std::ranges::find(kFields, rest.substr(1, std::min(close, rest.size()) - 1),
                                                  &decltype(kFields)::value_type::first);
      if (close == std::string_view::npos || found == kFields.end())
        return wrong(
            "expected {slot}, {reader}, {reader-serial}, {historical}, {cplc}, {iin}, {cin} or {diversification}");
      part.field = found->second;
      has_field = true;
      rest.remove_prefix(close + 1);
    }
    made.parts_.push_back(std::move(part));
  }
  if (!has_field) return wrong("no field tells them apart");
  return made;
}

bool SeidTemplate::asks_for(SeidField field) const {
  return std::ranges::find(parts_, std::optional(field), &Part::field) != parts_.end();
}

std::optional<std::string> SeidTemplate::expand(const SeidFacts& facts) const {
  std::string name;
  for (const auto& part : parts_) {
    name += part.text;
    if (!part.field) continue;
    const auto fact = facts.find(*part.field);
    if (fact == facts.end() || fact->second.empty()) return std::nullopt;
    name += cleaned(fact->second);
  }
  return is_seid(name) ? std::optional(std::move(name)) : std::nullopt;
}

Result<std::vector<SlotNumber>> add_names(SeidTable& table, const std::vector<SlotName>& names) {
  std::vector<SlotNumber> renamed;
  std::map<std::string, int, std::less<>> counts;
  for (const auto& each : names)
    if (each.name) ++counts[*each.name];
  for (const auto& each : names) {
    auto name = each.name.value_or(each.slot.text());
    if (counts[name] > 1 || table.find(name)) {
      name = with_slot(name, each.slot);
      renamed.push_back(each.slot);
    }
    COSE_CHECK(table.add(name, each.slot));
  }
  return renamed;
}

}  // namespace cose::grid
