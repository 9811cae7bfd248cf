// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "convert/detail/program.h"

namespace cose::convert::detail {

namespace {

using classfile::ConstantKind;
using classfile::Op;

// JCVM 3.1 §6.9.2: a nibble; §6.10: u1 handler_count; §6.10.4: u1 of the extended method header, at most.
constexpr std::size_t kMaximumInterfaces = 15;
constexpr std::size_t kMaximumHandlers = 255;
constexpr std::size_t kMaximumLocals = 255;

constexpr std::string_view kNoInts = "int is not supported without 32-bit instructions (--int)";

class SubsetChecker {
 public:
  SubsetChecker(Program& program, Unit& unit) : program_(program), unit_(unit) {}

  void run() {
    if (!check_class()) return;
    for (auto& field : unit_.fields)
      if (auto reason = type_problem(field.type)) program_.report(unit_, field.source->name, *reason);
    for (auto& method : unit_.methods) check_method(method);
  }

 private:
  // False: what follows would only repeat it.
  bool check_class() {
    const auto& file = unit_.file;
    if (file.is(classfile::kEnum) && !unit_.is_interface()) {
      program_.report(unit_, "enums are not supported; use static final byte constants");
      return false;
    }
    if (unit_.find_field("$assertionsDisabled", "Z") != nullptr) {
      program_.report(unit_, "assert is not supported");
      return false;
    }
    if (file.interfaces.size() > kMaximumInterfaces)
      program_.report(unit_, fmt::format("{} interfaces, at most {}", file.interfaces.size(), kMaximumInterfaces));
    return true;
  }

  std::optional<std::string> type_problem(const classfile::FieldType& type) {
    if (type.dimensions > 1) return "arrays of arrays are not supported: " + to_java(type);
    switch (type.kind) {
      case 'C':
      case 'D':
      case 'F':
      case 'J': return to_java(type) + " is not supported";
      case 'I': return program_.has_ints() ? std::nullopt : std::optional<std::string>(kNoInts);
      case 'L':
        return program_.find_type(type.class_name) ? std::nullopt : std::optional(absent_class(type.class_name));
      default: return std::nullopt;
    }
  }

  void check_method(MethodUnit& method) {
    if (method.source == nullptr) return;
    const auto report = [&](std::string reason) { program_.report(method, std::nullopt, std::move(reason)); };
    if (method.is(classfile::kSynchronized)) report("synchronized is not supported: there are no threads");
    if (method.is(classfile::kNative)) report("native methods are not supported");
    if (unit_.is_interface() && !method.is_class_initializer() && !method.is_abstract())
      return report("default and static methods of interfaces are not supported");
    for (const auto& parameter : method.type.parameters)
      if (auto reason = type_problem(parameter)) report("parameter: " + *reason);
    if (auto reason = type_problem(method.type.result)) report("result: " + *reason);
    if (!method.source->code) return;
    check_code(method, *method.source->code);
  }

  void check_code(MethodUnit& method, const classfile::Code& code) {
    if (code.max_locals > kMaximumLocals)
      program_.report(method, std::nullopt,
                      fmt::format("{} local variables, at most {}", code.max_locals, kMaximumLocals));
    if (code.exceptions.size() > kMaximumHandlers)
      program_.report(method, std::nullopt,
                      fmt::format("{} exception handlers, at most {}", code.exceptions.size(), kMaximumHandlers));
    for (const auto& variable : code.variables) {
      const auto type = classfile::parse_field_descriptor(variable.descriptor);
      // Parameters have been told of.
      if (variable.start == 0 || !type) continue;
      if (auto reason = type_problem(*type))
        program_.report(method, variable.start, fmt::format("variable '{}': {}", variable.name, *reason));
    }
    for (const auto& each : code.exceptions)
      if (!each.catch_type.empty() && !program_.find_type(each.catch_type))
        program_.report(method, each.handler, "catch: " + absent_class(each.catch_type));
    std::string last;
    for (const auto& instruction : code.decoded.instructions) {
      auto reason = instruction_problem(instruction);
      // One statement makes many instructions.
      if (reason && *reason != last) program_.report(method, instruction.at, *reason);
      if (reason) last = *std::move(reason);
    }
  }

  std::optional<std::string> instruction_problem(const classfile::Instruction& instruction) {
    switch (instruction.op) {
      case Op::k_ldc:
      case Op::k_ldc_w: return constant_problem(static_cast<std::size_t>(instruction.operand));
      case Op::k_jsr:
      case Op::k_jsr_w:
      case Op::k_ret: return "subroutines (jsr, ret) are not supported; compile with --release 8";
      case Op::k_invokedynamic: return "lambdas and method references are not supported";
      case Op::k_monitorenter:
      case Op::k_monitorexit: return "synchronized is not supported: there are no threads";
      case Op::k_multianewarray: return "arrays of arrays are not supported";
      case Op::k_iaload:
      case Op::k_iastore: return program_.has_ints() ? std::nullopt : std::optional<std::string>(kNoInts);
      case Op::k_caload:
      case Op::k_castore:
      case Op::k_i2c: return "char is not supported";
      case Op::k_newarray: return array_problem(instruction.operand);
      case Op::k_getstatic:
      case Op::k_putstatic:
      case Op::k_getfield:
      case Op::k_putfield: return field_problem(instruction);
      case Op::k_invokevirtual:
      case Op::k_invokespecial:
      case Op::k_invokestatic:
      case Op::k_invokeinterface: return call_problem(instruction);
      case Op::k_new:
      case Op::k_anewarray:
      case Op::k_checkcast:
      case Op::k_instanceof: return class_problem(instruction);
      default: return arithmetic_problem(instruction.op);
    }
  }

