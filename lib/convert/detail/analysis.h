// SPDX-License-Identifier: Apache-2.0
// The code of one method by abstract interpretation: which instructions can be reached, what is on the stack at each,
// and what every int can be.
//
// Each int that an instruction puts on the stack, and each value that a local variable is given, is a node. Nodes that
// meet where control flow joins are one group: they must have the same form on the card, one word or two.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "convert/detail/program.h"
#include "convert/detail/range.h"

namespace cose::convert::detail {

inline constexpr int kNone = -1;

struct Value {
  enum class Kind : std::uint8_t { kUnset, kInt, kReference };
  Kind kind = Kind::kUnset;
  bool is_this = false;  // the receiver of the method
  Range range = {};      // of an int
  int node = kNone;      // of an int
  int local = kNone;     // the local variable that holds the same value
  int source = kNone;    // index of the instruction that made it; none when several did

  [[nodiscard]] bool is_int() const { return kind == Kind::kInt; }
  friend bool operator==(const Value&, const Value&) = default;
};

// An instruction that can be reached, as the last round of the analysis saw it.
struct Step {
  bool visited = false;
  bool joined = false;         // control may come from elsewhere than from the instruction before
  std::vector<Value> inputs;   // what it takes off the stack, the top last
  std::vector<Value> outputs;  // what it puts there, the top last
  int local_before = kNone;    // nodes of the local variable that it reads,
  int local_after = kNone;     // and of the one that it writes
  Range local_range;           // what it writes
};

// What is known of the member that an instruction names.
struct Operand {
  MethodRef method;
  FieldRef field;
  TypeRef type;
  classfile::MethodType signature;
  classfile::FieldType field_type;
};

class Analysis {
 public:
  // Reports what is wrong with the code. `good()` tells whether there is anything to go on with.
  Analysis(Program& program, MethodUnit& method);

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] MethodUnit& method() const { return method_; }
  [[nodiscard]] const classfile::Code& code() const { return *method_.source->code; }
  [[nodiscard]] const std::vector<classfile::Instruction>& instructions() const { return code().decoded.instructions; }
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }
  [[nodiscard]] int index_at(std::size_t offset) const;
  [[nodiscard]] const Operand& operand(std::size_t index) const { return operands_.at(index); }

  // The group of a node, by one of its nodes.
  [[nodiscard]] int group(int node) const;
  [[nodiscard]] std::size_t nodes() const { return parents_.size(); }
  // Of a local variable's nodes: the join of all that its group is given.
  [[nodiscard]] Range local_range(int group) const { return local_ranges_.at(static_cast<std::size_t>(group)); }
  // The parameters' nodes by local variable; kNone where there is no int.
  [[nodiscard]] const std::vector<int>& parameter_nodes() const { return parameter_nodes_; }
  [[nodiscard]] bool this_is_kept() const { return this_is_kept_; }

  // The value as Java source would say it: "a + buffer[i]".
  [[nodiscard]] std::string describe(const Value& value, std::size_t depth = 0) const;

 private:
  friend class Interpreter;

  void resolve_operands();
  [[nodiscard]] std::string describe_step(std::size_t index, std::size_t depth) const;
  [[nodiscard]] std::string variable_name(std::size_t index) const;

  Program& program_;
  MethodUnit& method_;
  bool good_ = false;
  bool this_is_kept_ = true;
  std::vector<Step> steps_;
  std::vector<Operand> operands_;
  mutable std::vector<int> parents_;
  std::vector<Range> local_ranges_;  // by group, once the analysis is done
  std::vector<int> parameter_nodes_;
};

}  // namespace cose::convert::detail
