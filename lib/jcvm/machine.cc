// SPDX-License-Identifier: Apache-2.0
// Running code: invocations from outside, exceptions, transactions.
#include "jcvm/machine.h"

#include <algorithm>

#include "jcvm/detail/interpreter.h"

namespace cose::jcvm {

namespace {

// Results of natives have room even where nothing was passed.
constexpr std::uint32_t kResultCells = 2;
// nargs of a method's header is an octet (JCVM 3.1 §6.10.4).
constexpr std::size_t kMaximumArgumentWords = 255;

}  // namespace

Machine::Machine(const MachineOptions& options) : options_(options), heap_(options.heap) {
  NewObject roots{ObjectKind::kReferenceArray, kNoClass, kRootCount};
  const auto made = heap_.allocate(roots);
  COSE_ASSERT(made == kRoots);
}

Machine::~Machine() = default;

Reference Machine::root(Root which) const {
  const auto* roots = heap_.find(kRoots);
  Reference value = kNull;
  std::memcpy(&value, heap_.contents(*roots) + 2 * static_cast<std::size_t>(which), sizeof(value));
  return value;
}

bool Machine::set_root(Root which, Reference value) {
  const auto* roots = heap_.find(kRoots);
  return heap_.write(*roots, 2 * static_cast<std::uint32_t>(which), &value, sizeof(value));
}

// ---- running code ----

void Machine::take_working_memory() {
  if (stack_ != nullptr) return;
  stack_ = std::make_unique<std::uint16_t[]>(options_.stack_cells);
  stack_top_ = stack_.get();
  // Frames never move: the interpreter holds references to them.
  frames_.reserve(options_.frames);
}

void Machine::release_working_memory() {
  if (running()) return;
  stack_.reset();
  stack_top_ = nullptr;
  frames_ = {};
}

Outcome Machine::invoke_static(const Method& method, std::span<const std::uint16_t> cells, Principal as) {
  return invoke(method, cells, as);
}

Outcome Machine::invoke_virtual(Reference object, std::uint8_t token, std::span<const std::uint16_t> cells) {
  const auto* header = heap_.find(object);
  if (header == nullptr) return refused(kNullPointer);
  const auto* type = class_of(*header);
  if (type == nullptr || token >= type->virtual_methods.size()) return refused(kSecurity);
  const auto* method = type->virtual_methods[token];
  std::array<std::uint16_t, kMaximumArgumentWords> all;
  if (method == nullptr || cells.size() >= all.size()) return refused(kSecurity);
  all[0] = object;
  std::ranges::copy(cells, all.begin() + 1);
  return invoke(*method, std::span(all).first(cells.size() + 1), {header->context, header->applet});
}

Outcome Machine::invoke_interface(Reference object, const Class& interface, std::uint8_t token,
                                  std::span<const std::uint16_t> cells) {
  const auto* header = heap_.find(object);
  if (header == nullptr) return refused(kNullPointer);
  const auto* type = class_of(*header);
  const auto* table = type == nullptr ? nullptr : type->find_interface(interface);
  if (table == nullptr || token >= table->tokens.size()) return refused(kSecurity);
  return invoke_virtual(object, table->tokens[token], cells);
}

Outcome Machine::invoke(const Method& method, std::span<const std::uint16_t> cells, Principal as) {
  take_working_memory();
  const bool native = method.native != nullptr;
  const bool callable = (method.code != nullptr || native) && cells.size() == method.argument_words;
  if (!callable || !number_of(*method.package)) return refused(kSecurity);
  if (nesting_ == 0) {
    ++invocations_;
    budget_ = options_.instruction_budget;
    exhausted_ = false;
  }
  auto* const base = stack_top_;
  const auto room = static_cast<std::size_t>(stack_.get() + options_.stack_cells - base);
  if (exhausted_ || nesting_ == kMaximumNesting || frames_.size() == options_.frames ||
      room < std::size_t{kResultCells} + std::max<std::size_t>(method.frame_words, cells.size()))
    return refused(kSystem, kNoResource);
  std::ranges::copy(cells, base);
  const auto before = current_;
  current_ = as;
  ++nesting_;
  if (native) {
    stack_top_ = base + std::max<std::size_t>(cells.size(), kResultCells);
    run_native(method, base);
  } else {
    std::fill(base + cells.size(), base + method.local_words, std::uint16_t{0});
    run_code(method, base);
  }
  --nesting_;
  current_ = before;
  stack_top_ = base;
  auto result = outcome(method, base);
  if (nesting_ == 0) heap_.forget_dead();
  return result;
}

void Machine::run_code(const Method& method, std::uint16_t* cells) {
  frames_.push_back({&method, nullptr, cells, current_});
  stack_top_ = cells + method.frame_words;
  Interpreter(*this).run();
}

void Machine::run_native(const Method& method, std::uint16_t* cells) {
  NativeCall call(*this, method, cells);
  if (method.native(call) == NativeResult::kReturned) {
    pending_ = kNull;
  } else if (pending_ == kNull) {
    throw_exception(kSecurity);
  }
}

Outcome Machine::outcome(const Method& method, const std::uint16_t* cells) {
  Outcome result;
  if (exhausted_) {
    pending_ = kNull;
    result.kind = Outcome::Kind::kExhausted;
    return result;
  }
  if (pending_ != kNull) {
    result.kind = Outcome::Kind::kThrown;
    result.exception = pending_;
    if (const auto* header = heap_.find(pending_)) result.exception_class = class_of(*header);
    result.reason = reason_of(pending_);
    pending_ = kNull;
    return result;
  }
  switch (method.returns) {
    case Returns::kShort: result.value = static_cast<std::int16_t>(cells[0]); break;
    case Returns::kReference: result.value = heap_.normalized(cells[0]); break;
    case Returns::kInt: std::memcpy(&result.value, cells, sizeof(result.value)); break;
    default: break;
  }
  return result;
}

Outcome Machine::refused(const ExceptionClass& type, std::int16_t reason) {
  throw_exception(type, reason);
  Outcome result;
  result.kind = Outcome::Kind::kThrown;
  result.exception = pending_;
  if (const auto* header = heap_.find(pending_)) result.exception_class = class_of(*header);
  result.reason = reason;
  pending_ = kNull;
  return result;
}

Principal Machine::previous() const {
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame)
    if (frame->caller.context != current_.context) return frame->caller;
  return {};
}

