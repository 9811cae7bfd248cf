// SPDX-License-Identifier: Apache-2.0
// javacardx.framework.time: TimeDuration, a signed number of microseconds in 64 bits, and SysTime.
//
// Other units are cut towards zero. What does not fit into 64 bits of microseconds, or into as many octets as a caller
// gives, is DateTimeException.INVALID_VALUE; the duration then stays what it was.
#include <algorithm>
#include <array>
#include <chrono>

#include "jcapi/binding.h"
#include "jcapi/detail/arguments.h"
#include "jcre/runtime.h"

namespace cose::jcapi {

namespace {

using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::ObjectFlags;
using jcvm::Reference;

constexpr jcvm::ExceptionClass kDateTime{{"\xA0\x00\x00\x00\x62\x02\x08\x07", 8}, 0, "DateTimeException"};
constexpr std::int16_t kInvalidValue = 1;
constexpr std::int16_t kInvalidUnit = 2;

constexpr std::uint8_t kDurationToken = 2;
constexpr std::uint16_t kState = 8;
constexpr std::size_t kMaximumOctets = 8;
// Microseconds of the units 2 (MICROS) to 7 (DAYS).
constexpr std::int16_t kFirstUnit = 2;
constexpr std::array<std::int64_t, 6> kUnits = {1, 1000, 1'000'000, 60'000'000, 3'600'000'000, 86'400'000'000};
// JCSystem.MEMORY_TYPE_PERSISTENT, ..._TRANSIENT_RESET and ..._TRANSIENT_DESELECT are 0, 1 and 2.
constexpr std::array<ObjectFlags, 3> kMemoryTypes = {0, jcvm::kClearOnReset, jcvm::kClearOnDeselect};

// Nothing: INVALID_UNIT is pending.
std::optional<std::int64_t> unit(NativeCall& call, std::int16_t number) {
  if (number >= kFirstUnit && static_cast<std::size_t>(number - kFirstUnit) < kUnits.size())
    return kUnits[static_cast<std::size_t>(number - kFirstUnit)];
  call.throw_exception(kDateTime, kInvalidUnit);
  return std::nullopt;
}

std::int64_t number_in(ByteView octets) {
  auto number = (octets[0] & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (const auto octet : octets) number = number << 8 | octet;
  return static_cast<std::int64_t>(number);
}

Bytes octets_of(std::int64_t number, std::size_t count) {
  Bytes octets(count);
  for (std::size_t at = count; at > 0; --at, number >>= 8) octets[at - 1] = static_cast<std::uint8_t>(number);
  return octets;
}

// How many octets a signed number takes.
std::size_t octets_for(std::int64_t number) {
  std::size_t count = 1;
  while (count < kMaximumOctets && number_in(octets_of(number, count)) != number) ++count;
  return count;
}

std::int64_t microseconds(NativeCall& call, Reference duration) {
  return number_in(*call.state_of(duration, *call.method().owner));
}

// Parameter 0 is a duration that the caller may use. False: an exception is pending.
bool check_duration(NativeCall& call) {
  if (!call.check_access(call.reference(0))) return false;
  if (call.is_instance(call.reference(0), detail::sibling(call, kDurationToken))) return true;
  call.throw_exception(jcvm::kSecurity);
  return false;
}

// Nothing: an exception is pending.
std::optional<std::int64_t> other(NativeCall& call) {
  if (!check_duration(call)) return std::nullopt;
  return microseconds(call, call.reference(0));
}

// Parameters 0 and 1: a number of units. Nothing: an exception is pending. Never too large: a day is below 2^37.
std::optional<std::int64_t> amount(NativeCall& call, std::size_t parameter) {
  const auto factor = unit(call, call.number(parameter + 1));
  if (!factor) return std::nullopt;
  return call.number(parameter) * *factor;
}

NativeResult assign(NativeCall& call, std::int64_t value) {
  if (!call.write_state(call.self(), 0, octets_of(value, kState))) return NativeResult::kThrown;
  return call.return_reference(call.self());
}

NativeResult new_duration(NativeCall& call, std::int64_t value) {
  const auto memory = call.number(0);
  if (memory < 0 || static_cast<std::size_t>(memory) >= kMemoryTypes.size())
    return call.throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
  auto& machine = call.machine();
  const auto made =
      machine.new_instance(*call.method().owner, machine.current(), kMemoryTypes[static_cast<std::size_t>(memory)]);
  if (made == jcvm::kNull || !call.write_state(made, 0, octets_of(value, kState))) return NativeResult::kThrown;
  return call.return_reference(made);
}

NativeResult get_instance(NativeCall& call) {
  return new_duration(call, 0);
}

NativeResult get_instance_of(NativeCall& call) {
  const auto value = amount(call, 1);
  return value ? new_duration(call, *value) : NativeResult::kThrown;
}

NativeResult get_memory_type(NativeCall& call) {
  const auto flags = static_cast<ObjectFlags>(call.heap().find(call.self())->flags & jcvm::kTransient);
  return call.return_short(static_cast<std::int16_t>(std::ranges::find(kMemoryTypes, flags) - kMemoryTypes.begin()));
}

NativeResult is_negative(NativeCall& call) {
  return call.return_boolean(microseconds(call, call.self()) < 0);
}

NativeResult negated(NativeCall& call, std::int64_t value) {
  if (value == INT64_MIN) return call.throw_exception(kDateTime, kInvalidValue);
  return assign(call, -value);
}

NativeResult abs(NativeCall& call) {
  const auto value = microseconds(call, call.self());
  return value < 0 ? negated(call, value) : call.return_reference(call.self());
}

NativeResult neg(NativeCall& call) {
  return negated(call, microseconds(call, call.self()));
}

NativeResult reset(NativeCall& call) {
  return assign(call, 0);
}

NativeResult return_comparison(NativeCall& call, std::int64_t value) {
  const auto own = microseconds(call, call.self());
  return call.return_short(own < value ? std::int16_t{-1} : own > value ? std::int16_t{1} : std::int16_t{0});
}

NativeResult compare_to(NativeCall& call) {
  const auto value = other(call);
  return value ? return_comparison(call, *value) : NativeResult::kThrown;
}

NativeResult compare_to_amount(NativeCall& call) {
  const auto value = amount(call, 0);
  return value ? return_comparison(call, *value) : NativeResult::kThrown;
}

enum class Direction : std::uint8_t { kPlus, kMinus };

NativeResult moved(NativeCall& call, std::int64_t value, Direction direction) {
  std::int64_t result = 0;
  const auto own = microseconds(call, call.self());
  const bool overflow = direction == Direction::kPlus ? __builtin_add_overflow(own, value, &result)
                                                      : __builtin_sub_overflow(own, value, &result);
  return overflow ? call.throw_exception(kDateTime, kInvalidValue) : assign(call, result);
}

template <Direction kDirection>
NativeResult move(NativeCall& call) {
  const auto value = other(call);
  return value ? moved(call, *value, kDirection) : NativeResult::kThrown;
}

template <Direction kDirection>
NativeResult move_by_amount(NativeCall& call) {
  const auto value = amount(call, 0);
  return value ? moved(call, *value, kDirection) : NativeResult::kThrown;
}

NativeResult set(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  const auto factor = unit(call, call.number(3));
  if (!factor) return NativeResult::kThrown;
  if (octets->empty() || octets->size() > kMaximumOctets) return call.throw_exception(kDateTime, kInvalidValue);
  std::int64_t value = 0;
  if (__builtin_mul_overflow(number_in(*octets), *factor, &value))
    return call.throw_exception(kDateTime, kInvalidValue);
  return assign(call, value);
}

// Sign-extended to the length that is asked for.
NativeResult to_bytes_of(NativeCall& call) {
  const auto factor = unit(call, call.number(3));
  if (!factor) return NativeResult::kThrown;
  const auto length = call.number(2);
  if (length < 0) return call.throw_exception(jcvm::kArrayIndexOutOfBounds);
  const auto value = microseconds(call, call.self()) / *factor;
  if (static_cast<std::size_t>(length) < octets_for(value)) return call.throw_exception(kDateTime, kInvalidValue);
  return detail::return_written(call, 0, octets_of(value, static_cast<std::size_t>(length)));
}

NativeResult get_byte_length(NativeCall& call) {
  const auto factor = unit(call, call.number(0));
  if (!factor) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(octets_for(microseconds(call, call.self()) / *factor)));
}

// The card's clock never goes back, which is what JC API 3.1 asks for; its zero is the host's.
NativeResult uptime(NativeCall& call) {
  const auto duration = call.reference(0);
  if (!check_duration(call)) return NativeResult::kThrown;
  const auto now = jcre::runtime_of(call).clock().monotonic();
  const auto value = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  if (!call.write_state(duration, 0, octets_of(value, kState))) return NativeResult::kThrown;
  return call.return_void();
}

}  // namespace

Bindings time_duration_bindings() {
  static constexpr std::string_view kClass = "javacardx/framework/time/TimeDuration";
  static constexpr MethodBinding kMethods[] = {
      {"javacardx/framework/time/SysTime", "uptime(Ljavacardx/framework/time/TimeDuration;)V", uptime},
      {kClass, "getInstance(B)Ljavacardx/framework/time/TimeDuration;", get_instance},
      {kClass, "getInstance(BSS)Ljavacardx/framework/time/TimeDuration;", get_instance_of},
      {kClass, "getMemoryType()B", get_memory_type},
      {kClass, "isNegative()Z", is_negative},
      {kClass, "abs()Ljavacardx/framework/time/TimeDuration;", abs},
      {kClass, "neg()Ljavacardx/framework/time/TimeDuration;", neg},
      {kClass, "reset()Ljavacardx/framework/time/TimeDuration;", reset},
      {kClass, "compareTo(Ljavacardx/framework/time/TimeDuration;)S", compare_to},
      {kClass, "compareTo(SS)S", compare_to_amount},
      {kClass, "minus(Ljavacardx/framework/time/TimeDuration;)Ljavacardx/framework/time/TimeDuration;",
       move<Direction::kMinus>},
      {kClass, "minus(SS)Ljavacardx/framework/time/TimeDuration;", move_by_amount<Direction::kMinus>},
      {kClass, "plus(Ljavacardx/framework/time/TimeDuration;)Ljavacardx/framework/time/TimeDuration;",
       move<Direction::kPlus>},
      {kClass, "plus(SS)Ljavacardx/framework/time/TimeDuration;", move_by_amount<Direction::kPlus>},
      {kClass, "set([BSSS)Ljavacardx/framework/time/TimeDuration;", set},
      {kClass, "toBytes([BSSS)S", to_bytes_of},
      {kClass, "getByteLength(S)S", get_byte_length},
  };
  static constexpr StateBinding kStates[] = {{kClass, kState, 0}};
  return {kMethods, kStates};
}

}  // namespace cose::jcapi
