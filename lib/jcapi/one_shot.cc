// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/one_shot.h"

#include <array>
#include <cstring>

namespace cose::jcapi::detail {

namespace {

// An array of references, the runtime's own.
constexpr auto kPoolRoot = jcvm::Root::kOneShots;
constexpr std::uint32_t kSlotOctet = 4;

// Beside the pool: which call from outside has which.
class Lendings final : public jcvm::TransientState {
 public:
  std::array<std::uint64_t, kMaximumOneShots> invocation{};  // zero: nobody
};

// Of an open object that nobody has initialized yet.
class Opened final : public jcvm::TransientState {};

// kNull: an exception is pending.
Reference pool_of(NativeCall& call) {
  auto& machine = call.machine();
  const auto pool = machine.root(kPoolRoot);
  if (call.heap().find(pool) != nullptr) return pool;
  jcvm::NewObject wanted{jcvm::ObjectKind::kReferenceArray, machine.id_of(*call.find_class(jcvm::kJavaLangAid, 0)),
                         kMaximumOneShots};
  const auto made = call.new_object(wanted);
  return made != kNull && machine.set_root(kPoolRoot, made) ? made : kNull;
}

Lendings& lendings_of(NativeCall& call, Reference pool) {
  auto* found = call.transient<Lendings>(pool);
  return found != nullptr ? *found : make_transient<Lendings>(call, pool);
}

Reference slot_of(NativeCall& call, Reference pool, std::size_t at) {
  Reference value = kNull;
  std::memcpy(&value, call.heap().contents(*call.heap().find(pool)) + at * sizeof(value), sizeof(value));
  return call.heap().normalized(value);
}

// A new instance in an empty place of the pool, owned by the runtime.
Reference make_in(NativeCall& call, Reference pool, std::size_t at, const jcvm::Class& type) {
  const auto made = call.machine().new_instance(type, {}, jcvm::kTemporaryEntry);
  if (made == kNull) return kNull;
  const auto written =
      call.heap().write(*call.heap().find(pool), static_cast<std::uint32_t>(at * sizeof(made)), &made, sizeof(made));
  if (!written) call.machine().throw_exception(jcvm::kTransaction, jcvm::kBufferFull);
  return written ? made : kNull;
}

NativeResult lend(NativeCall& call, Reference pool, std::size_t at, Reference object, ByteView state) {
  lendings_of(call, pool).invocation[at] = call.machine().invocations();
  const auto slot = static_cast<std::uint8_t>(at);
  // No program's transaction: the object is the runtime's.
  constexpr auto kNow = jcvm::Atomicity::kNonAtomic;
  if (!call.write_state(object, 0, state, kNow) || !call.write_state(object, kSlotOctet, {&slot, 1}, kNow))
    return NativeResult::kThrown;
  make_transient<Opened>(call, object);
  return call.return_reference(object);
}

}  // namespace

NativeResult open_one_shot(NativeCall& call, std::string_view class_name, ByteView state) {
  const auto& type = *class_named(call, class_name);
  const auto pool = pool_of(call);
  if (pool == kNull) return NativeResult::kThrown;
  const auto now = call.machine().invocations();
  const auto lent = [&](std::size_t at) { return lendings_of(call, pool).invocation[at] == now; };
  for (std::size_t at = 0; at < kMaximumOneShots; ++at)
    if (const auto object = slot_of(call, pool, at); !lent(at) && call.class_of(object) == &type)
      return lend(call, pool, at, object, state);
  for (std::size_t at = 0; at < kMaximumOneShots; ++at) {
    if (lent(at)) continue;
    const auto object = make_in(call, pool, at, type);
    return object == kNull ? NativeResult::kThrown : lend(call, pool, at, object, state);
  }
  return call.throw_exception(jcvm::kSystem, jcvm::kNoResource);
}

NativeResult close_one_shot(NativeCall& call) {
  if (!is_open(call)) return NativeResult::kThrown;
  const auto slot = state_of_self(call)[kSlotOctet];
  lendings_of(call, pool_of(call)).invocation[slot] = 0;
  drop_transient(call, call.self());
  return call.return_void();
}

bool is_open(NativeCall& call) {
  const auto pool = pool_of(call);
  const std::size_t slot = state_of_self(call)[kSlotOctet];
  if (pool != kNull && slot < kMaximumOneShots && slot_of(call, pool, slot) == call.self() &&
      lendings_of(call, pool).invocation[slot] == call.machine().invocations())
    return true;
  if (call.machine().pending() == kNull) static_cast<void>(throw_crypto(call, CryptoReason::kIllegalUse));
  return false;
}

}  // namespace cose::jcapi::detail