  // The mnemonic tells the type: ladd, i2l, lcmp, fconst_0, ddiv.
  static std::optional<std::string> arithmetic_problem(Op op) {
    const auto name = classfile::mnemonic_of(op);
    if (op == Op::k_ldc2_w) return "long and double are not supported";
    if (name.starts_with('l') && name != "lookupswitch") return "long is not supported";
    if (name.starts_with('f')) return "float is not supported";
    if (name.starts_with('d') && !name.starts_with("dup")) return "double is not supported";
    if (name == "i2l") return "long is not supported";
    if (name == "i2f") return "float is not supported";
    if (name == "i2d") return "double is not supported";
    return std::nullopt;
  }

  std::optional<std::string> constant_problem(std::size_t index) const {
    switch (unit_.file.constants.at(index).kind) {
      case ConstantKind::kInteger: return std::nullopt;
      case ConstantKind::kString: return "strings are not supported";
      case ConstantKind::kFloat: return "float is not supported";
      case ConstantKind::kClass: return "class literals and reflection are not supported";
      default: return "a constant that Java Card has not";
    }
  }

  std::optional<std::string> array_problem(std::int32_t type) const {
    switch (type) {
      case classfile::kArrayBoolean:
      case classfile::kArrayByte:
      case classfile::kArrayShort: return std::nullopt;
      case classfile::kArrayInt: return program_.has_ints() ? std::nullopt : std::optional<std::string>(kNoInts);
      case classfile::kArrayChar: return "char is not supported";
      case classfile::kArrayFloat: return "float is not supported";
      case classfile::kArrayDouble: return "double is not supported";
      default: return "long is not supported";
    }
  }

  std::optional<std::string> class_problem(const classfile::Instruction& instruction) {
    auto name = unit_.file.constants.class_name(static_cast<std::size_t>(instruction.operand));
    if (name.starts_with('[')) {
      if (instruction.op == Op::k_new) return "an array as the class of an object";
      if (instruction.op == Op::k_anewarray) return "arrays of arrays are not supported";
      const auto type = classfile::parse_field_descriptor(name);
      return type ? type_problem(*type) : type.error().message;
    }
    return program_.find_type(name) ? std::nullopt : std::optional(absent_class(name));
  }

  std::optional<std::string> field_problem(const classfile::Instruction& instruction) {
    const auto member = unit_.file.constants.member(static_cast<std::size_t>(instruction.operand));
    const auto type = program_.find_type(member.class_name);
    if (!type) return absent_class(member.class_name);
    const auto found = program_.find_field(type, member.name, member.descriptor);
    if (!found) return fmt::format("{} has no field {}", to_java_name(member.class_name), member.name);
    const bool is_static = found.unit != nullptr ? found.unit->is_static() : found.external->is_static;
    const bool wants_static = instruction.op == Op::k_getstatic || instruction.op == Op::k_putstatic;
    if (is_static != wants_static)
      return fmt::format("{} of field {}, which is {}static", classfile::mnemonic_of(instruction.op), member.name,
                         is_static ? "" : "not ");
    const auto field_type = classfile::parse_field_descriptor(member.descriptor);
    return field_type ? type_problem(*field_type) : field_type.error().message;
  }

  std::optional<std::string> call_problem(const classfile::Instruction& instruction) {
    const auto member = unit_.file.constants.member(static_cast<std::size_t>(instruction.operand));
    const auto type = program_.find_type(member.class_name);
    if (!type) return absent_class(member.class_name);
    const auto found = program_.find_method(type, member.name, member.descriptor);
    if (!found && !inherits_from_interface(type, member))
      return fmt::format("{} has no method {}{}", to_java_name(member.class_name), member.name, member.descriptor);
    const auto method = found.unit != nullptr
                            ? found.unit->type
                            : classfile::parse_method_descriptor(member.descriptor).value_or(classfile::MethodType{});
    for (const auto& parameter : method.parameters)
      if (auto reason = type_problem(parameter)) return reason;
    if (auto reason = type_problem(method.result)) return reason;
    return found ? kind_problem(instruction.op, found) : std::nullopt;
  }

  // A call to a method that an abstract class only inherits; it gets its token later.
  bool inherits_from_interface(TypeRef type, const classfile::Member& member) {
    return std::ranges::any_of(program_.interfaces_of(type), [&](const TypeRef& each) {
      return static_cast<bool>(program_.find_method(each, member.name, member.descriptor));
    });
  }

  static std::optional<std::string> kind_problem(Op op, const MethodRef& found) {
    const bool is_static = found.unit != nullptr ? found.unit->is(classfile::kStatic) : found.external->is_static;
    const auto& name = found.unit != nullptr ? std::string_view(found.unit->name) : found.external->name;
    if (is_static != (op == Op::k_invokestatic))
      return fmt::format("{} of method {}, which is {}static", classfile::mnemonic_of(op), name,
                         is_static ? "" : "not ");
    const bool of_interface = found.unit != nullptr ? found.unit->owner->is_interface() : found.type->is_interface;
    if (of_interface && op != Op::k_invokeinterface)
      return fmt::format("{} of method {} of an interface", classfile::mnemonic_of(op), name);
    if (name.starts_with('<') && op != Op::k_invokespecial)
      return fmt::format("{} of {}", classfile::mnemonic_of(op), name);
    return std::nullopt;
  }

  Program& program_;
  Unit& unit_;
};

}  // namespace

void check_subset(Program& program) {
  for (auto* unit : program.units()) SubsetChecker(program, *unit).run();
}

}  // namespace cose::convert::detail
