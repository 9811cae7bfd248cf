// SPDX-License-Identifier: Apache-2.0
#include "cap/dump.h"

#include <algorithm>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "cap/assemble.h"
#include "cap/detail/assembly_printer.h"

namespace cose::cap {

namespace {

constexpr std::size_t kOctetsPerLine = 32;

std::string raw_component(ComponentTag tag, ByteView info) {
  std::string text;
  do {
    const auto part = info.first(std::min(kOctetsPerLine, info.size()));
    text += fmt::format(".component {} {}\n", name_of(tag), to_hex(part));
    info = info.subspan(part.size());
  } while (!info.empty());
  return text;
}

// Directives that turn what was assembled into what there is.
std::string difference(const Components& wanted, const Components& assembled, Comments comments) {
  std::string text;
  for (const auto& [tag, info] : wanted.infos) {
    const auto* have = assembled.find(tag);
    if (have != nullptr && *have == info) continue;
    if (comments == Comments::kYes) text += fmt::format("\n; {}: not what the text above gives\n", name_of(tag));
    text += raw_component(tag, info);
  }
  for (const auto& [tag, info] : assembled.infos)
    if (wanted.find(tag) == nullptr) text += fmt::format(".omit {}\n", name_of(tag));
  return text;
}

std::string comment_out(std::string_view text) {
  std::string commented;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    commented += "; ";
    commented += text.substr(0, end);
    text.remove_prefix(end);
  }
  return commented;
}

// For files that cannot be expressed: every component as hexadecimal.
std::string all_raw(const Components& components) {
  std::string text = ".cap 2.1\n";
  const auto empty = assemble(text);
  return text + (empty ? difference(components, *empty, Comments::kNo) : "");
}

std::string error_comments(const LenientParse& parsed) {
  std::string text;
  for (const auto& [tag, error] : parsed.errors) text += "; " + error.message + "\n";
  return text;
}

}  // namespace

std::string dump_text(const Components& components, Comments comments, const NameSource* names) {
  const auto parsed = parse_leniently(components);
  auto text = detail::AssemblyPrinter(parsed, components, comments, names).run();
  if (comments == Comments::kYes) text = error_comments(parsed) + text;
  const auto same = [&](const Result<Components>& assembled) {
    return assembled && assembled->infos == components.infos;
  };
  const auto assembled = assemble(text);
  if (same(assembled)) return text;
  if (assembled) {
    const auto corrected = text + difference(components, *assembled, comments);
    if (same(assemble(corrected))) return corrected;
  }
  return (comments == Comments::kYes ? comment_out(text) : "") + all_raw(components);
}

}  // namespace cose::cap
