// SPDX-License-Identifier: Apache-2.0
#include "convert/detail/interpreter.h"

#include <algorithm>

#include <fmt/format.h>

namespace cose::convert::detail {

namespace {

using classfile::Op;

// Bounds on the work for code that was made to change states often.
constexpr std::size_t kStepsPerInstruction = 256;
constexpr std::size_t kMaximumCells = std::size_t{4} << 20;
// From the fourth time on, ranges that grow in a loop are rounded up.
constexpr std::size_t kExactChanges = 3;
// Positions of nodes: what an instruction pushes, then local variables.
constexpr std::size_t kLocalPosition = 1000;

bool is_branch(Op op) {
  return (op >= Op::k_ifeq && op <= Op::k_goto) || op == Op::k_ifnull || op == Op::k_ifnonnull || op == Op::k_goto_w;
}

bool is_switch(Op op) {
  return op == Op::k_tableswitch || op == Op::k_lookupswitch;
}

bool goes_on(Op op) {
  return op != Op::k_goto && op != Op::k_goto_w && !is_switch(op) && op != Op::k_athrow &&
         !(op >= Op::k_ireturn && op <= Op::k_return);
}

std::vector<std::int32_t> targets_of(const classfile::Code& code, const classfile::Instruction& instruction) {
  if (is_branch(instruction.op)) return {instruction.operand};
  if (!is_switch(instruction.op)) return {};
  const auto& table = code.decoded.switches[static_cast<std::size_t>(instruction.operand)];
  std::vector<std::int32_t> targets = {table.otherwise};
  for (const auto& [match, target] : table.cases) targets.push_back(target);
  return targets;
}

}  // namespace

Interpreter::Interpreter(Analysis& analysis) : analysis_(analysis) {
  analysis_.steps_.resize(analysis_.instructions().size());
}

Status Interpreter::run() {
  find_joins();
  find_live();
  COSE_CHECK(flow_to(0, initial_state()));
  std::size_t steps = 0;
  const auto& instructions = analysis_.instructions();
  while (!pending_.empty()) {
    const auto start = *pending_.begin();
    pending_.erase(pending_.begin());
    state_ = states_.at(start);
    for (auto index = start;;) {
      at_ = instructions[index].at;
      if (++steps > kStepsPerInstruction * (instructions.size() + 16))
        return fail(ErrorKind::kLimit, "too intricate: its states change too often");
      COSE_TRY(const bool next, step(index));
      if (!next) break;
      if (++index == instructions.size()) return fail(ErrorKind::kInvalid, "runs beyond the end of its code");
      if (!joins_[index]) continue;
      COSE_CHECK(flow_to(index, state_));
      break;
    }
  }
  // Of each group of a local variable's nodes, all that it is given.
  analysis_.local_ranges_.resize(analysis_.parents_.size(), Range{0, 0});
  std::vector<bool> seen(analysis_.parents_.size());
  for (const auto& [node, range] : given_) {
    const auto group = static_cast<std::size_t>(analysis_.group(node));
    analysis_.local_ranges_[group] = seen[group] ? join(analysis_.local_ranges_[group], range) : range;
    seen[group] = true;
  }
  for (std::size_t index = 0; index < instructions.size(); ++index) analysis_.steps_[index].joined = joins_[index];
  return {};
}

void Interpreter::find_joins() {
  joins_.resize(analysis_.instructions().size());
  const auto mark = [&](std::int32_t offset) {
    joins_[static_cast<std::size_t>(analysis_.index_at(static_cast<std::size_t>(offset)))] = true;
  };
  for (const auto& instruction : analysis_.instructions())
    for (const auto target : targets_of(analysis_.code(), instruction)) mark(target);
  for (const auto& each : analysis_.code().exceptions) mark(each.handler);
}

// Local variables that are read before they are written again, backwards until nothing changes. Values that nobody
// reads need not agree where control flow joins: javac gives one variable to several scopes.
void Interpreter::find_live() {
  const auto& instructions = analysis_.instructions();
  const auto& code = analysis_.code();
  live_.assign(instructions.size(), {});
  std::vector<std::vector<std::size_t>> handlers(instructions.size());
  for (const auto& each : code.exceptions)
    for (auto index = static_cast<std::size_t>(analysis_.index_at(each.start));
         index < instructions.size() && instructions[index].at < each.end; ++index)
      handlers[index].push_back(static_cast<std::size_t>(analysis_.index_at(each.handler)));
  for (bool changed = true; changed;) {
    changed = false;
    std::vector<bool> live(code.max_locals);
    const auto include = [&](const std::vector<bool>& other) {
      for (std::size_t local = 0; local < other.size(); ++local)
        if (other[local]) live[local] = true;
    };
    for (auto index = instructions.size(); index-- > 0;) {
      const auto& instruction = instructions[index];
      if (!goes_on(instruction.op)) live.assign(code.max_locals, false);
      for (const auto target : targets_of(code, instruction))
        include(live_[static_cast<std::size_t>(analysis_.index_at(static_cast<std::size_t>(target)))]);
      const auto local = static_cast<std::size_t>(instruction.operand);
      if (instruction.op >= Op::k_istore && instruction.op <= Op::k_astore) live[local] = false;
      for (const auto handler : handlers[index]) include(live_[handler]);
      const bool reads =
          (instruction.op >= Op::k_iload && instruction.op <= Op::k_aload) || instruction.op == Op::k_iinc;
      if (reads) live[local] = true;
      if (joins_[index] && live_[index] != live) {
        live_[index] = live;
        changed = true;
      }
    }
  }
}

Interpreter::State Interpreter::initial_state() {
  State state;
  auto& method = analysis_.method();
  if (!method.is(classfile::kStatic)) state.locals.push_back({.kind = Value::Kind::kReference, .is_this = true});
  for (const auto& type : method.type.parameters) {
    Value value{.kind = type.is_reference() ? Value::Kind::kReference : Value::Kind::kInt};
    if (value.is_int()) {
      value.range = range_of(type.kind);
      value.node = static_cast<int>(analysis_.parents_.size());
      analysis_.parents_.push_back(value.node);
      given_[value.node] = value.range;
    }
    state.locals.push_back(value);
  }
  for (const auto& value : state.locals) analysis_.parameter_nodes_.push_back(value.node);
  state.locals.resize(analysis_.code().max_locals);
  return state;
}

// ---- states ----

bool Interpreter::merge_value(Value& into, const Value& from, bool widening) {
  const Value before = into;
  if (into.kind != from.kind) {
    into = Value{};
    return before != into;
  }
  into.is_this = into.is_this && from.is_this;
  if (into.source != from.source) into.source = kNone;
  if (into.local != from.local) into.local = kNone;
  if (!into.is_int()) return before != into;
  const auto joined = join(into.range, from.range);
  into.range = widening ? widen(into.range, joined) : joined;
  const auto left = analysis_.group(into.node);
  const auto right = analysis_.group(from.node);
  if (left != right) analysis_.parents_[static_cast<std::size_t>(std::max(left, right))] = std::min(left, right);
  return before != into;
}

Status Interpreter::flow_to(std::size_t index, const State& state) {
  const auto& live = live_[index];
  const auto [found, is_new] = states_.try_emplace(index, state);
  auto& known = found->second;
  if (is_new) {
    cells_ += state.stack.size() + state.locals.size();
    if (cells_ > kMaximumCells) return fail(ErrorKind::kLimit, "too intricate: too many states");
    known.changes = 0;
    known.is_head = false;
    for (std::size_t local = 0; local < known.locals.size(); ++local)
      if (joins_[index] && !live[local]) known.locals[local] = {};
    pending_.insert(index);
    return {};
  }
  if (known.stack.size() != state.stack.size())
    return fail(ErrorKind::kInvalid,
                fmt::format("flows to {} with {} values on the stack, expected {}", analysis_.instructions()[index].at,
                            state.stack.size(), known.stack.size()));
  bool changed = false;
  // Heads of loops only: elsewhere rounding would undo what the loop's condition says.
  known.is_head = known.is_head || index <= index_;
  const bool widening = known.is_head && known.changes >= kExactChanges;
  for (std::size_t at = 0; at < state.stack.size(); ++at) {
    if (known.stack[at].kind != state.stack[at].kind)
      return fail(ErrorKind::kInvalid, "values of different kinds meet on the stack");
    changed = merge_value(known.stack[at], state.stack[at], widening) || changed;
  }
  for (std::size_t local = 0; local < known.locals.size(); ++local)
    if (live[local]) changed = merge_value(known.locals[local], state.locals[local], widening) || changed;
  if (changed) {
    ++known.changes;
    pending_.insert(index);
  }
  return {};
}

Status Interpreter::flow_to_offset(std::int32_t offset, const State& state) {
  return flow_to(static_cast<std::size_t>(analysis_.index_at(static_cast<std::size_t>(offset))), state);
}

Status Interpreter::flow_to_handlers(std::size_t index) {
  const auto at = analysis_.instructions()[index].at;
  for (const auto& each : analysis_.code().exceptions) {
    if (at < each.start || at >= each.end) continue;
    State thrown;
    thrown.stack.push_back({.kind = Value::Kind::kReference});
    thrown.locals = state_.locals;
    for (auto& local : thrown.locals) local.local = kNone;
    COSE_CHECK(flow_to_offset(each.handler, thrown));
  }
  return {};
}

Result<bool> Interpreter::step(std::size_t index) {
  index_ = index;
  current_ = &analysis_.steps_[index];
  current_->visited = true;
  current_->inputs.clear();
  current_->outputs.clear();
  COSE_CHECK(flow_to_handlers(index));
  COSE_TRY(const bool next, apply(analysis_.instructions()[index]));
  COSE_CHECK(flow_to_handlers(index));
  return next;
}

// ---- stack ----

Result<Value> Interpreter::pop_any() {
  if (state_.stack.empty()) return fail(ErrorKind::kInvalid, "malformed code: takes from an empty stack");
  const auto value = state_.stack.back();
  state_.stack.pop_back();
  current_->inputs.insert(current_->inputs.begin(), value);
  return value;
}

Result<Value> Interpreter::pop(Value::Kind kind) {
  COSE_TRY(const auto value, pop_any());
  if (value.kind != kind)
    return fail(ErrorKind::kInvalid, fmt::format("malformed code: expected {} on the stack",
                                                 kind == Value::Kind::kInt ? "an int" : "a reference"));
  return value;
}

Status Interpreter::drop(Value::Kind kind) {
  COSE_TRY([[maybe_unused]] const auto value, pop(kind));
  return {};
}

void Interpreter::push(Value value) {
  current_->outputs.push_back(value);
  state_.stack.push_back(value);
}

int Interpreter::node_of(std::size_t position) {
  const auto [found, is_new] = nodes_.try_emplace({index_, position}, static_cast<int>(analysis_.parents_.size()));
  if (is_new) analysis_.parents_.push_back(found->second);
  return found->second;
}

void Interpreter::push_int(const Range& range) {
  push({.kind = Value::Kind::kInt,
        .range = range,
        .node = node_of(current_->outputs.size()),
        .source = static_cast<int>(index_)});
}

void Interpreter::push_reference() {
  push({.kind = Value::Kind::kReference, .source = static_cast<int>(index_)});
}

void Interpreter::push_type(const classfile::FieldType& type) {
  if (type.is_reference()) return push_reference();
  if (type.kind != 'V') push_int(range_of(type.kind));
}

void Interpreter::set_local(std::size_t index, Value value) {
  for (auto& each : state_.stack)
    if (each.local == static_cast<int>(index)) each.local = kNone;
  if (index == 0 && !analysis_.method().is(classfile::kStatic)) analysis_.this_is_kept_ = false;
  value.local = kNone;
  value.is_this = false;
  value.source = kNone;
  if (value.is_int()) {
    value.node = node_of(kLocalPosition);
    const auto [found, is_new] = given_.try_emplace(value.node, value.range);
    if (!is_new) found->second = join(found->second, value.range);
    current_->local_after = value.node;
    current_->local_range = value.range;
  }
  state_.locals[index] = value;
}

// What a comparison that held says of the local variables that were compared.
void Interpreter::refine(State& state, const Value& left, const Value& right, Op op) const {
  const auto bound = [&](const Value& value, const Range& range) {
    if (value.local == kNone) return;
    auto& local = state.locals[static_cast<std::size_t>(value.local)];
    if (local.is_int()) local.range = meet(local.range, range);
  };
  const auto below = [&](const Value& less, const Value& more, std::int64_t distance) {
    bound(less, {INT32_MIN, more.range.high - distance});
    bound(more, {less.range.low + distance, INT32_MAX});
  };
  switch (op) {
    case Op::k_if_icmpeq: bound(left, right.range); return bound(right, left.range);
    case Op::k_if_icmplt: return below(left, right, 1);
    case Op::k_if_icmpge: return below(right, left, 0);
    case Op::k_if_icmpgt: return below(right, left, 1);
    case Op::k_if_icmple: return below(left, right, 0);
    default: return;
  }
}

}  // namespace cose::convert::detail
