// SPDX-License-Identifier: Apache-2.0
// From a method's analysed code to instructions of the card.
#pragma once

#include <set>

#include "convert/detail/analysis.h"
#include "convert/detail/card_code.h"
#include "convert/detail/narrowing.h"
#include "convert/detail/symbols.h"

namespace cose::convert::detail {

class Emitter {
 public:
  Emitter(Program& program, Symbols& symbols, const Analysis& analysis, const Narrowing& narrowing);

  // Error: kUnsupported or kLimit; failed_at() tells the offset of the Java instruction.
  [[nodiscard]] Result<CardCode> run();
  [[nodiscard]] std::size_t failed_at() const { return instructions_[index_].at; }

 private:
  using Instruction = classfile::Instruction;
  using Op = classfile::Op;
  using Card = cap::Opcode;

  void place_variables();
  void find_elided();
  Status emit_step();
  Status add_handlers();
  Result<int> next_visited(std::size_t offset) const;

  CardInstruction& emit(Card op, std::int32_t first = 0, std::int32_t second = 0);
  void emit_symbol(Card op, int symbol) { emit(op).symbol = symbol; }
  void emit_branch(Card op, std::int32_t java_offset);
  void emit_constant(std::int32_t value, bool wide);
  void emit_local(Card narrow, Card wide, Card reference, const Value& value, std::size_t local, bool is_wide);
  void emit_increment(std::size_t local, std::int32_t by, bool wide);
  // One word to two or two to one, when the forms differ.
  void adapt(bool from_wide, bool to_wide);
  void adapt_output(bool made_wide);
  // The value on top of the stack; what lies below cannot be changed.
  void want(const Value& top, bool wide);
  Status want_below(const Value& value, bool wide) const;
  [[nodiscard]] std::size_t words(const Value& value) const { return narrowing_.is_wide(value) ? 2 : 1; }

  // Patterns of several instructions; how many were taken, or zero.
  std::size_t increment_pattern();
  [[nodiscard]] bool follows(std::size_t distance, Op op) const;

  Status emit_load();
  Status emit_store();
  Status emit_array_access();
  Status emit_rearranged();
  Status emit_arithmetic();
  Status emit_conversion();
  Status emit_comparison();
  Status emit_switch();
  Status emit_return();
  Status emit_field();
  Status emit_static_field();
  Status emit_call();
  Status emit_type_test();
  Status emit_new();

  [[nodiscard]] const Step& step() const { return analysis_.steps()[index_]; }
  [[nodiscard]] const Instruction& instruction() const { return instructions_[index_]; }
  [[nodiscard]] const Operand& operand() const { return analysis_.operand(index_); }

  Program& program_;
  Symbols& symbols_;
  const Analysis& analysis_;
  const Narrowing& narrowing_;
  const std::vector<Instruction>& instructions_;
  std::size_t index_ = 0;
  std::set<std::size_t> elided_;  // loads of `this` that getfield_a_this and its like make needless
  CardCode code_;
};

}  // namespace cose::convert::detail
