// SPDX-License-Identifier: Apache-2.0
#include "convert/detail/statics.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "bytes/writer.h"
#include "convert/detail/stable_order.h"

namespace cose::convert::detail {

namespace {

using classfile::Op;

constexpr std::size_t kMaximumImage = 32767;  // offsets of internal fields have no high bit
constexpr std::int32_t kMaximumArray = 32767;

struct InitialArray {
  std::int32_t type = 0;  // classfile::ArrayType
  std::vector<std::int32_t> values;
};

struct Initial {
  std::map<const FieldUnit*, std::int32_t> numbers;
  std::map<const FieldUnit*, InitialArray> arrays;
};

// JCVM 3.1 table 6-13.
std::uint8_t card_type(std::int32_t java_type) {
  switch (java_type) {
    case classfile::kArrayBoolean: return 2;
    case classfile::kArrayByte: return 3;
    case classfile::kArrayShort: return 4;
    default: return 5;
  }
}

std::size_t octets_of(const classfile::FieldType& type) {
  if (type.is_reference() || type.kind == 'S') return 2;
  return type.kind == 'I' ? 4 : 1;
}

void write_number(Writer& writer, std::int32_t value, std::size_t octets) {
  for (auto at = octets; at-- > 0;) writer.u8(static_cast<std::uint8_t>(value >> (8 * at)));
}

// Runs the static initialiser over constants.
class StaticInitializer {
 public:
  StaticInitializer(Program& program, MethodUnit& method, Initial& initial)
      : program_(program), method_(method), initial_(initial) {}

  void run() {
    for (const auto& instruction : method_.source->code->decoded.instructions) {
      if (instruction.op == Op::k_return) return;
      if (!step(instruction))
        return program_.report(method_, instruction.at,
                               "a static initialiser can set fields to constants and to arrays of constants only");
    }
  }

 private:
  struct Null {};
  struct Array {
    std::size_t index;
  };
  using Item = std::variant<std::int32_t, Null, Array>;

  template <typename Kind>
  std::optional<Kind> pop() {
    if (stack_.empty()) return std::nullopt;
    const auto item = stack_.back();
    stack_.pop_back();
    const auto* found = std::get_if<Kind>(&item);
    return found == nullptr ? std::nullopt : std::optional(*found);
  }

  bool step(const classfile::Instruction& instruction) {
    const auto& constants = method_.owner->file.constants;
    switch (instruction.op) {
      case Op::k_bipush:
      case Op::k_sipush: stack_.emplace_back(instruction.operand); return true;
      case Op::k_ldc:
      case Op::k_ldc_w:
        stack_.emplace_back(constants.at(static_cast<std::size_t>(instruction.operand)).integer);
        return true;
      case Op::k_aconst_null: stack_.emplace_back(Null{}); return true;
      case Op::k_dup:
        if (stack_.empty()) return false;
        stack_.push_back(stack_.back());
        return true;
      case Op::k_newarray: return make_array(instruction.operand);
      case Op::k_bastore:
      case Op::k_sastore:
      case Op::k_iastore: return store_element();
      case Op::k_putstatic: return put(constants.member(static_cast<std::size_t>(instruction.operand)));
      default: return false;
    }
  }

  bool make_array(std::int32_t type) {
    const auto length = pop<std::int32_t>();
    if (!length || *length < 0 || *length > kMaximumArray) return false;
    arrays_.push_back({type, std::vector<std::int32_t>(static_cast<std::size_t>(*length))});
    taken_.push_back(false);
    stack_.emplace_back(Array{arrays_.size() - 1});
    return true;
  }

  bool store_element() {
    const auto value = pop<std::int32_t>();
    const auto index = pop<std::int32_t>();
    const auto array = pop<Array>();
    if (!value || !index || !array) return false;
    auto& values = arrays_[array->index].values;
    if (*index < 0 || static_cast<std::size_t>(*index) >= values.size()) return false;
    values[static_cast<std::size_t>(*index)] = *value;
    return true;
  }

  bool put(const classfile::Member& member) {
    const auto field = program_.find_field(program_.find_type(member.class_name), member.name, member.descriptor).unit;
    if (field == nullptr || field->owner != method_.owner || stack_.empty()) return false;
    const auto item = stack_.back();
    stack_.pop_back();
    if (field->type.is_reference()) return put_reference(*field, item);
    const auto* number = std::get_if<std::int32_t>(&item);
    if (number != nullptr) initial_.numbers[field] = *number;
    return number != nullptr;
  }

  bool put_reference(const FieldUnit& field, const Item& item) {
    if (std::holds_alternative<Null>(item)) return true;
    const auto* array = std::get_if<Array>(&item);
    // One array in two fields would be two on the card.
    if (array == nullptr || taken_[array->index]) return false;
    taken_[array->index] = true;
    initial_.arrays[&field] = arrays_[array->index];
    return true;
  }

  Program& program_;
  MethodUnit& method_;
  Initial& initial_;
  std::vector<Item> stack_;
  std::vector<InitialArray> arrays_;
  std::vector<bool> taken_;
};

// JCVM 3.1 §6.11: initialised arrays, other references, primitives that start with zero, the others.
int segment_of(const FieldUnit& field, const Initial& initial) {
  if (field.type.is_reference()) return initial.arrays.contains(&field) ? 0 : 1;
  const auto found = initial.numbers.find(&field);
  return found == initial.numbers.end() || found->second == 0 ? 2 : 3;
}

cap::ArrayInit to_card(const InitialArray& array) {
  Writer writer;
  const std::size_t octets = array.type == classfile::kArrayInt ? 4 : array.type == classfile::kArrayShort ? 2 : 1;
  for (const auto value : array.values) write_number(writer, value, octets);
  return {card_type(array.type), writer.take()};
}

}  // namespace

cap::StaticFieldComponent place_statics(Program& program) {
  Initial initial;
  std::vector<FieldUnit*> fields;
  for (auto* unit : program.units()) {
    for (auto& method : unit->methods)
      if (method.is_class_initializer() && method.source->code) StaticInitializer(program, method, initial).run();
    for (auto& field : unit->fields)
      if (field.is_static() && !field.constant) fields.push_back(&field);
  }
  order_stably(fields, [&](const FieldUnit* each) { return segment_of(*each, initial); });
  cap::StaticFieldComponent made;
  std::size_t offset = 0;
  Writer values;
  for (auto* field : fields) {
    field->static_offset = static_cast<std::uint16_t>(offset);
    const auto octets = octets_of(field->type);
    offset += octets;
    const auto segment = segment_of(*field, initial);
    if (segment == 0) made.array_init.push_back(to_card(initial.arrays.at(field)));
    if (segment <= 1) ++made.reference_count;
    if (segment == 2) made.default_value_count = static_cast<std::uint16_t>(made.default_value_count + octets);
    if (segment == 3) write_number(values, initial.numbers.at(field), octets);
  }
  if (offset > kMaximumImage)
    program.report({.file = {},
                    .line = {},
                    .class_name = {},
                    .method = {},
                    .reason = fmt::format("the static fields take {} octets, at most {}", offset, kMaximumImage)});
  made.image_size = static_cast<std::uint16_t>(offset);
  made.non_default_values = values.take();
  return made;
}

}  // namespace cose::convert::detail
