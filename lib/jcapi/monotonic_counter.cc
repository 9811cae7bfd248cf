// SPDX-License-Identifier: Apache-2.0
// javacardx.security.util.MonotonicCounter: a number of so many octets that only grows, and stops at its greatest.
//
// A persistent counter's octets are the instance's extra octets, a transient one's an array that it holds. setValue()
// is for the first value: it may go up, never down. Sizes are octets, 1 to 8.
#include <algorithm>
#include <array>

#include "jcapi/detail/crypto_call.h"

namespace cose::jcapi {

namespace {

using namespace detail;

constexpr std::string_view kCounter = "javacardx/security/util/MonotonicCounter";
constexpr std::uint16_t kStateOctets = 2;
constexpr std::int16_t kMaximumSize = 8;

enum Memory : std::uint8_t { kPersistent = 0, kReset = 1, kDeselect = 2 };

const jcvm::Class& counter_class(NativeCall& call) {
  return *class_named(call, kCounter);
}

NativeResult illegal(NativeCall& call) {
  return call.throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
}

struct Counter {
  std::uint8_t memory;
  Bytes value;
};

std::optional<Counter> counter_of(NativeCall& call, Reference object) {
  const auto state = call.state_of(object, counter_class(call));
  if (!state) return std::nullopt;
  Counter made{(*state)[0], {}};
  if (made.memory == kPersistent) {
    made.value = to_bytes(call.extra(object));
    return made;
  }
  const auto* header = call.heap().find(call.held(object, counter_class(call), 0));
  if (header == nullptr) return std::nullopt;
  made.value = to_bytes({call.heap().contents(*header), header->length});
  return made;
}

bool write(NativeCall& call, const Counter& counter) {
  if (counter.memory == kPersistent) return call.write_extra(call.self(), 0, counter.value);
  const auto* header = call.heap().find(call.held(call.self(), counter_class(call), 0));
  return call.heap().write(*header, 0, counter.value.data(), static_cast<std::uint32_t>(counter.value.size()));
}

// -1, 0 or 1: numbers of any lengths.
std::int16_t compare(ByteView left, ByteView right) {
  const auto trim = [](ByteView octets) {
    while (!octets.empty() && octets.front() == 0) octets = octets.subspan(1);
    return octets;
  };
  left = trim(left);
  right = trim(right);
  if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
  const auto order = std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(), right.end());
  return order < 0 ? std::int16_t{-1} : static_cast<std::int16_t>(order > 0);
}

// getInstance(short size, byte memoryType)
NativeResult get_instance(NativeCall& call) {
  const auto size = call.number(0);
  const auto memory = call.number(1);
  if (size < 1 || size > kMaximumSize || memory < kPersistent || memory > kDeselect) return illegal(call);
  auto octets = kNull;
  if (memory != kPersistent) {
    octets = call.new_array(jcvm::ObjectKind::kByteArray, size,
                            memory == kReset ? jcvm::kClearOnReset : jcvm::kClearOnDeselect);
    if (octets == kNull) return NativeResult::kThrown;
  }
  const auto extra = memory == kPersistent ? static_cast<std::uint32_t>(size) : 0;
  const auto object = call.new_instance(counter_class(call), extra);
  const auto kind = static_cast<std::uint8_t>(memory);
  if (object == kNull || !call.write_state(object, 0, {&kind, 1}) || !call.hold(object, counter_class(call), 0, octets))
    return NativeResult::kThrown;
  return call.return_reference(object);
}

NativeResult get_memory_type(NativeCall& call) {
  return call.return_short(call.state()[0]);
}
NativeResult get_size(NativeCall& call) {
  return call.return_short(static_cast<std::int16_t>(counter_of(call, call.self())->value.size()));
}

// setValue(byte[] value, short offset, short length)
NativeResult set_value(NativeCall& call) {
  const auto octets = input_at(call, 0);
  if (!octets) return NativeResult::kThrown;
  auto counter = *counter_of(call, call.self());
  const auto size = counter.value.size();
  if (octets->size() != size || compare(octets->view(), counter.value) < 0) return illegal(call);
  counter.value = to_bytes(octets->view());
  if (!write(call, counter)) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(size));
}

NativeResult get(NativeCall& call) {
  return output_at(call, 0, counter_of(call, call.self())->value);
}

// incrementBy(short value): beyond its greatest value a counter does not go.
NativeResult increment_by(NativeCall& call) {
  const auto amount = call.number(0);
  if (amount < 0) return illegal(call);
  auto counter = *counter_of(call, call.self());
  auto carry = static_cast<std::uint32_t>(amount);
  for (auto at = counter.value.size(); at > 0 && carry != 0; --at) {
    carry += counter.value[at - 1];
    counter.value[at - 1] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  if (carry != 0) return illegal(call);
  if (!write(call, counter)) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(counter.value.size()));
}

NativeResult compare_to_octets(NativeCall& call) {
  const auto octets = input_at(call, 0);
  if (!octets) return NativeResult::kThrown;
  return call.return_short(compare(counter_of(call, call.self())->value, octets->view()));
}
NativeResult compare_to_counter(NativeCall& call) {
  if (!call.check_access(call.reference(0))) return NativeResult::kThrown;
  const auto other = counter_of(call, call.reference(0));
  if (!other) return illegal(call);
  return call.return_short(compare(counter_of(call, call.self())->value, other->value));
}

NativeResult equals_max(NativeCall& call) {
  return call.return_boolean(
      std::ranges::all_of(counter_of(call, call.self())->value, [](std::uint8_t octet) { return octet == 0xFF; }));
}

constexpr MethodBinding kMethods[] = {
    {kCounter, "getInstance(SB)Ljavacardx/security/util/MonotonicCounter;", get_instance},
    {kCounter, "getMemoryType()B", get_memory_type},
    {kCounter, "getSize()S", get_size},
    {kCounter, "setValue([BSS)S", set_value},
    {kCounter, "get([BS)S", get},
    {kCounter, "incrementBy(S)S", increment_by},
    {kCounter, "compareTo([BSS)S", compare_to_octets},
    {kCounter, "compareTo(Ljavacardx/security/util/MonotonicCounter;)S", compare_to_counter},
    {kCounter, "equalsMax()Z", equals_max},
};
constexpr StateBinding kStates[] = {{kCounter, kStateOctets, 1}};

}  // namespace

Bindings monotonic_counter_bindings() {
  return {kMethods, kStates, {}};
}

}  // namespace cose::jcapi
