// SPDX-License-Identifier: Apache-2.0
#include "convert/detail/emitter.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "convert/detail/stable_order.h"

namespace cose::convert::detail {

namespace {

constexpr std::size_t kMaximumWords = 255;  // JCVM 3.1 §6.10.4: u1 each for stack, arguments, local variables
constexpr std::size_t kMaximumMethod = 32767;

// Four short forms (aload_0 to aload_3) stand side by side.
cap::Opcode with_index(cap::Opcode first, std::size_t index) {
  return static_cast<cap::Opcode>(static_cast<std::size_t>(first) + index);
}

}  // namespace

Emitter::Emitter(Program& program, Symbols& symbols, const Analysis& analysis, const Narrowing& narrowing)
    : program_(program),
      symbols_(symbols),
      analysis_(analysis),
      narrowing_(narrowing),
      instructions_(analysis.instructions()) {
  code_.method = &analysis.method();
}

Result<CardCode> Emitter::run() {
  place_variables();
  if (code_.header.nargs == 0 && !code_.method->type.parameters.empty())
    return fail(ErrorKind::kLimit, "its arguments or local variables take more than 255 words");
  find_elided();
  code_.labels.resize(instructions_.size() + 1);
  for (index_ = 0; index_ < instructions_.size();) {
    code_.labels[index_] = code_.instructions.size();
    if (!step().visited) {
      ++index_;
      continue;
    }
    const auto taken = increment_pattern();
    if (taken == 0) COSE_CHECK(emit_step());
    for (std::size_t each = 0; each < std::max<std::size_t>(taken, 1); ++each)
      if (++index_ < code_.labels.size()) code_.labels[index_] = code_.instructions.size();
  }
  index_ = 0;
  if (auto laid_out = lay_out(code_); !laid_out) return std::unexpected(laid_out.error());
  if (code_.octets.size() > kMaximumMethod)
    return fail(ErrorKind::kLimit, fmt::format("{} octets of code, at most {}", code_.octets.size(), kMaximumMethod));
  COSE_CHECK(add_handlers());
  std::vector<int> handlers;
  for (const auto& each : analysis_.code().exceptions) {
    const auto index = analysis_.index_at(each.handler);
    if (analysis_.steps()[static_cast<std::size_t>(index)].visited) handlers.push_back(index);
  }
  COSE_TRY(const auto stack, stack_words(code_, handlers));
  if (stack > kMaximumWords) return fail(ErrorKind::kLimit, fmt::format("{} words of stack, at most 255", stack));
  code_.header.max_stack = static_cast<std::uint8_t>(stack);
  if (stack > 15 || code_.header.nargs > 15 || code_.header.max_locals > 15) code_.header.flags = cap::kMethodExtended;
  return std::move(code_);
}

// ---- local variables ----

// In the order of the Java machine's; each as wide as the widest value that it is given.
void Emitter::place_variables() {
  std::vector<std::size_t> widths(analysis_.code().max_locals);
  const auto& parameters = analysis_.parameter_nodes();
  for (std::size_t local = 0; local < parameters.size(); ++local)
    widths[local] = narrowing_.is_wide(parameters[local]) ? 2 : 1;
  for (std::size_t index = 0; index < instructions_.size(); ++index) {
    const auto op = instructions_[index].op;
    const auto& each = analysis_.steps()[index];
    const bool uses =
        op == Op::k_iload || op == Op::k_aload || op == Op::k_istore || op == Op::k_astore || op == Op::k_iinc;
    if (!each.visited || !uses) continue;
    const bool wide = narrowing_.is_wide(each.local_before) || narrowing_.is_wide(each.local_after);
    auto& width = widths[static_cast<std::size_t>(instructions_[index].operand)];
    width = std::max<std::size_t>(width, wide ? 2 : 1);
  }
  std::size_t next = 0;
  std::size_t arguments = 0;
  for (std::size_t local = 0; local < widths.size(); ++local) {
    code_.variables.push_back(static_cast<std::uint8_t>(std::min(next, kMaximumWords)));
    next += widths[local];
    if (local < parameters.size()) arguments = next;
  }
  if (next > kMaximumWords) return;  // nargs stays zero
  code_.header.nargs = static_cast<std::uint8_t>(arguments);
  code_.header.max_locals = static_cast<std::uint8_t>(next - arguments);
}

// A load of `this` that only fields are taken from or put into: the instruction for the field loads it itself.
void Emitter::find_elided() {
  if (!analysis_.this_is_kept()) return;
  std::map<std::size_t, bool> only_fields;
  for (std::size_t index = 0; index < instructions_.size(); ++index) {
    const auto& each = analysis_.steps()[index];
    if (each.visited && instructions_[index].op == Op::k_aload && instructions_[index].operand == 0)
      only_fields[index] = true;
  }
  std::set<std::size_t> used;
  for (std::size_t index = 0; index < instructions_.size(); ++index) {
    const auto& each = analysis_.steps()[index];
    if (!each.visited) continue;
    for (std::size_t at = 0; at < each.inputs.size(); ++at) {
      const auto& input = each.inputs[at];
      const auto op = instructions_[index].op;
      const bool object = at == 0 && (op == Op::k_getfield || op == Op::k_putfield);
      if (input.is_this && input.source == kNone) {
        // Several loads meet here; all of them stay.
        only_fields.clear();
        elided_.clear();
        return;
      }
      if (input.source == kNone) continue;
      const auto source = static_cast<std::size_t>(input.source);
      if (!only_fields.contains(source)) continue;
      used.insert(source);
      if (!object || !input.is_this) {
        only_fields[source] = false;
        continue;
      }
      const auto symbol = symbols_.add_field(analysis_.operand(index).field, cap::ConstantTag::kInstanceFieldref);
      if (symbol > UINT8_MAX) only_fields[source] = false;
    }
  }
  for (const auto& [index, only] : only_fields)
    if (only && used.contains(index)) elided_.insert(index);
}

// ---- pieces ----

CardInstruction& Emitter::emit(Card op, std::int32_t first, std::int32_t second) {
  auto& made = code_.instructions.emplace_back();
  made.op = op;
  made.first = first;
  made.second = second;
  made.source = index_;
  return made;
}

void Emitter::emit_branch(Card op, std::int32_t java_offset) {
  emit(op).target = analysis_.index_at(static_cast<std::size_t>(java_offset));
}

void Emitter::emit_constant(std::int32_t value, bool wide) {
  if (wide) {
    if (value >= -1 && value <= 5) {
      emit(with_index(Card::k_iconst_m1, static_cast<std::size_t>(value + 1)));
    } else if (value >= INT8_MIN && value <= INT8_MAX) {
      emit(Card::k_bipush, value);
    } else if (value >= INT16_MIN && value <= INT16_MAX) {
      emit(Card::k_sipush, value);
    } else {
      emit(Card::k_iipush, value);
    }
    return;
  }
  value = static_cast<std::int16_t>(value);
  if (value >= -1 && value <= 5) {
    emit(with_index(Card::k_sconst_m1, static_cast<std::size_t>(value + 1)));
  } else if (value >= INT8_MIN && value <= INT8_MAX) {
    emit(Card::k_bspush, value);
  } else {
    emit(Card::k_sspush, value);
  }
}

void Emitter::emit_increment(std::size_t local, std::int32_t by, bool wide) {
  const bool near = by >= INT8_MIN && by <= INT8_MAX;
  const auto op = wide ? (near ? Card::k_iinc : Card::k_iinc_w) : (near ? Card::k_sinc : Card::k_sinc_w);
  emit(op, code_.variables[local], by);
}

void Emitter::adapt(bool from_wide, bool to_wide) {
  if (from_wide && !to_wide) emit(Card::k_i2s);
  if (!from_wide && to_wide) emit(Card::k_s2i);
}

void Emitter::adapt_output(bool made_wide) {
  if (step().outputs.empty() || !step().outputs.back().is_int()) return;
  adapt(made_wide, narrowing_.is_wide(step().outputs.back()));
}

void Emitter::want(const Value& top, bool wide) {
  if (top.is_int()) adapt(narrowing_.is_wide(top), wide);
}

Status Emitter::want_below(const Value& value, bool wide) const {
  if (!value.is_int() || narrowing_.is_wide(value) == wide) return {};
  return fail(ErrorKind::kUnsupported,
              fmt::format("'{}' is needed as short and as int at once: give it a variable of its own",
                          analysis_.describe(value)));
}

// ---- patterns ----

bool Emitter::follows(std::size_t distance, Op op) const {
  const auto at = index_ + distance;
  return at < instructions_.size() && instructions_[at].op == op && analysis_.steps()[at].visited &&
         !analysis_.steps()[at].joined;
}

// What javac makes of x += c, x++ and ++x for a short: load, add, i2s, store.
std::size_t Emitter::increment_pattern() {
  if (instruction().op != Op::k_iload || narrowing_.is_wide(step().local_before)) return 0;
  const auto copied = follows(1, Op::k_dup) ? std::size_t{1} : 0;
  const auto constant = 1 + copied;
  const bool constant_follows = follows(constant, Op::k_bipush) || follows(constant, Op::k_sipush);
  const bool adds = follows(constant + 1, Op::k_iadd);
  if (!constant_follows || (!adds && !follows(constant + 1, Op::k_isub))) return 0;
  const auto& sum = analysis_.steps()[index_ + constant + 1].outputs.front();
  const bool truncates =
      follows(constant + 2, Op::k_i2s) || (follows(constant + 2, Op::k_i2b) && sum.range.within(kByteRange));
  if (!truncates) return 0;
  const auto copied_after = copied == 0 && follows(constant + 3, Op::k_dup) ? std::size_t{1} : 0;
  const auto store = constant + 3 + copied_after;
  if (!follows(store, Op::k_istore) || instructions_[index_ + store].operand != instruction().operand ||
      narrowing_.is_wide(analysis_.steps()[index_ + store].local_after))
    return 0;
  const auto value = instructions_[index_ + constant].operand;
  const auto by = adds ? value : -value;
  if (by < INT16_MIN || by > INT16_MAX) return 0;
  const auto local = static_cast<std::size_t>(instruction().operand);
  const auto load = [&](const Value& left) {
    emit_local(Card::k_sload, Card::k_iload, Card::k_aload, left, local, false);
    adapt(false, narrowing_.is_wide(left));
  };
  if (copied != 0) load(step().outputs.front());
  emit_increment(local, by, false);
  if (copied_after != 0) load(analysis_.steps()[index_ + constant + 2].outputs.front());
  return store + 1;
}

void Emitter::emit_local(Card narrow, Card wide, Card reference, const Value& value, std::size_t local, bool is_wide) {
  const auto index = code_.variables[local];
  const auto op = !value.is_int() ? reference : is_wide ? wide : narrow;
  // aload, sload, iload: 3 apart from aload_0; then four of each. The same for stores.
  const bool is_load = op == Card::k_aload || op == Card::k_sload || op == Card::k_iload;
  const auto kind = static_cast<std::size_t>(op) - static_cast<std::size_t>(is_load ? Card::k_aload : Card::k_astore);
  const auto first = is_load ? Card::k_aload_0 : Card::k_astore_0;
  if (index < 4) {
    emit(with_index(first, 4 * kind + index));
  } else {
    emit(op, index);
  }
}

// ---- exception handlers ----

namespace {

std::size_t offset_of(const CardCode& code, std::size_t java_index) {
  const auto at = code.labels[java_index];
  return at < code.instructions.size() ? code.instructions[at].offset : code.octets.size();
}

bool overlap(const CardHandler& left, const CardHandler& right) {
  return left.start < right.end && right.start < left.end;
}

}  // namespace

Status Emitter::add_handlers() {
  const auto& code = analysis_.code();
  const auto index_of_end = [&](std::size_t offset) {
    return std::min(static_cast<std::size_t>(analysis_.index_at(offset)), instructions_.size());
  };
  for (const auto& each : code.exceptions) {
    const auto handler = static_cast<std::size_t>(analysis_.index_at(each.handler));
    if (!analysis_.steps()[handler].visited) continue;
    CardHandler made;
    made.start = offset_of(code_, static_cast<std::size_t>(analysis_.index_at(each.start)));
    made.end = offset_of(code_, index_of_end(each.end));
    made.handler = offset_of(code_, handler);
    if (made.start >= made.end) continue;
    if (!each.catch_type.empty()) made.symbol = symbols_.add_catch(program_.find_type(each.catch_type));
    code_.handlers.push_back(made);
  }
  // JCVM 3.1 §6.10.2: ascending by handler, which must not change whose turn it is.
  auto& handlers = code_.handlers;
  for (std::size_t later = 0; later < handlers.size(); ++later)
    for (std::size_t earlier = 0; earlier < later; ++earlier)
      if (overlap(handlers[earlier], handlers[later]) && handlers[earlier].handler > handlers[later].handler)
        return fail(ErrorKind::kUnsupported, "exception handlers in an order that javac does not make");
  order_stably(handlers, &CardHandler::handler);
  for (std::size_t at = 0; at < handlers.size(); ++at)
    handlers[at].stop = std::none_of(handlers.begin() + static_cast<std::ptrdiff_t>(at) + 1, handlers.end(),
                                     [&](const CardHandler& next) { return overlap(handlers[at], next); });
  return {};
}

}  // namespace cose::convert::detail
