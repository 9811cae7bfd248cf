// SPDX-License-Identifier: Apache-2.0
// The Debug component, JCVM 3.1 §6.15: names, lines and variables for debuggers and dumps. It never goes to a card.
#include <algorithm>

#include "bytes/writer.h"
#include "convert/detail/builder.h"
#include "convert/detail/stable_order.h"

namespace cose::convert::detail {

namespace {

constexpr std::uint16_t kNoString = 0xFFFF;

class DebugWriter {
 public:
  explicit DebugWriter(const std::map<const MethodUnit*, CardCode*>& codes) : codes_(codes) {}

  Bytes run(const Program& program) {
    const auto package = string(program.package());
    body_.u16(package).u16(static_cast<std::uint16_t>(program.units().size()));
    for (auto* unit : program.units()) add_class(*unit);
    Writer whole;
    whole.u16(static_cast<std::uint16_t>(strings_.size()));
    for (const auto& text : strings_) whole.u16(static_cast<std::uint16_t>(text.size())).octets(as_bytes(text));
    whole.octets(body_.view());
    return whole.take();
  }

 private:
  std::uint16_t string(std::string_view text) {
    const auto [found, is_new] = numbers_.try_emplace(std::string(text), static_cast<std::uint16_t>(strings_.size()));
    if (is_new) strings_.emplace_back(text);
    return found->second;
  }

  void add_class(const Unit& unit) {
    const auto& file = unit.file;
    body_.u16(string(file.name)).u16(file.access).u16(unit.offset);
    body_.u16(unit.is_interface() ? kNoString : string(file.super));
    body_.u16(file.source_file.empty() ? kNoString : string(file.source_file));
    const auto methods =
        std::ranges::count_if(unit.methods, [](const MethodUnit& each) { return !each.is_class_initializer(); });
    body_.u8(static_cast<std::uint8_t>(file.interfaces.size())).u16(static_cast<std::uint16_t>(unit.fields.size()));
    body_.u16(static_cast<std::uint16_t>(methods));
    for (const auto& interface : file.interfaces) body_.u16(string(interface));
    for (const auto& field : unit.fields) add_field(field);
    for (const auto& method : unit.methods)
      if (!method.is_class_initializer()) add_method(method);
  }

  void add_field(const FieldUnit& field) {
    body_.u16(string(field.source->name)).u16(string(field.source->descriptor)).u16(field.source->access);
    if (field.constant) {
      body_.u32(static_cast<std::uint32_t>(*field.constant));
    } else {
      body_.u32(field.is_static() ? field.static_offset : field.token);
    }
  }

  void add_method(const MethodUnit& method) {
    const auto found = codes_.find(&method);
    const auto* code = found == codes_.end() ? nullptr : found->second;
    body_.u16(string(method.name)).u16(string(method.descriptor)).u16(method.access).u16(method.location.offset);
    body_.u8(static_cast<std::uint8_t>(code == nullptr ? 0 : code->header.size()));
    body_.u16(static_cast<std::uint16_t>(code == nullptr ? 0 : code->octets.size()));
    if (code == nullptr) {
      body_.u16(0).u16(0);
      return;
    }
    Writer variables;
    Writer lines;
    const auto variable_count = add_variables(*code, variables);
    const auto line_count = add_lines(*code, lines);
    body_.u16(variable_count).u16(line_count).octets(variables.view()).octets(lines.view());
  }

  // Where the code for a Java offset starts on the card.
  [[nodiscard]] static std::size_t card_offset(const CardCode& code, std::size_t java_offset) {
    const auto& instructions = code.method->source->code->decoded.instructions;
    const auto index =
        std::ranges::lower_bound(instructions, java_offset, {}, &classfile::Instruction::at) - instructions.begin();
    const auto at = code.labels[static_cast<std::size_t>(index)];
    return at < code.instructions.size() ? code.instructions[at].offset : code.octets.size();
  }

  std::uint16_t add_variables(const CardCode& code, Writer& writer) {
    std::uint16_t count = 0;
    for (const auto& each : code.method->source->code->variables) {
      if (each.index >= code.variables.size()) continue;
      const auto start = card_offset(code, each.start);
      const auto end = card_offset(code, std::size_t{each.start} + each.length);
      if (end <= start) continue;
      writer.u8(code.variables[each.index]).u16(string(each.name)).u16(string(each.descriptor));
      writer.u16(static_cast<std::uint16_t>(start)).u16(static_cast<std::uint16_t>(end - start));
      ++count;
    }
    return count;
  }

  static std::uint16_t add_lines(const CardCode& code, Writer& writer) {
    auto lines = code.method->source->code->lines;
    order_stably(lines, &classfile::LineNumber::at);
    std::uint16_t count = 0;
    for (std::size_t at = 0; at < lines.size(); ++at) {
      const auto start = card_offset(code, lines[at].at);
      const auto end = at + 1 < lines.size() ? card_offset(code, lines[at + 1].at) : code.octets.size();
      if (end <= start) continue;
      writer.u16(static_cast<std::uint16_t>(start)).u16(static_cast<std::uint16_t>(end - 1)).u16(lines[at].line);
      ++count;
    }
    return count;
  }

  const std::map<const MethodUnit*, CardCode*>& codes_;
  Writer body_;
  std::vector<std::string> strings_;
  std::map<std::string, std::uint16_t> numbers_;
};

}  // namespace

void Builder::add_debug() {
  if (program_.options().debug == DebugInfo::kYes) cap_.debug = DebugWriter(code_of_).run(program_);
}

}  // namespace cose::convert::detail
