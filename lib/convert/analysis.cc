// SPDX-License-Identifier: Apache-2.0
#include "convert/detail/analysis.h"

#include <algorithm>

#include <fmt/format.h>

#include "convert/detail/interpreter.h"

namespace cose::convert::detail {

namespace {

using classfile::Op;

constexpr std::size_t kMaximumDepth = 6;  // of expressions in messages

std::string_view sign_of(Op op) {
  switch (op) {
    case Op::k_iadd: return "+";
    case Op::k_isub: return "-";
    case Op::k_imul: return "*";
    case Op::k_idiv: return "/";
    case Op::k_irem: return "%";
    case Op::k_ishl: return "<<";
    case Op::k_ishr: return ">>";
    case Op::k_iushr: return ">>>";
    case Op::k_iand: return "&";
    case Op::k_ior: return "|";
    default: return "^";
  }
}

bool is_binary(Op op) {
  return op >= Op::k_iadd && op <= Op::k_lxor && op != Op::k_ineg;
}

}  // namespace

Analysis::Analysis(Program& program, MethodUnit& method) : program_(program), method_(method) {
  resolve_operands();
  Interpreter interpreter(*this);
  if (const auto done = interpreter.run(); !done) {
    program_.report(method_, interpreter.failed_at(), done.error().message);
    return;
  }
  good_ = true;
}

int Analysis::index_at(std::size_t offset) const {
  const auto found = std::ranges::lower_bound(instructions(), offset, {}, &classfile::Instruction::at);
  return static_cast<int>(found - instructions().begin());
}

int Analysis::group(int node) const {
  auto root = static_cast<std::size_t>(node);
  while (parents_[root] != static_cast<int>(root)) {
    parents_[root] = parents_[static_cast<std::size_t>(parents_[root])];
    root = static_cast<std::size_t>(parents_[root]);
  }
  return static_cast<int>(root);
}

// The subset check has made sure that names lead somewhere.
void Analysis::resolve_operands() {
  const auto& constants = method_.owner->file.constants;
  operands_.resize(instructions().size());
  for (std::size_t at = 0; at < instructions().size(); ++at) {
    const auto& instruction = instructions()[at];
    const auto index = static_cast<std::size_t>(instruction.operand);
    auto& operand = operands_[at];
    if (instruction.op >= Op::k_getstatic && instruction.op <= Op::k_putfield) {
      const auto member = constants.member(index);
      operand.type = program_.find_type(member.class_name);
      operand.field = program_.find_field(operand.type, member.name, member.descriptor);
      operand.field_type = classfile::parse_field_descriptor(member.descriptor).value_or(classfile::FieldType{});
    } else if (instruction.op >= Op::k_invokevirtual && instruction.op <= Op::k_invokeinterface) {
      const auto member = constants.member(index);
      operand.type = program_.find_type(member.class_name);
      operand.method = program_.find_method(operand.type, member.name, member.descriptor);
      operand.signature = operand.method.unit != nullptr
                              ? operand.method.unit->type
                              : classfile::parse_method_descriptor(member.descriptor).value_or(classfile::MethodType{});
    } else if (instruction.op == Op::k_new || instruction.op == Op::k_anewarray || instruction.op == Op::k_checkcast ||
               instruction.op == Op::k_instanceof) {
      operand.type = program_.find_type(constants.class_name(index));
      operand.field_type =
          classfile::parse_field_descriptor(constants.class_name(index)).value_or(classfile::FieldType{});
    }
  }
}

// ---- expressions in messages ----

std::string Analysis::variable_name(std::size_t index) const {
  const auto& instruction = instructions()[index];
  const auto local = static_cast<std::size_t>(instruction.operand);
  if (const auto* variable = code().variable_at(local, instruction.at)) return variable->name;
  // A variable starts behind the instruction that first sets it.
  if (const auto* variable = code().variable_at(local, instruction.end())) return variable->name;
  if (local == 0 && !method_.is(classfile::kStatic)) return "this";
  return fmt::format("variable {}", local);
}

std::string Analysis::describe(const Value& value, std::size_t depth) const {
  if (value.source == kNone) return "...";
  return describe_step(static_cast<std::size_t>(value.source), depth);
}

std::string Analysis::describe_step(std::size_t index, std::size_t depth) const {
  if (depth > kMaximumDepth) return "...";
  const auto& step = steps_[index];
  const auto& instruction = instructions()[index];
  const auto& operand = operands_[index];
  const auto input = [&](std::size_t at) {
    return at < step.inputs.size() ? describe(step.inputs[at], depth + 1) : "...";
  };
  const auto& constants = method_.owner->file.constants;
  const auto constant_index = static_cast<std::size_t>(instruction.operand);
  if (is_binary(instruction.op)) {
    const auto text = fmt::format("{} {} {}", input(0), sign_of(instruction.op), input(1));
    return depth == 0 ? text : "(" + text + ")";
  }
  switch (instruction.op) {
    case Op::k_bipush:
    case Op::k_sipush: return std::to_string(instruction.operand);
    case Op::k_ldc:
    case Op::k_ldc_w: return std::to_string(constants.at(constant_index).integer);
    case Op::k_iload:
    case Op::k_aload: return variable_name(index);
    case Op::k_ineg: return "-" + input(0);
    case Op::k_i2b: return "(byte)" + input(0);
    case Op::k_i2s: return "(short)" + input(0);
    case Op::k_iaload:
    case Op::k_baload:
    case Op::k_saload: return fmt::format("{}[{}]", input(0), input(1));
    case Op::k_getstatic: return std::string(constants.member(constant_index).name);
    case Op::k_getfield: {
      const auto object = input(0);
      const std::string name(constants.member(constant_index).name);
      return object == "this" ? name : object + "." + name;
    }
    case Op::k_arraylength: return input(0) + ".length";
    case Op::k_aconst_null: return "null";
    default: break;
  }
  if (operand.method) return std::string(constants.member(constant_index).name) + "(...)";
  return "...";
}

}  // namespace cose::convert::detail
