// SPDX-License-Identifier: Apache-2.0
// javacard.framework.OwnerPIN, and OwnerPINx and OwnerPINxWithPredecrement, which OwnerPINBuilder makes.
//
// All have the same state: try limit, tries left, largest size, whether a predecrement is open; and an array with the
// length and the octets of the PIN, that nobody else can reach. That it was verified is kept beside the object and
// ends with the power (JC API 3.1, PIN). Counters take no part in transactions (JCRE 3.1 §7.7), the value does.
#include <array>

#include "bytes/secret.h"
#include "jcapi/binding.h"
#include "jcapi/detail/sensitive.h"
#include "jcvm/machine.h"

namespace cose::jcapi {

namespace {

using jcvm::Atomicity;
using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::Reference;

constexpr std::string_view kOwnerPin = "javacard/framework/OwnerPIN";
constexpr std::string_view kOwnerPinX = "javacard/framework/OwnerPINxImpl";
constexpr std::string_view kPredecrement = "javacard/framework/OwnerPINxWithPredecrementImpl";

enum StateOctet : std::uint32_t { kLimit, kTries, kSize, kDecremented, kStateOctets };
enum PinType : std::uint8_t { kTypeOwnerPin = 1, kTypeOwnerPinX = 2, kTypePredecrement = 3 };

constexpr std::int16_t kPinIllegalValue = 1;
constexpr std::int16_t kPinIllegalState = 2;

struct Verified final : jcvm::TransientState {
  bool yes = false;
};

NativeResult thrown(NativeCall& call, std::int16_t reason) {
  return call.throw_exception(kPin, reason);
}

std::uint8_t octet(const NativeCall& call, StateOctet which) {
  return call.state()[which];
}

bool put(NativeCall& call, Reference pin, StateOctet which, std::int32_t value) {
  const std::array<std::uint8_t, 1> octets{static_cast<std::uint8_t>(value)};
  return call.write_state(pin, which, octets, Atomicity::kNonAtomic);
}

bool verified(NativeCall& call) {
  const auto* state = call.transient<Verified>(call.self());
  return state != nullptr && state->yes;
}

void set_verified(NativeCall& call, bool yes) {
  auto* state = call.transient<Verified>(call.self());
  if (state == nullptr) {
    if (!yes) return;
    auto made = std::make_unique<Verified>();
    state = made.get();
    call.set_transient(call.self(), std::move(made));
  }
  state->yes = yes;
}

// The PIN starts empty. False: an exception is pending.
bool set_up(NativeCall& call, Reference pin, const jcvm::Class& type, std::int16_t limit, std::int16_t size) {
  if (limit < 1 || size < 1) return call.machine().throw_exception(kPin, kPinIllegalValue), false;
  const auto value = call.new_array(jcvm::ObjectKind::kByteArray, 1 + size);
  if (value == jcvm::kNull || !call.hold(pin, type, 0, value)) return false;
  const std::array<std::uint8_t, kStateOctets> state{static_cast<std::uint8_t>(limit), static_cast<std::uint8_t>(limit),
                                                     static_cast<std::uint8_t>(size), 0};
  return call.write_state(pin, 0, state);
}

// OwnerPIN(byte tryLimit, byte maxPINSize)
NativeResult construct(NativeCall& call) {
  return set_up(call, call.self(), *call.method().owner, call.number(0), call.number(1)) ? call.return_void()
                                                                                         : NativeResult::kThrown;
}

// OwnerPINBuilder.buildOwnerPIN(byte tryLimit, byte maxPINSize, byte ownerPINType)
NativeResult build(NativeCall& call) {
  std::string_view name;
  switch (call.number(2)) {
    case kTypeOwnerPin: name = kOwnerPin; break;
    case kTypeOwnerPinX: name = kOwnerPinX; break;
    case kTypePredecrement: name = kPredecrement; break;
    default: return call.throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
  }
  const auto* type = class_named(call, name);
  const auto made = call.new_instance(*type);
  if (made == jcvm::kNull || !set_up(call, made, *type, call.number(0), call.number(1))) return NativeResult::kThrown;
  return call.return_reference(made);
}

// Length and octets; empty for an object whose constructor never ran.
ByteView value_of(NativeCall& call) {
  const auto array = call.held(call.self(), *call.method().owner, 0);
  const auto* header = call.heap().find(array);
  if (header == nullptr) return {};
  const ByteView all(call.heap().contents(*header), header->length);
  return all.subspan(1, std::min<std::size_t>(all[0], all.size() - 1));
}

// The attempt is counted before anything is looked at, so that neither an exception nor a cut makes it free.
NativeResult compare(NativeCall& call) {
  const auto given = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!given) return NativeResult::kThrown;
  const bool right = constant_time_equal(*given, value_of(call));
  if (right) {
    if (!put(call, call.self(), kTries, octet(call, kLimit))) return NativeResult::kThrown;
    set_verified(call, true);
  }
  return call.return_boolean(right);
}

// check(byte[] pin, short offset, byte length)
NativeResult check(NativeCall& call) {
  set_verified(call, false);
  const auto tries = octet(call, kTries);
  if (tries == 0) return call.return_boolean(false);
  if (!put(call, call.self(), kTries, tries - 1)) return NativeResult::kThrown;
  return compare(call);
}

NativeResult tries_remaining(NativeCall& call) {
  return call.return_short(octet(call, kTries));
}

NativeResult is_validated(NativeCall& call) {
  return call.return_boolean(verified(call));
}

NativeResult set_validated(NativeCall& call) {
  set_verified(call, call.number(0) != 0);
  return call.return_void();
}

NativeResult restart(NativeCall& call) {
  set_verified(call, false);
  return put(call, call.self(), kTries, octet(call, kLimit)) ? call.return_void() : NativeResult::kThrown;
}

// reset(): of a verified one only.
NativeResult reset(NativeCall& call) {
  return verified(call) ? restart(call) : call.return_void();
}

// update(byte[] pin, short offset, byte length)
NativeResult update(NativeCall& call) {
  const auto length = call.number(2);
  if (length > octet(call, kSize)) return thrown(call, kPinIllegalValue);
  const auto given = call.readable(call.reference(0), call.number(1), length);
  if (!given) return NativeResult::kThrown;
  const auto array = call.held(call.self(), *call.method().owner, 0);
  const auto* header = call.heap().find(array);
  if (header == nullptr) return thrown(call, kPinIllegalState);
  std::array<std::uint8_t, 1 + 127> value{static_cast<std::uint8_t>(length)};
  std::ranges::copy(*given, value.begin() + 1);
  const auto written = static_cast<std::uint32_t>(1 + length);
  if (!call.heap().write(*header, 0, value.data(), written))
    return call.throw_exception(jcvm::kTransaction, jcvm::kBufferFull);
  put(call, call.self(), kDecremented, 0);
  return restart(call);
}

// ---- OwnerPINx ----

NativeResult try_limit(NativeCall& call) {
  return call.return_short(octet(call, kLimit));
}

// setTryLimit(byte limit): the counter starts again with it.
NativeResult set_try_limit(NativeCall& call) {
  if (call.number(0) < 1) return thrown(call, kPinIllegalValue);
  if (!put(call, call.self(), kLimit, call.number(0))) return NativeResult::kThrown;
  return restart(call);
}

// setTriesRemaining(byte remaining)
NativeResult set_tries(NativeCall& call) {
  const auto tries = call.number(0);
  if (tries < 0 || tries > octet(call, kLimit)) return thrown(call, kPinIllegalValue);
  return put(call, call.self(), kTries, tries) ? call.return_void() : NativeResult::kThrown;
}

// ---- OwnerPINxWithPredecrement ----

// decrementTriesRemaining(): opens one check().
NativeResult decrement(NativeCall& call) {
  set_verified(call, false);
  const auto tries = octet(call, kTries);
  const auto left = tries == 0 ? 0 : tries - 1;
  if (!put(call, call.self(), kTries, left) || !put(call, call.self(), kDecremented, tries == 0 ? 0 : 1))
    return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(left));
}

