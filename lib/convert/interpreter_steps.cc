// SPDX-License-Identifier: Apache-2.0
// What each instruction does to the stack and to ranges, JVMS 8 §6.5.
#include <fmt/format.h>

#include "convert/detail/interpreter.h"

namespace cose::convert::detail {

namespace {

using classfile::Op;

// The comparison with zero as one of two values; the comparison that holds when this one does not.
Op two_valued(Op op) {
  return static_cast<Op>(static_cast<int>(op) - static_cast<int>(Op::k_ifeq) + static_cast<int>(Op::k_if_icmpeq));
}

// eq/ne, lt/ge and gt/le stand side by side.
Op opposite(Op op) {
  const auto first = static_cast<int>(Op::k_if_icmpeq);
  return static_cast<Op>(((static_cast<int>(op) - first) ^ 1) + first);
}

}  // namespace

Result<bool> Interpreter::apply(const Instruction& instruction) {
  const auto op = instruction.op;
  if (op == Op::k_bipush || op == Op::k_sipush || op == Op::k_ldc || op == Op::k_ldc_w)
    return push_constant(instruction);
  if (op == Op::k_iload || op == Op::k_aload) return load(instruction);
  if (op == Op::k_istore || op == Op::k_astore) return store(instruction);
  if (op == Op::k_iinc) return increment(instruction);
  if (op >= Op::k_iaload && op <= Op::k_saload) return array_load(instruction);
  if (op >= Op::k_iastore && op <= Op::k_sastore) return array_store(instruction);
  if (op >= Op::k_pop && op <= Op::k_swap) return rearrange(instruction);
  if (op == Op::k_ineg || (op >= Op::k_i2b && op <= Op::k_i2s)) return unary(instruction);
  if (op >= Op::k_iadd && op <= Op::k_lxor) return binary(instruction);
  if ((op >= Op::k_ifeq && op <= Op::k_goto) || op == Op::k_goto_w || op == Op::k_ifnull || op == Op::k_ifnonnull)
    return branch(instruction);
  if (op == Op::k_tableswitch || op == Op::k_lookupswitch) return switch_to(instruction);
  if ((op >= Op::k_ireturn && op <= Op::k_return) || op == Op::k_athrow) return leave(instruction);
  if (op >= Op::k_getstatic && op <= Op::k_putfield) return field(instruction);
  if (op >= Op::k_invokevirtual && op <= Op::k_invokeinterface) return call(instruction);
  return other(instruction);
}

Result<bool> Interpreter::push_constant(const Instruction& instruction) {
  auto value = instruction.operand;
  if (instruction.op == Op::k_ldc || instruction.op == Op::k_ldc_w)
    value = analysis_.method().owner->file.constants.at(static_cast<std::size_t>(value)).integer;
  push_int({value, value});
  return true;
}

Result<bool> Interpreter::load(const Instruction& instruction) {
  const auto index = static_cast<std::size_t>(instruction.operand);
  const auto& local = state_.locals[index];
  const auto wanted = instruction.op == Op::k_iload ? Value::Kind::kInt : Value::Kind::kReference;
  if (local.kind != wanted)
    return fail(ErrorKind::kInvalid, fmt::format("malformed code: local variable {} is not what {} needs", index,
                                                 classfile::mnemonic_of(instruction.op)));
  if (local.is_int()) {
    current_->local_before = local.node;
    push_int(local.range);
    current_->outputs.back().local = static_cast<int>(index);
    state_.stack.back().local = static_cast<int>(index);
  } else {
    push({.kind = Value::Kind::kReference, .is_this = local.is_this, .source = static_cast<int>(index_)});
  }
  return true;
}

Result<bool> Interpreter::store(const Instruction& instruction) {
  const auto kind = instruction.op == Op::k_istore ? Value::Kind::kInt : Value::Kind::kReference;
  COSE_TRY(const auto value, pop(kind));
  set_local(static_cast<std::size_t>(instruction.operand), value);
  return true;
}

Result<bool> Interpreter::increment(const Instruction& instruction) {
  const auto index = static_cast<std::size_t>(instruction.operand);
  auto local = state_.locals[index];
  if (!local.is_int())
    return fail(ErrorKind::kInvalid, fmt::format("malformed code: local variable {} is no int", index));
  current_->local_before = local.node;
  const auto old_node = local.node;
  local.range = add(local.range, {instruction.second, instruction.second});
  set_local(index, local);
  // In place on the card as well.
  const auto left = analysis_.group(old_node);
  const auto right = analysis_.group(current_->local_after);
  if (left != right) analysis_.parents_[static_cast<std::size_t>(std::max(left, right))] = std::min(left, right);
  return true;
}

Result<bool> Interpreter::array_load(const Instruction& instruction) {
  COSE_CHECK(drop(Value::Kind::kInt));
  COSE_CHECK(drop(Value::Kind::kReference));
  switch (instruction.op) {
    case Op::k_aaload: push_reference(); break;
    case Op::k_baload: push_int(kByteRange); break;
    case Op::k_saload: push_int(kShortRange); break;
    default: push_int(kIntRange);
  }
  return true;
}

Result<bool> Interpreter::array_store(const Instruction& instruction) {
  if (instruction.op == Op::k_aastore) {
    COSE_CHECK(drop(Value::Kind::kReference));
  } else {
    COSE_CHECK(drop(Value::Kind::kInt));
  }
  COSE_CHECK(drop(Value::Kind::kInt));
  COSE_CHECK(drop(Value::Kind::kReference));
  return true;
}

// dup, dup_x1, ... swap: `count` values on top, `below` under them. The topmost copy is a node of its own, so that it
// can take another form than the value it copies.
Result<bool> Interpreter::rearrange(const Instruction& instruction) {
  struct Shape {
    std::size_t count;
    std::size_t below;
  };
  const auto shape_of = [](Op op) -> Shape {
    switch (op) {
      case Op::k_pop:
      case Op::k_dup: return {1, 0};
      case Op::k_pop2:
      case Op::k_dup2: return {2, 0};
      case Op::k_swap:
      case Op::k_dup_x1: return {1, 1};
      case Op::k_dup_x2: return {1, 2};
      case Op::k_dup2_x1: return {2, 1};
      default: return {2, 2};
    }
  };
  const auto [count, below] = shape_of(instruction.op);
  for (std::size_t each = 0; each < count + below; ++each) {
    COSE_TRY([[maybe_unused]] const auto value, pop_any());
  }
  const auto values = current_->inputs;
  if (instruction.op == Op::k_pop || instruction.op == Op::k_pop2) return true;
  if (instruction.op == Op::k_swap) {
    push(values[1]);
    push(values[0]);
    return true;
  }
  for (std::size_t each = 0; each < count; ++each) push(values[below + each]);
  for (std::size_t each = 0; each < below + count; ++each) push(values[each]);
  auto& top = state_.stack.back();
  if (top.is_int()) top.node = node_of(0);
  current_->outputs.back() = top;
  return true;
}

Result<bool> Interpreter::binary(const Instruction& instruction) {
  COSE_TRY(const auto right, pop_int());
  COSE_TRY(const auto left, pop_int());
  const auto result = [&]() -> Range {
    switch (instruction.op) {
      case Op::k_iadd: return add(left.range, right.range);
      case Op::k_isub: return subtract(left.range, right.range);
      case Op::k_imul: return multiply(left.range, right.range);
      case Op::k_idiv: return divide(left.range, right.range);
      case Op::k_irem: return remainder(left.range, right.range);
      case Op::k_ishl: return shift_left(left.range, right.range);
      case Op::k_ishr: return shift_right(left.range, right.range);
      case Op::k_iushr: return shift_right_unsigned(left.range, right.range);
      case Op::k_iand: return bit_and(left.range, right.range);
      default: return bit_or(left.range, right.range);
    }
  };
  push_int(result());
  return true;
}

Result<bool> Interpreter::unary(const Instruction& instruction) {
  COSE_TRY(const auto value, pop_int());
  if (instruction.op == Op::k_ineg)
    push_int(negate(value.range));
  else
    push_int(truncate(value.range, instruction.op == Op::k_i2b ? kByteRange : kShortRange));
  return true;
}

Result<bool> Interpreter::branch(const Instruction& instruction) {
  const auto op = instruction.op;
  if (op == Op::k_goto || op == Op::k_goto_w) {
    COSE_CHECK(flow_to_offset(instruction.operand, state_));
    return false;
  }
  if (op == Op::k_ifnull || op == Op::k_ifnonnull || op == Op::k_if_acmpeq || op == Op::k_if_acmpne) {
    COSE_CHECK(drop(Value::Kind::kReference));
    if (op == Op::k_if_acmpeq || op == Op::k_if_acmpne) COSE_CHECK(drop(Value::Kind::kReference));
    COSE_CHECK(flow_to_offset(instruction.operand, state_));
    return true;
  }
  Value right{.kind = Value::Kind::kInt, .range = {0, 0}};
  auto comparison = op;
  if (op >= Op::k_if_icmpeq) {
    COSE_TRY(right, pop_int());
  } else {
    comparison = two_valued(op);
  }
  COSE_TRY(const auto left, pop_int());
  auto taken = state_;
  refine(taken, left, right, comparison);
  COSE_CHECK(flow_to_offset(instruction.operand, taken));
  refine(state_, left, right, opposite(comparison));
  return true;
}

Result<bool> Interpreter::switch_to(const Instruction& instruction) {
  COSE_CHECK(drop(Value::Kind::kInt));
  const auto& table = analysis_.code().decoded.switches[static_cast<std::size_t>(instruction.operand)];
  COSE_CHECK(flow_to_offset(table.otherwise, state_));
  for (const auto& [match, target] : table.cases) COSE_CHECK(flow_to_offset(target, state_));
  return false;
}

Result<bool> Interpreter::leave(const Instruction& instruction) {
  const auto& type = analysis_.method().type.result;
  const bool is_void = type.kind == 'V' && !type.is_reference();
  const auto expected = instruction.op == Op::k_athrow ? true
                        : is_void                      ? instruction.op == Op::k_return
                        : type.is_reference()          ? instruction.op == Op::k_areturn
                                                       : instruction.op == Op::k_ireturn;
  if (!expected) return fail(ErrorKind::kInvalid, "malformed code: returns what its descriptor does not say");
  if (instruction.op == Op::k_ireturn) COSE_CHECK(drop(Value::Kind::kInt));
  if (instruction.op == Op::k_areturn || instruction.op == Op::k_athrow) COSE_CHECK(drop(Value::Kind::kReference));
  return false;
}

Result<bool> Interpreter::field(const Instruction& instruction) {
  const auto& type = analysis_.operand(index_).field_type;
  if (instruction.op == Op::k_putstatic || instruction.op == Op::k_putfield)
    COSE_CHECK(drop(type.is_reference() ? Value::Kind::kReference : Value::Kind::kInt));
  if (instruction.op == Op::k_getfield || instruction.op == Op::k_putfield) COSE_CHECK(drop(Value::Kind::kReference));
  if (instruction.op == Op::k_getstatic || instruction.op == Op::k_getfield) push_type(type);
  return true;
}

Result<bool> Interpreter::call(const Instruction& instruction) {
  const auto& signature = analysis_.operand(index_).signature;
  for (auto type = signature.parameters.rbegin(); type != signature.parameters.rend(); ++type)
    COSE_CHECK(drop(type->is_reference() ? Value::Kind::kReference : Value::Kind::kInt));
  if (instruction.op != Op::k_invokestatic) COSE_CHECK(drop(Value::Kind::kReference));
  push_type(signature.result);
  return true;
}

Result<bool> Interpreter::other(const Instruction& instruction) {
  switch (instruction.op) {
    case Op::k_nop: return true;
    case Op::k_new:
    case Op::k_aconst_null: push_reference(); return true;
    case Op::k_newarray:
    case Op::k_anewarray: {
      COSE_CHECK(drop(Value::Kind::kInt));
      push_reference();
      return true;
    }
    case Op::k_arraylength: {
      COSE_CHECK(drop(Value::Kind::kReference));
      push_int(kLengthRange);
      return true;
    }
    case Op::k_checkcast: {
      COSE_CHECK(drop(Value::Kind::kReference));
      push_reference();
      return true;
    }
    case Op::k_instanceof: {
      COSE_CHECK(drop(Value::Kind::kReference));
      push_int(kBooleanRange);
      return true;
    }
    default:
      return fail(ErrorKind::kUnsupported, fmt::format("{} is not supported", classfile::mnemonic_of(instruction.op)));
  }
}

}  // namespace cose::convert::detail
