// SPDX-License-Identifier: Apache-2.0
#include "convert/detail/narrowing.h"

#include <algorithm>

#include <fmt/format.h>

namespace cose::convert::detail {

namespace {

using classfile::Op;

// The result's low bits need only the operands' low bits.
bool is_modular(Op op) {
  switch (op) {
    case Op::k_iadd:
    case Op::k_isub:
    case Op::k_imul:
    case Op::k_ineg:
    case Op::k_ishl:
    case Op::k_iand:
    case Op::k_ior:
    case Op::k_ixor: return true;
    default: return false;
  }
}

bool is_exacting(Op op) {
  return op == Op::k_idiv || op == Op::k_irem || op == Op::k_ishr || op == Op::k_iushr;
}

bool is_comparison(Op op) {
  return op >= Op::k_ifeq && op <= Op::k_if_icmple;
}

bool is_switch(Op op) {
  return op == Op::k_tableswitch || op == Op::k_lookupswitch;
}

bool is_int(const classfile::FieldType& type) {
  return !type.is_reference() && type.kind == 'I';
}

std::string_view consumer_of(Op op) {
  switch (op) {
    case Op::k_idiv:
    case Op::k_irem: return "a division";
    case Op::k_ishr:
    case Op::k_iushr: return "a shift to the right";
    case Op::k_tableswitch:
    case Op::k_lookupswitch: return "a switch";
    default: return "a comparison";
  }
}

}  // namespace

Narrowing::Narrowing(Program& program, const Analysis& analysis)
    : program_(program),
      analysis_(analysis),
      wide_(analysis.nodes()),
      works_wide_(analysis.steps().size()),
      natural_(analysis.steps().size()) {
  if (program_.has_ints()) {
    decide_locals();
    find_natural();
    decide();
  }
  check();
}

void Narrowing::decide_locals() {
  const auto mark = [&](int node, const Range& range) {
    if (node != kNone && !fits_short(range)) wide_[static_cast<std::size_t>(analysis_.group(node))] = true;
  };
  // A parameter's form is the caller's, whatever it is given later.
  for (const auto node : analysis_.parameter_nodes())
    if (node != kNone) mark(node, analysis_.local_range(analysis_.group(node)));
  for (const auto& step : analysis_.steps())
    if (step.visited && step.local_after != kNone)
      mark(step.local_after, analysis_.local_range(analysis_.group(step.local_after)));
}

bool Narrowing::natural(const Value& value) const {
  if (!value.is_int() || value.range.is_constant()) return false;
  return value.source == kNone ? is_wide(value) : natural_[static_cast<std::size_t>(value.source)];
}

void Narrowing::find_natural() {
  for (std::size_t index = 0; index < analysis_.steps().size(); ++index) {
    const auto& step = analysis_.steps()[index];
    if (!step.visited || step.outputs.empty()) continue;
    const auto op = analysis_.instructions()[index].op;
    const auto& operand = analysis_.operand(index);
    const auto any_natural = [&] {
      return std::ranges::any_of(step.inputs, [&](const Value& each) { return natural(each); });
    };
    if (op == Op::k_iload) natural_[index] = is_wide(step.local_before);
    if (op == Op::k_iaload) natural_[index] = true;
    if (op == Op::k_getfield || op == Op::k_getstatic) natural_[index] = is_int(operand.field_type);
    if (op >= Op::k_invokevirtual && op <= Op::k_invokeinterface) natural_[index] = is_int(operand.signature.result);
    if (is_modular(op)) natural_[index] = any_natural();
    if (is_exacting(op))
      natural_[index] =
          any_natural() || std::ranges::any_of(step.inputs, [](const Value& each) { return !fits_short(each.range); });
  }
}

// Demands only grow, so this ends; from the last instruction to the first it ends soon.
void Narrowing::decide() {
  for (bool changed = true; changed;) {
    changed = false;
    for (auto index = analysis_.steps().size(); index-- > 0;)
      if (analysis_.steps()[index].visited) changed = decide_step(index) || changed;
  }
}

bool Narrowing::needs_wide(std::size_t index) const {
  const auto& step = analysis_.steps()[index];
  const auto op = analysis_.instructions()[index].op;
  const auto any_input = [&](auto condition) { return std::ranges::any_of(step.inputs, condition); };
  const bool by_input = any_input([&](const Value& each) { return natural(each) || is_wide(each); });
  const auto too_large = [](const Value& each) { return !fits_short(each.range); };
  if (is_comparison(op) || is_switch(op)) return by_input || any_input(too_large);
  const auto& result = step.outputs.front();
  const bool by_result = is_wide(result) && !fits_short(result.range);
  if (is_modular(op)) return by_input || by_result;
  // Of the count of a shift, five bits matter.
  const bool shift = op == Op::k_ishr || op == Op::k_iushr;
  return by_input || by_result || too_large(step.inputs[0]) || (!shift && too_large(step.inputs[1]));
}

bool Narrowing::widen(const Value& value) {
  const auto group = static_cast<std::size_t>(analysis_.group(value.node));
  if (wide_[group]) return false;
  wide_[group] = true;
  return true;
}

bool Narrowing::widen_arguments(std::size_t index) {
  const auto& step = analysis_.steps()[index];
  const auto& parameters = analysis_.operand(index).signature.parameters;
  const auto first = step.inputs.size() - parameters.size();
  bool changed = false;
  for (std::size_t at = 0; at < parameters.size(); ++at)
    if (is_int(parameters[at])) changed = widen(step.inputs[first + at]) || changed;
  return changed;
}

// Copies share the form of what they copy, but for the topmost, which has its own.
bool Narrowing::decide_copy(std::size_t index) {
  const auto& step = analysis_.steps()[index];
  const auto& copied = step.inputs.back();
  if (step.outputs.empty() || !copied.is_int()) return false;
  const auto& top = step.outputs.back();
  if (top.node == copied.node || !is_wide(top) || fits_short(top.range)) return false;
  return widen(copied);
}

bool Narrowing::decide_step(std::size_t index) {
  const auto& step = analysis_.steps()[index];
  const auto op = analysis_.instructions()[index].op;
  const auto& operand = analysis_.operand(index);
  if (is_modular(op) || is_exacting(op) || is_comparison(op) || is_switch(op)) {
    if (!works_wide_[index]) works_wide_[index] = needs_wide(index);
    bool changed = false;
    if (works_wide_[index])
      for (const auto& input : step.inputs) changed = widen(input) || changed;
    return changed;
  }
  switch (op) {
    case Op::k_istore: return is_wide(step.local_after) && widen(step.inputs[0]);
    case Op::k_iastore: return widen(step.inputs[2]);
    case Op::k_i2b:
    case Op::k_i2s: return natural(step.inputs[0]) && widen(step.inputs[0]);
    case Op::k_ireturn: return is_int(analysis_.method().type.result) && widen(step.inputs[0]);
    case Op::k_putfield:
    case Op::k_putstatic: return is_int(operand.field_type) && widen(step.inputs.back());
    case Op::k_invokevirtual:
    case Op::k_invokespecial:
    case Op::k_invokestatic:
    case Op::k_invokeinterface: return widen_arguments(index);
    case Op::k_dup:
    case Op::k_dup_x1:
    case Op::k_dup_x2:
    case Op::k_dup2:
    case Op::k_dup2_x1:
    case Op::k_dup2_x2: return decide_copy(index);
    default: return false;
  }
}

// ---- what cannot be ----

void Narrowing::check() {
  for (std::size_t index = 0; index < analysis_.steps().size(); ++index)
    if (analysis_.steps()[index].visited) check_step(index);
  // JVMS 8 gives a parameter's place to nothing else; only a compiler that is not javac may.
  auto parameter = analysis_.method().type.parameters.begin();
  auto node = analysis_.parameter_nodes().begin() + (analysis_.method().is(classfile::kStatic) ? 0 : 1);
  for (; parameter != analysis_.method().type.parameters.end(); ++parameter, ++node)
    if (*node != kNone && is_wide(*node) && !is_int(*parameter)) {
      good_ = false;
      program_.report(analysis_.method(), std::nullopt, "a parameter is given values beyond its type");
    }
}

void Narrowing::check_exact(std::size_t index, const Value& value, std::string_view consumer) {
  if (program_.has_ints() || fits_short(value.range)) return;
  good_ = false;
  const auto text = analysis_.describe(value);
  program_.report(analysis_.method(), analysis_.instructions()[index].at,
                  value.range.is_constant()
                      ? fmt::format("{} does not fit short, and {} needs it exactly", text, consumer)
                      : fmt::format("'{}' can exceed short, and {} needs its exact value: write (short)({}), or allow "
                                    "32-bit instructions (--int)",
                                    text, consumer, text));
}

void Narrowing::check_index(std::size_t index, const Value& value, std::string_view what) {
  if (fits_short(value.range)) return;
  good_ = false;
  const auto text = analysis_.describe(value);
  program_.report(analysis_.method(), analysis_.instructions()[index].at,
                  fmt::format("'{}' can exceed short, and is {}: write (short)({})", text, what, text));
}

void Narrowing::check_step(std::size_t index) {
  const auto& step = analysis_.steps()[index];
  const auto op = analysis_.instructions()[index].op;
  if (is_comparison(op) || is_switch(op))
    for (const auto& input : step.inputs) check_exact(index, input, consumer_of(op));
  if (is_exacting(op)) {
    check_exact(index, step.inputs[0], consumer_of(op));
    if (op == Op::k_idiv || op == Op::k_irem) check_exact(index, step.inputs[1], consumer_of(op));
  }
  if (op == Op::k_istore) check_exact(index, step.inputs[0], "a variable");
  if (op == Op::k_iinc && !program_.has_ints() && !fits_short(step.local_range)) {
    good_ = false;
    program_.report(
        analysis_.method(), analysis_.instructions()[index].at,
        "an int variable that is counted can exceed short: declare it short, or allow 32-bit instructions (--int)");
  }
  if ((op >= Op::k_iaload && op <= Op::k_saload) || (op >= Op::k_iastore && op <= Op::k_sastore))
    check_index(index, step.inputs[1], "the index of an array");
  const auto* called = analysis_.operand(index).method.unit;
  if (called != nullptr && called->is_narrowed)
    for (const auto& input : step.inputs)
      if (input.is_int()) check_exact(index, input, "the field of an outer class");
  if (op == Op::k_newarray || op == Op::k_anewarray) check_index(index, step.inputs[0], "the length of an array");
}

}  // namespace cose::convert::detail
