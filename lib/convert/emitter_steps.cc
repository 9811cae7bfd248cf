// SPDX-License-Identifier: Apache-2.0
// What each Java instruction becomes, JCVM 3.1 §7.5.
#include <algorithm>

#include <fmt/format.h>

#include "convert/detail/emitter.h"
#include "convert/detail/interfaces.h"

namespace cose::convert::detail {

namespace {

bool is_int(const classfile::FieldType& type) {
  return !type.is_reference() && type.kind == 'I';
}

// Variants for references, bytes, shorts, ints stand side by side.
int variant_of(const classfile::FieldType& type) {
  if (type.is_reference()) return 0;
  if (type.kind == 'S') return 2;
  return type.kind == 'I' ? 3 : 1;
}

cap::Opcode variant(cap::Opcode first, int distance) {
  return static_cast<cap::Opcode>(static_cast<int>(first) + distance);
}

// JCVM 3.1 §7.5.91, newarray; also of checkcast and instanceof.
std::int32_t card_array_type(char kind) {
  switch (kind) {
    case 'Z': return 10;
    case 'B': return 11;
    case 'S': return 12;
    case 'I': return 13;
    default: return 14;
  }
}

std::int32_t card_array_type_of(std::int32_t java_type) {
  switch (java_type) {
    case classfile::kArrayBoolean: return card_array_type('Z');
    case classfile::kArrayByte: return card_array_type('B');
    case classfile::kArrayShort: return card_array_type('S');
    default: return card_array_type('I');
  }
}

std::size_t argument_words(const classfile::MethodType& type, bool is_static) {
  std::size_t words = is_static ? 0 : 1;
  for (const auto& each : type.parameters) words += is_int(each) ? 2U : 1U;
  return words;
}

}  // namespace

Status Emitter::emit_step() {
  const auto op = instruction().op;
  if (op == Op::k_bipush || op == Op::k_sipush || op == Op::k_ldc || op == Op::k_ldc_w) {
    const auto& value = step().outputs.front();
    emit_constant(static_cast<std::int32_t>(value.range.low), narrowing_.is_wide(value));
    return {};
  }
  if (op == Op::k_iload || op == Op::k_aload) return emit_load();
  if (op == Op::k_istore || op == Op::k_astore) return emit_store();
  if (op == Op::k_iinc) {
    emit_increment(static_cast<std::size_t>(instruction().operand), instruction().second,
                   narrowing_.is_wide(step().local_after));
    return {};
  }
  if ((op >= Op::k_iaload && op <= Op::k_saload) || (op >= Op::k_iastore && op <= Op::k_sastore))
    return emit_array_access();
  if (op >= Op::k_pop && op <= Op::k_swap) return emit_rearranged();
  if (op >= Op::k_i2b && op <= Op::k_i2s) return emit_conversion();
  if (op >= Op::k_iadd && op <= Op::k_lxor) return emit_arithmetic();
  if ((op >= Op::k_ifeq && op <= Op::k_goto) || op == Op::k_goto_w || op == Op::k_ifnull || op == Op::k_ifnonnull)
    return emit_comparison();
  if (op == Op::k_tableswitch || op == Op::k_lookupswitch) return emit_switch();
  if ((op >= Op::k_ireturn && op <= Op::k_return) || op == Op::k_athrow) return emit_return();
  if (op == Op::k_getfield || op == Op::k_putfield) return emit_field();
  if (op == Op::k_getstatic || op == Op::k_putstatic) return emit_static_field();
  if (op >= Op::k_invokevirtual && op <= Op::k_invokeinterface) return emit_call();
  if (op == Op::k_checkcast || op == Op::k_instanceof) return emit_type_test();
  return emit_new();
}

Status Emitter::emit_load() {
  if (elided_.contains(index_)) return {};
  const bool wide = narrowing_.is_wide(step().local_before);
  emit_local(Card::k_sload, Card::k_iload, Card::k_aload, step().outputs.front(),
             static_cast<std::size_t>(instruction().operand), wide);
  adapt_output(wide);
  return {};
}

Status Emitter::emit_store() {
  const auto& value = step().inputs.front();
  const bool wide = narrowing_.is_wide(step().local_after);
  want(value, wide);
  emit_local(Card::k_sstore, Card::k_istore, Card::k_astore, value, static_cast<std::size_t>(instruction().operand),
             wide);
  return {};
}

Status Emitter::emit_array_access() {
  const auto& inputs = step().inputs;
  switch (instruction().op) {
    case Op::k_aaload:
    case Op::k_baload:
    case Op::k_saload:
    case Op::k_iaload: {
      want(inputs[1], false);
      const auto op = instruction().op == Op::k_aaload   ? Card::k_aaload
                      : instruction().op == Op::k_baload ? Card::k_baload
                      : instruction().op == Op::k_saload ? Card::k_saload
                                                         : Card::k_iaload;
      emit(op);
      adapt_output(op == Card::k_iaload);
      return {};
    }
    default: break;
  }
  COSE_CHECK(want_below(inputs[1], false));
  const auto op = instruction().op == Op::k_aastore   ? Card::k_aastore
                  : instruction().op == Op::k_bastore ? Card::k_bastore
                  : instruction().op == Op::k_sastore ? Card::k_sastore
                                                      : Card::k_iastore;
  want(inputs[2], op == Card::k_iastore);
  emit(op);
  return {};
}

Status Emitter::emit_rearranged() {
  const auto& inputs = step().inputs;
  const auto op = instruction().op;
  if (op == Op::k_pop || op == Op::k_pop2) {
    for (auto each = inputs.rbegin(); each != inputs.rend(); ++each) {
      const bool pair = words(*each) == 1 && each + 1 != inputs.rend() && words(*(each + 1)) == 1;
      emit(words(*each) == 2 || pair ? Card::k_pop2 : Card::k_pop);
      if (pair) ++each;
    }
    return {};
  }
  const std::size_t copied = op >= Op::k_dup2 && op <= Op::k_dup2_x2 ? 2 : 1;
  std::size_t top = 0;
  std::size_t all = 0;
  for (std::size_t at = 0; at < inputs.size(); ++at) {
    all += words(inputs[at]);
    if (at + copied >= inputs.size()) top += words(inputs[at]);
  }
  const auto nibbles = [&](std::size_t n) { return static_cast<std::int32_t>(top << 4 | n); };
  if (op == Op::k_swap) {
    auto& swapped = emit(Card::k_swap_x, nibbles(all - top));
    swapped.taken = swapped.given = all;
    return {};
  }
  // JCVM 3.1 §7.5.27: m is 1 to 4, n is 0 or m to m + 4.
  if (all > top + 4) return fail(ErrorKind::kUnsupported, "an expression that copies int values too deep on the stack");
  if (all == top && top <= 2) {
    emit(top == 1 ? Card::k_dup : Card::k_dup2);
  } else {
    auto& copied_words = emit(Card::k_dup_x, nibbles(all == top ? 0 : all));
    copied_words.taken = all;
    copied_words.given = all + top;
  }
  if (inputs.back().is_int()) adapt_output(narrowing_.is_wide(inputs.back()));
  return {};
}

Status Emitter::emit_arithmetic() {
  const auto& inputs = step().inputs;
  const bool wide = narrowing_.works_wide(index_);
  if (inputs.size() == 2) COSE_CHECK(want_below(inputs[0], wide));
  want(inputs.back(), wide);
  const auto op = [&] {
    switch (instruction().op) {
      case Op::k_iadd: return Card::k_sadd;
      case Op::k_isub: return Card::k_ssub;
      case Op::k_imul: return Card::k_smul;
      case Op::k_idiv: return Card::k_sdiv;
      case Op::k_irem: return Card::k_srem;
      case Op::k_ineg: return Card::k_sneg;
      case Op::k_ishl: return Card::k_sshl;
      case Op::k_ishr: return Card::k_sshr;
      case Op::k_iushr: return Card::k_sushr;
      case Op::k_iand: return Card::k_sand;
      case Op::k_ior: return Card::k_sor;
      default: return Card::k_sxor;
    }
  };
  // The form for ints stands behind that for shorts.
  emit(variant(op(), wide ? 1 : 0));
  adapt_output(wide);
  return {};
}

Status Emitter::emit_conversion() {
  const auto& value = step().inputs.front();
  const bool wide = narrowing_.is_wide(value);
  if (instruction().op == Op::k_i2s) {
    if (wide) emit(Card::k_i2s);
  } else if (wide) {
    emit(Card::k_i2b);
  } else if (!value.range.within(kByteRange) && !follows(1, Op::k_bastore)) {
    // bastore takes the low octet itself (JCVM 3.1 §7.5.10).
    emit(Card::k_s2b);
  }
  adapt_output(false);
  return {};
}

Status Emitter::emit_comparison() {
  const auto op = instruction().op;
  const auto target = instruction().operand;
  const auto& inputs = step().inputs;
  if (op == Op::k_goto || op == Op::k_goto_w) {
    emit_branch(Card::k_goto, target);
    return {};
  }
  if (op == Op::k_ifnull || op == Op::k_ifnonnull) {
    emit_branch(op == Op::k_ifnull ? Card::k_ifnull : Card::k_ifnonnull, target);
    return {};
  }
  if (op == Op::k_if_acmpeq || op == Op::k_if_acmpne) {
    emit_branch(op == Op::k_if_acmpeq ? Card::k_if_acmpeq : Card::k_if_acmpne, target);
    return {};
  }
  const bool wide = narrowing_.works_wide(index_);
  const bool with_zero = op < Op::k_if_icmpeq;
  const int condition = static_cast<int>(op) - static_cast<int>(with_zero ? Op::k_ifeq : Op::k_if_icmpeq);
  if (!with_zero) COSE_CHECK(want_below(inputs[0], wide));
  want(inputs.back(), wide);
  if (wide) {
    if (with_zero) emit(Card::k_iconst_0);
    emit(Card::k_icmp);
  }
  emit_branch(variant(wide || with_zero ? Card::k_ifeq : Card::k_if_scmpeq, condition), target);
  return {};
}

Status Emitter::emit_switch() {
  const auto& table = analysis_.code().decoded.switches[static_cast<std::size_t>(instruction().operand)];
  const auto& value = step().inputs.front();
  const bool wide = narrowing_.works_wide(index_);
  want(value, wide);
  CardSwitch made;
  made.otherwise = analysis_.index_at(table.otherwise);
  // A short never has a value beyond short.
  for (const auto& [match, target] : table.cases)
    if (target != table.otherwise && (wide || (match >= INT16_MIN && match <= INT16_MAX)))
      made.cases.emplace_back(match, analysis_.index_at(target));
  if (made.cases.empty()) {
    emit(wide ? Card::k_pop2 : Card::k_pop);
    emit_branch(Card::k_goto, table.otherwise);
    return {};
  }
  const auto span = static_cast<std::size_t>(std::int64_t{made.cases.back().first} - made.cases.front().first + 1);
  const std::size_t entry = wide ? 4 : 2;
  const auto table_size = 2 + 2 * entry + 2 * span;
  const auto lookup_size = 4 + (entry + 2) * made.cases.size();
  const bool lookup = lookup_size < table_size;
  const auto op = lookup ? (wide ? Card::k_ilookupswitch : Card::k_slookupswitch)
                         : (wide ? Card::k_itableswitch : Card::k_stableswitch);
  emit(op).table = static_cast<int>(code_.switches.size());
  code_.switches.push_back(std::move(made));
  return {};
}

Status Emitter::emit_return() {
  switch (instruction().op) {
    case Op::k_ireturn: {
      const bool wide = is_int(code_.method->type.result);
      want(step().inputs.front(), wide);
      emit(wide ? Card::k_ireturn : Card::k_sreturn);
      return {};
    }
    case Op::k_areturn: emit(Card::k_areturn); return {};
    case Op::k_athrow: emit(Card::k_athrow); return {};
    default: emit(Card::k_return); return {};
  }
}

// ---- fields ----

Status Emitter::emit_field() {
  const bool gets = instruction().op == Op::k_getfield;
  const auto& type = operand().field_type;
  const auto symbol = symbols_.add_field(operand().field, cap::ConstantTag::kInstanceFieldref);
  const auto& object = step().inputs.front();
  if (!gets) want(step().inputs.back(), is_int(type));
  const bool of_this =
      object.is_this && object.source != kNone && elided_.contains(static_cast<std::size_t>(object.source));
  auto op = gets ? Card::k_getfield_a : Card::k_putfield_a;
  if (of_this) op = gets ? Card::k_getfield_a_this : Card::k_putfield_a_this;
  if (symbol > UINT8_MAX) op = gets ? Card::k_getfield_a_w : Card::k_putfield_a_w;
  emit_symbol(variant(op, variant_of(type)), symbol);
  if (gets) adapt_output(is_int(type));
  return {};
}

Status Emitter::emit_static_field() {
  const bool gets = instruction().op == Op::k_getstatic;
  const auto& field = operand().field;
  const auto& type = operand().field_type;
  const auto constant = field.unit != nullptr ? field.unit->constant : field.external->value;
  if (constant && gets) {
    const bool wide = !step().outputs.empty() && narrowing_.is_wide(step().outputs.front());
    emit_constant(*constant, wide);
    return {};
  }
  if (constant) return fail(ErrorKind::kInvalid, "gives a value to a constant");
  if (!gets) want(step().inputs.back(), is_int(type));
  const auto symbol = symbols_.add_field(field, cap::ConstantTag::kStaticFieldref);
  emit_symbol(variant(gets ? Card::k_getstatic_a : Card::k_putstatic_a, variant_of(type)), symbol);
  if (gets) adapt_output(is_int(type));
  return {};
}

// ---- calls ----

Status Emitter::emit_call() {
  const auto& signature = operand().signature;
  const auto& inputs = step().inputs;
  const auto first = inputs.size() - signature.parameters.size();
  for (std::size_t at = 0; at < signature.parameters.size(); ++at) {
    if (at + 1 < signature.parameters.size())
      COSE_CHECK(want_below(inputs[first + at], is_int(signature.parameters[at])));
    else
      want(inputs[first + at], is_int(signature.parameters[at]));
  }
  // A method that an abstract class inherits from its interface has got its token since.
  const auto member = code_.method->owner->file.constants.member(static_cast<std::size_t>(instruction().operand));
  const auto method = program_.find_method(operand().type, member.name, member.descriptor);
  if (!method) return fail(ErrorKind::kInvalid, fmt::format("there is no method {}", member.name));
  switch (instruction().op) {
    case Op::k_invokestatic:
      emit_symbol(Card::k_invokestatic, symbols_.add_method(method, cap::ConstantTag::kStaticMethodref));
      break;
    case Op::k_invokespecial: {
      const bool is_virtual = method.unit != nullptr ? method.unit->is_virtual() : method.external->is_virtual();
      if (!is_virtual) {
        emit_symbol(Card::k_invokespecial, symbols_.add_method(method, cap::ConstantTag::kStaticMethodref));
        break;
      }
      const auto above = program_.find_method(code_.method->owner->super, member.name, member.descriptor);
      if (above.unit != method.unit || above.external != method.external)
        return fail(ErrorKind::kInvalid,
                    fmt::format("calls {} as a super class's method, which it is not", member.name));
      // JCVM 3.1 §6.8.2: the class is the one whose super class has the method.
      Symbol symbol{.tag = cap::ConstantTag::kSuperMethodref, .type = {code_.method->owner, nullptr}};
      symbol.method = method.unit;
      symbol.external_method = method.external;
      if (method.external != nullptr) program_.use(*method.type, method.external->since);
      emit_symbol(Card::k_invokespecial, symbols_.add(symbol));
      break;
    }
    case Op::k_invokeinterface: {
      const auto token = interface_token(program_, operand().type, {member.name, member.descriptor});
      auto& call = emit(Card::k_invokeinterface, static_cast<std::int32_t>(argument_words(signature, false)), token);
      call.symbol = symbols_.add_class(operand().type);
      if (method.external != nullptr) program_.use(*method.type, method.external->since);
      break;
    }
    default: {
      const bool is_virtual = method.unit != nullptr ? method.unit->is_virtual() : method.external->is_virtual();
      if (!is_virtual)
        return fail(ErrorKind::kUnsupported, fmt::format("a virtual call of {}, which is private", member.name));
      emit_symbol(Card::k_invokevirtual, symbols_.add_method(method, cap::ConstantTag::kVirtualMethodref));
    }
  }
  auto& made = code_.instructions.back();
  made.taken = argument_words(signature, instruction().op == Op::k_invokestatic);
  made.given = is_int(signature.result) ? 2 : signature.result == classfile::FieldType{} ? 0 : 1;
  adapt_output(is_int(signature.result));
  return {};
}

// ---- objects ----

Status Emitter::emit_type_test() {
  const auto op = instruction().op == Op::k_checkcast ? Card::k_checkcast : Card::k_instanceof;
  const auto name = code_.method->owner->file.constants.class_name(static_cast<std::size_t>(instruction().operand));
  const auto& type = operand().field_type;
  if (!name.starts_with('[')) {
    emit(op, 0).symbol = symbols_.add_class(operand().type);
  } else if (type.kind != 'L') {
    emit(op, card_array_type(type.kind));
  } else {
    emit(op, card_array_type('L')).symbol = symbols_.add_class(program_.find_type(type.class_name));
  }
  adapt_output(false);
  return {};
}

Status Emitter::emit_new() {
  switch (instruction().op) {
    case Op::k_nop: return {};
    case Op::k_aconst_null: emit(Card::k_aconst_null); return {};
    case Op::k_new: emit_symbol(Card::k_new, symbols_.add_class(operand().type)); return {};
    case Op::k_newarray:
      want(step().inputs.front(), false);
      emit(Card::k_newarray, card_array_type_of(instruction().operand));
      return {};
    case Op::k_anewarray:
      want(step().inputs.front(), false);
      emit_symbol(Card::k_anewarray, symbols_.add_class(operand().type));
      return {};
    case Op::k_arraylength:
      emit(Card::k_arraylength);
      adapt_output(false);
      return {};
    default:
      return fail(ErrorKind::kUnsupported,
                  fmt::format("{} is not supported", classfile::mnemonic_of(instruction().op)));
  }
}

}  // namespace cose::convert::detail