NativeResult check_decremented(NativeCall& call) {
  set_verified(call, false);
  if (octet(call, kDecremented) == 0) {
    if (octet(call, kTries) == 0) return call.return_boolean(false);
    return thrown(call, kPinIllegalState);
  }
  if (!put(call, call.self(), kDecremented, 0)) return NativeResult::kThrown;
  return compare(call);
}

constexpr MethodBinding kMethods[] = {
    {kOwnerPin, "<init>(BB)V", construct},
    {kOwnerPin, "check([BSB)Z", detail::sensitive<check>},
    {kOwnerPin, "getTriesRemaining()B", tries_remaining},
    {kOwnerPin, "getValidatedFlag()Z", is_validated},
    {kOwnerPin, "isValidated()Z", is_validated},
    {kOwnerPin, "reset()V", reset},
    {kOwnerPin, "resetAndUnblock()V", restart},
    {kOwnerPin, "setValidatedFlag(Z)V", set_validated},
    {kOwnerPin, "update([BSB)V", update},
    {"javacard/framework/OwnerPINBuilder", "buildOwnerPIN(BBB)Ljavacard/framework/PIN;", build},
    {kOwnerPinX, "check([BSB)Z", detail::sensitive<check>},
    {kOwnerPinX, "getTriesRemaining()B", tries_remaining},
    {kOwnerPinX, "isValidated()Z", is_validated},
    {kOwnerPinX, "reset()V", reset},
    {kOwnerPinX, "update([BSB)V", update},
    {kOwnerPinX, "getTryLimit()B", try_limit},
    {kOwnerPinX, "setTryLimit(B)V", set_try_limit},
    {kOwnerPinX, "setTriesRemaining(B)V", set_tries},
    {kPredecrement, "check([BSB)Z", detail::sensitive<check_decremented>},
    {kPredecrement, "getTriesRemaining()B", tries_remaining},
    {kPredecrement, "isValidated()Z", is_validated},
    {kPredecrement, "reset()V", reset},
    {kPredecrement, "update([BSB)V", update},
    {kPredecrement, "getTryLimit()B", try_limit},
    {kPredecrement, "setTryLimit(B)V", set_try_limit},
    {kPredecrement, "setTriesRemaining(B)V", set_tries},
    {kPredecrement, "decrementTriesRemaining()B", decrement},
};
constexpr StateBinding kStates[] = {
    {kOwnerPin, kStateOctets, 1},
    {kOwnerPinX, kStateOctets, 1},
    {kPredecrement, kStateOctets, 1},
};
constexpr std::string_view kOwnerPinXInterfaces[] = {"javacard/framework/PIN", "javacard/framework/OwnerPINx"};
constexpr std::string_view kPredecrementInterfaces[] = {"javacard/framework/PIN", "javacard/framework/OwnerPINx",
                                                        "javacard/framework/OwnerPINxWithPredecrement"};
constexpr HiddenClass kHidden[] = {
    {kOwnerPinX, "java/lang/Object", kOwnerPinXInterfaces},
    {kPredecrement, "java/lang/Object", kPredecrementInterfaces},
};

}  // namespace

Bindings owner_pin_bindings() {
  return {kMethods, kStates, kHidden};
}

}  // namespace cose::jcapi
