// SPDX-License-Identifier: Apache-2.0
#include "cap/assemble.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "cap/detail/assembler.h"
#include "cap/reference_location.h"
#include "cap/write.h"

namespace cose::cap {

namespace detail {

const std::vector<Assembler::Directive>& Assembler::directives() {
  static const std::vector<Directive> kDirectives = {
      {".cap", &Assembler::cap},
      {".package", &Assembler::package},
      {".flags", &Assembler::flags},
      {".import", &Assembler::import},
      {".applet", &Assembler::applet},
      {".constant", &Assembler::constant},
      {".static", &Assembler::statics},
      {".array", &Assembler::array},
      {".values", &Assembler::values},
      {".export", &Assembler::export_class},
      {".export_fields", &Assembler::export_fields},
      {".export_methods", &Assembler::export_methods},
      {".export_package", &Assembler::export_package},
      {".resource", &Assembler::resource},
      {".resource_data", &Assembler::resource_data},
      {".debug", &Assembler::debug},
      {".custom", &Assembler::custom},
      {".component", &Assembler::component},
      {".omit", &Assembler::omit},
      {".directory", &Assembler::directory},
      {".signature", &Assembler::signature},
      {".interface", &Assembler::interface},
      {".super", &Assembler::super},
      {".class", &Assembler::class_info},
      {".extends", &Assembler::extends},
      {".instance", &Assembler::instance},
      {".public", &Assembler::public_methods},
      {".package_visible", &Assembler::package_methods},
      {".implements", &Assembler::implements},
      {".remote", &Assembler::remote},
      {".remote_method", &Assembler::remote_method},
      {".remote_interfaces", &Assembler::remote_interfaces},
      {".token_mapping", &Assembler::token_mapping},
      {".inheritable_tokens", &Assembler::inheritable_tokens},
      {".block", &Assembler::block},
      {".method", &Assembler::method},
      {".data", &Assembler::data},
      {".byte", &Assembler::byte},
      {".catch", &Assembler::catch_handler},
      {".handler", &Assembler::handler},
      {".descriptor", &Assembler::descriptor},
      {".descriptor_package", &Assembler::descriptor_package},
      {".class_descriptor", &Assembler::class_descriptor},
      {".interfaces", &Assembler::descriptor_interfaces},
      {".field_descriptor", &Assembler::field_descriptor},
      {".method_descriptor", &Assembler::method_descriptor},
      {".type", &Assembler::type},
      {".constant_types", &Assembler::constant_types},
  };
  return kDirectives;
}

Result<Components> Assembler::run() {
  COSE_CHECK(go_over(Pass::kLearn));
  for (const auto& block : build_.cap.method_blocks) symbols_.handler_counts.push_back(block.handlers.size());
  for (auto& [name, method] : symbols_.methods)
    method.location.offset = static_cast<std::uint16_t>(method.location.offset + methods_start(method.location.block));
  COSE_CHECK(go_over(Pass::kWrite));
  return finish();
}

Status Assembler::go_over(Pass pass) {
  pass_ = pass;
  build_ = {};
  for (const auto& tokens : lines_) COSE_CHECK(line(tokens));
  if (!build_.started) return fail(ErrorKind::kInvalid, "line 1, column 1: expected .cap first, found nothing");
  return close_class();
}

Status Assembler::line(const std::vector<Token>& tokens) {
  const auto& first = tokens.front();
  if (!build_.started && first.text != ".cap")
    return fail_at(first, fmt::format("expected .cap first, found '{}'", first.text));
  if (first.text.ends_with(':') && tokens.size() == 1) return label(first);
  Arguments arguments(tokens);
  if (!first.text.starts_with('.')) {
    COSE_CHECK(instruction(arguments));
    return arguments.finish();
  }
  const auto found = std::ranges::find(directives(), first.text, &Directive::name);
  if (found == directives().end()) return fail_at(first, fmt::format("'{}' is no directive", first.text));
  COSE_CHECK((this->*found->handler)(arguments));
  return arguments.finish();
}

// JCVM 3.1 §6.12: every index of the code, and every catch type that is not "any".
void Assembler::derive() {
  auto& cap = build_.cap;
  if (cap.method_blocks.empty() && !format().extended()) cap.method_blocks.emplace_back();
  build_.references.resize(cap.method_blocks.size());
  for (std::size_t at = 0; at < cap.method_blocks.size(); ++at) {
    const auto& block = cap.method_blocks[at];
    auto& references = build_.references[at];
    for (auto* list : {&references.byte, &references.byte2})
      for (auto& offset : *list) offset += block.methods_start();
    for (std::size_t handler = 0; handler < block.handlers.size(); ++handler)
      if (block.handlers[handler].catch_type_index != 0)
        references.byte2.push_back(1 + kExceptionHandlerSize * handler + 6);
    std::ranges::sort(references.byte2);
    cap.reference_locations.push_back({jumps_to(references.byte), jumps_to(references.byte2)});
  }
  auto& fields = cap.static_fields;
  fields.image_size = build_.image_size.value_or(static_cast<std::uint16_t>(
      2U * fields.reference_count + fields.default_value_count + fields.non_default_values.size()));
  auto& flags = cap.header.flags;
  if (build_.uses_int) flags |= kHeaderInt;
  if (cap.exports) flags |= kHeaderExport;
  if (cap.applets) flags |= kHeaderApplet;
  flags = build_.flags.value_or(flags);
}

Result<Components> Assembler::finish() {
  derive();
  COSE_TRY(auto components, write(build_.cap));
  for (const auto& [tag, info] : build_.custom) components.infos[tag] = info;
  for (const auto& [tag, info] : build_.raw) components.infos[tag] = info;
  for (const auto tag : build_.omitted) components.infos.erase(tag);
  COSE_CHECK(finish_directory(components));
  return components;
}

namespace {

template <typename Number>
Status override_number(const Token& token, Number& number) {
  COSE_TRY(const auto value, parse_number(token, 0, std::numeric_limits<Number>::max()));
  number = static_cast<Number>(value);
  return {};
}

Status override_field(Directory& directory, const std::string& key, const Token& token) {
  if (key == "image_size") return override_number(token, directory.image_size);
  if (key == "array_init_count") return override_number(token, directory.array_init_count);
  if (key == "array_init_size") return override_number(token, directory.array_init_size);
  if (key == "import_count") return override_number(token, directory.import_count);
  if (key == "applet_count") return override_number(token, directory.applet_count);
  if (key == "block_count") return override_number(token, directory.method_component_block_count);
  const auto tag = component_named(key);
  if (!tag || is_custom(*tag)) return fail_at(token, fmt::format(".directory has no '{}'", key));
  return override_number(token, directory.component_sizes[number_of(*tag) - 1U]);
}

}  // namespace

Status Assembler::finish_directory(Components& components) {
  constexpr auto kTag = ComponentTag::kDirectory;
  if (build_.raw.contains(kTag) || build_.omitted.contains(kTag)) return {};
  auto& directory = build_.cap.directory;
  for (const auto& [tag, info] : components.infos)
    if (!is_custom(tag)) directory.component_sizes[number_of(tag) - 1U] = static_cast<std::uint32_t>(info.size());
  const auto& cap = build_.cap;
  directory.image_size = cap.static_fields.image_size;
  directory.array_init_count = static_cast<std::uint16_t>(cap.static_fields.array_init.size());
  std::size_t array_size = 0;
  for (const auto& array : cap.static_fields.array_init) array_size += array.values.size();
  directory.array_init_size = static_cast<std::uint16_t>(array_size);
  directory.import_count = static_cast<std::uint8_t>(cap.imports.size());
  directory.applet_count = static_cast<std::uint8_t>(cap.applets ? cap.applets->size() : 0);
  directory.method_component_block_count = static_cast<std::uint8_t>(cap.method_blocks.size());
  for (const auto& [key, token] : build_.directory) COSE_CHECK(override_field(directory, key, token));
  COSE_TRY(auto info, write_directory(directory, format()));
  components.infos[kTag] = std::move(info);
  return {};
}

}  // namespace detail

Result<Components> assemble(std::string_view source) {
  COSE_TRY(const auto lines, detail::read_source(source));
  return detail::Assembler(lines).run();
}

}  // namespace cose::cap