// ---- exceptions ----

void Machine::throw_exception(const ExceptionClass& type, std::int16_t reason) {
  const auto* wanted = find_class(type.package_aid, type.class_token);
  const auto found = exceptions_.find(wanted);
  // A card whose tables lack the class still stops the program: with the first exception that it has.
  pending_ = found != exceptions_.end() ? found->second : (exceptions_.empty() ? kRoots : exceptions_.begin()->second);
  const auto* header = heap_.find(pending_);
  if (header->kind == ObjectKind::kInstance && header->length >= sizeof(reason))
    static_cast<void>(heap_.write(*header, 0, &reason, sizeof(reason), Atomicity::kNonAtomic));
}

void Machine::throw_no_room() {
  switch (heap_.last_error()) {
    case AllocationError::kNoTransient: return throw_exception(kSystem, kNoTransientSpace);
    case AllocationError::kJournalFull: return throw_exception(kTransaction, kBufferFull);
    default: return throw_exception(kSystem, kNoResource);
  }
}

std::int16_t Machine::reason_of(Reference exception) const {
  const auto* header = heap_.find(exception);
  const auto* type = header == nullptr ? nullptr : class_of(*header);
  std::int16_t reason = 0;
  if (type != nullptr && type->native_octets >= sizeof(reason))
    std::memcpy(&reason, heap_.contents(*header), sizeof(reason));
  return reason;
}

void Machine::violation() {
  ++violations_;
  throw_exception(kSecurity);
}

// ---- transactions ----

bool Machine::begin_transaction() {
  if (in_transaction()) return throw_exception(kTransaction, kInProgress), false;
  heap_.begin();
  return true;
}

bool Machine::commit_transaction() {
  if (!in_transaction()) return throw_exception(kTransaction, kNotInProgress), false;
  heap_.commit();
  return true;
}

bool Machine::abort_transaction() {
  if (!in_transaction()) return throw_exception(kTransaction, kNotInProgress), false;
  heap_.abort();
  drop_transient_of_the_dead();
  if (nesting_ == 0) heap_.forget_dead();
  return true;
}

void Machine::drop_transient_of_the_dead() {
  std::erase_if(transient_states_, [&](const auto& each) { return heap_.find(each.first) == nullptr; });
}

// ---- transient memory ----

void Machine::reset() {
  COSE_ASSERT(!running());
  if (in_transaction()) heap_.abort();
  if (changing()) abort_change();
  transient_states_.clear();
  heap_.forget_dead();
  heap_.clear_on_reset();
  selected_context_ = kRuntimeContext;
}

void Machine::deselect(Context context) {
  heap_.clear_on_deselect(context);
}

}  // namespace cose::jcvm
