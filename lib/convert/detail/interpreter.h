// SPDX-License-Identifier: Apache-2.0
// The rounds of Analysis: states where control flow joins, until nothing changes any more.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bytes/result.h"
#include "convert/detail/analysis.h"

namespace cose::convert::detail {

class Interpreter {
 public:
  explicit Interpreter(Analysis& analysis);

  // Error: what is wrong; failed_at() tells the offset of the instruction.
  [[nodiscard]] Status run();
  [[nodiscard]] std::size_t failed_at() const { return at_; }

 private:
  struct State {
    std::vector<Value> stack;
    std::vector<Value> locals;
    std::size_t changes = 0;
    bool is_head = false;  // control comes back to it: of a loop
  };
  using Instruction = classfile::Instruction;

  void find_joins();
  void find_live();
  [[nodiscard]] State initial_state();
  Status flow_to(std::size_t index, const State& state);
  Status flow_to_offset(std::int32_t offset, const State& state);
  bool merge_value(Value& into, const Value& from, bool widening);
  Status flow_to_handlers(std::size_t index);
  // Whether control goes on to the next instruction.
  Result<bool> step(std::size_t index);

  // Stack.
  Result<Value> pop(Value::Kind kind);
  Result<Value> pop_int() { return pop(Value::Kind::kInt); }
  Result<Value> pop_reference() { return pop(Value::Kind::kReference); }
  Result<Value> pop_any();
  Status drop(Value::Kind kind);
  void push(Value value);
  void push_int(const Range& range);
  void push_reference();
  void push_type(const classfile::FieldType& type);
  int node_of(std::size_t position);

  // Instructions by kind.
  Result<bool> apply(const Instruction& instruction);
  Result<bool> load(const Instruction& instruction);
  Result<bool> store(const Instruction& instruction);
  Result<bool> increment(const Instruction& instruction);
  Result<bool> array_load(const Instruction& instruction);
  Result<bool> array_store(const Instruction& instruction);
  Result<bool> rearrange(const Instruction& instruction);
  Result<bool> binary(const Instruction& instruction);
  Result<bool> unary(const Instruction& instruction);
  Result<bool> branch(const Instruction& instruction);
  Result<bool> switch_to(const Instruction& instruction);
  Result<bool> leave(const Instruction& instruction);
  Result<bool> field(const Instruction& instruction);
  Result<bool> call(const Instruction& instruction);
  Result<bool> push_constant(const Instruction& instruction);
  Result<bool> other(const Instruction& instruction);
  void set_local(std::size_t index, Value value);
  void refine(State& state, const Value& left, const Value& right, classfile::Op op) const;

  Analysis& analysis_;
  std::vector<std::vector<bool>> live_;  // by instruction that joins: local variables that are read later
  std::vector<bool> joins_;
  std::map<std::size_t, State> states_;
  std::set<std::size_t> pending_;
  std::map<std::pair<std::size_t, std::size_t>, int> nodes_;
  std::map<int, Range> given_;  // by node of a local variable
  State state_;
  std::size_t index_ = 0;
  std::size_t at_ = 0;
  std::size_t cells_ = 0;
  Step* current_ = nullptr;
};

}  // namespace cose::convert::detail
