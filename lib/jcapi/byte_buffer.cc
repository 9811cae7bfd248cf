// SPDX-License-Identifier: Apache-2.0
// javacardx.framework.nio: Buffer and ByteBuffer. All buffers are windows into octet arrays: direct ones into an array
// of their own that array() does not give away.
//
// Where a Java SE buffer throws an exception that Java Card lacks, here it is SystemException: ILLEGAL_VALUE for a
// position, limit or capacity out of range and for a buffer put into itself, ILLEGAL_USE for the array of a buffer that
// has none to give.
#include <algorithm>
#include <bit>

#include "jcapi/binding.h"
#include "jcapi/detail/arguments.h"
#include "jcapi/detail/buffer_state.h"
#include "jcvm/machine.h"

namespace cose::jcapi {

namespace {

using detail::BufferState;
using jcvm::kNull;
using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::ObjectKind;
using jcvm::Reference;

constexpr std::string_view kNioAid{"\xA0\x00\x00\x00\x62\x02\x08\x06", 8};
constexpr jcvm::ExceptionClass kOverflow{kNioAid, 1, "BufferOverflowException"};
constexpr jcvm::ExceptionClass kUnderflow{kNioAid, 2, "BufferUnderflowException"};
constexpr jcvm::ExceptionClass kReadOnly{kNioAid, 5, "ReadOnlyBufferException"};
constexpr std::uint8_t kBufferToken = 0;
constexpr std::uint8_t kByteBufferToken = 3;
constexpr std::uint8_t kByteOrderToken = 4;
constexpr std::size_t kArrayCell = 0;
// Static fields of the package: those of ByteOrder.
constexpr std::size_t kBigEndian = 0;
constexpr std::size_t kLittleEndian = 1;

const jcvm::Class& buffer_class(NativeCall& call) {
  return detail::sibling(call, kBufferToken);
}

BufferState state_of(NativeCall& call, Reference buffer) {
  return BufferState::read(*call.state_of(buffer, buffer_class(call)));
}

BufferState own_state(NativeCall& call) {
  return state_of(call, call.self());
}

Reference array_of(NativeCall& call, Reference buffer) {
  return call.held(buffer, buffer_class(call), kArrayCell);
}

bool set_state(NativeCall& call, Reference buffer, const BufferState& state) {
  return call.write_state(buffer, 0, state.octets());
}

NativeResult return_self(NativeCall& call, const BufferState& state) {
  return set_state(call, call.self(), state) ? call.return_reference(call.self()) : NativeResult::kThrown;
}

NativeResult return_new(NativeCall& call, const BufferState& state, Reference array) {
  const auto made = call.new_instance(detail::sibling(call, kByteBufferToken));
  if (made == kNull || !set_state(call, made, state) || !call.hold(made, buffer_class(call), kArrayCell, array))
    return NativeResult::kThrown;
  return call.return_reference(made);
}

// ---- where it stands ----

NativeResult capacity(NativeCall& call) {
  return call.return_int(own_state(call).capacity);
}

NativeResult position(NativeCall& call) {
  return call.return_int(own_state(call).position);
}

NativeResult limit(NativeCall& call) {
  return call.return_int(own_state(call).limit);
}

NativeResult remaining(NativeCall& call) {
  return call.return_int(own_state(call).remaining());
}

NativeResult has_remaining(NativeCall& call) {
  return call.return_boolean(own_state(call).remaining() != 0);
}

NativeResult set_position(NativeCall& call) {
  auto state = own_state(call);
  if (call.integer(0) < 0 || call.integer(0) > state.limit)
    return call.throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
  state.position = static_cast<std::uint16_t>(call.integer(0));
  return return_self(call, state);
}

NativeResult set_limit(NativeCall& call) {
  auto state = own_state(call);
  if (call.integer(0) < 0 || call.integer(0) > state.capacity)
    return call.throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
  state.limit = static_cast<std::uint16_t>(call.integer(0));
  state.position = std::min(state.position, state.limit);
  return return_self(call, state);
}

NativeResult clear(NativeCall& call) {
  auto state = own_state(call);
  state.position = 0;
  state.limit = state.capacity;
  return return_self(call, state);
}

NativeResult flip(NativeCall& call) {
  auto state = own_state(call);
  state.limit = state.position;
  state.position = 0;
  return return_self(call, state);
}

NativeResult rewind(NativeCall& call) {
  auto state = own_state(call);
  state.position = 0;
  return return_self(call, state);
}

// ---- what it is ----

NativeResult is_read_only(NativeCall& call) {
  return call.return_boolean(own_state(call).read_only);
}

NativeResult is_direct(NativeCall& call) {
  return call.return_boolean(own_state(call).direct);
}

NativeResult has_array(NativeCall& call) {
  const auto state = own_state(call);
  return call.return_boolean(!state.read_only && !state.direct);
}

// False: an exception is pending.
bool check_array(NativeCall& call, const BufferState& state) {
  if (state.read_only) return call.throw_exception(kReadOnly), false;
  if (state.direct) return call.throw_exception(jcvm::kSystem, jcvm::kIllegalUse), false;
  return true;
}

NativeResult array(NativeCall& call) {
  if (!check_array(call, own_state(call))) return NativeResult::kThrown;
  return call.return_reference(array_of(call, call.self()));
}

NativeResult array_offset(NativeCall& call) {
  const auto state = own_state(call);
  return check_array(call, state) ? call.return_int(state.first) : NativeResult::kThrown;
}

// ByteOrder.BIG_ENDIAN and LITTLE_ENDIAN, the static fields of the package.
NativeResult order(NativeCall& call) {
  return call.return_reference(call.static_reference(own_state(call).little_endian ? kLittleEndian : kBigEndian));
}

// JC API 3.1 gives no result for null: NullPointerException.
NativeResult set_order(NativeCall& call) {
  const auto wanted = call.reference(0);
  if (wanted == kNull) return call.throw_exception(jcvm::kNullPointer);
  if (!call.is_instance(wanted, detail::sibling(call, kByteOrderToken))) return call.throw_exception(jcvm::kSecurity);
  auto state = own_state(call);
  state.little_endian = wanted == call.static_reference(kLittleEndian);
  return return_self(call, state);
}

// ---- new ones ----

NativeResult allocate_direct(NativeCall& call) {
  const auto wanted = call.integer(0);
  if (wanted < 0 || wanted > jcvm::kMaximumArrayLength) return call.throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
  const auto array = call.new_array(ObjectKind::kByteArray, wanted);
  if (array == kNull) return NativeResult::kThrown;
  BufferState state;
  state.limit = state.capacity = static_cast<std::uint16_t>(wanted);
  state.direct = true;
  return return_new(call, state, array);
}

NativeResult wrap_part(NativeCall& call, std::int32_t offset, std::int32_t length) {
  const auto* header = call.array(call.reference(0), ObjectKind::kByteArray);
  if (header == nullptr) return NativeResult::kThrown;
  if (offset < 0 || length < 0 || offset > header->length || length > header->length - offset)
    return call.throw_exception(jcvm::kIndexOutOfBounds);
  // JCRE 3.1 §6.2.8: global arrays are kept by nobody.
  if (!call.machine().may_store(call.reference(0))) return call.throw_exception(jcvm::kSecurity);
  BufferState state;
  state.position = static_cast<std::uint16_t>(offset);
  state.limit = static_cast<std::uint16_t>(offset + length);
  state.capacity = header->length;
  return return_new(call, state, call.reference(0));
}

NativeResult wrap(NativeCall& call) {
  const auto* header = call.array(call.reference(0), ObjectKind::kByteArray);
  return header == nullptr ? NativeResult::kThrown : wrap_part(call, 0, header->length);
}

NativeResult wrap_range(NativeCall& call) {
  return wrap_part(call, call.integer(1), call.integer(2));
}

// Big-endian, as each new buffer.
NativeResult slice(NativeCall& call) {
  auto state = own_state(call);
  state.first = static_cast<std::uint16_t>(state.first + state.position);
  state.limit = state.capacity = state.remaining();
  state.position = 0;
  state.little_endian = false;
  return return_new(call, state, array_of(call, call.self()));
}

NativeResult as_read_only_buffer(NativeCall& call) {
  auto state = own_state(call);
  state.read_only = true;
  state.little_endian = false;
  return return_new(call, state, array_of(call, call.self()));
}

// ---- octets ----

// What an access may touch: the octets [at, at + count) of the window. Relative ones move the position.
struct Place {
  BufferState state;
  std::uint16_t at = 0;
  bool relative = false;
};

enum class Access : std::uint8_t { kGet, kPut };

// Nothing: an exception is pending.
std::optional<Place> relative(NativeCall& call, std::size_t count, Access access) {
  auto state = own_state(call);
  if (access == Access::kPut && state.read_only) return call.throw_exception(kReadOnly), std::nullopt;
  if (count > state.remaining())
    return call.throw_exception(access == Access::kGet ? kUnderflow : kOverflow), std::nullopt;
  const auto at = state.position;
  state.position = static_cast<std::uint16_t>(at + count);
  return Place{state, at, true};
}

std::optional<Place> absolute(NativeCall& call, std::size_t count, Access access) {
  const auto state = own_state(call);
  if (access == Access::kPut && state.read_only) return call.throw_exception(kReadOnly), std::nullopt;
  const auto index = call.integer(0);
  if (index < 0 || static_cast<std::size_t>(index) + count > state.limit)
    return call.throw_exception(jcvm::kIndexOutOfBounds), std::nullopt;
  return Place{state, static_cast<std::uint16_t>(index), false};
}

std::optional<Bytes> octets_at(NativeCall& call, const Place& place, std::size_t count) {
  return detail::copy_of(call, array_of(call, call.self()), place.state.first + place.at,
                         static_cast<std::int32_t>(count));
}

// False: an exception is pending.
bool arrive(NativeCall& call, const Place& place) {
  return !place.relative || set_state(call, call.self(), place.state);
}

template <typename Value>
std::optional<Value> fetched(NativeCall& call, const std::optional<Place>& place) {
  if (!place) return std::nullopt;
  auto octets = octets_at(call, *place, sizeof(Value));
  if (!octets || !arrive(call, *place)) return std::nullopt;
  if (place->state.little_endian) std::ranges::reverse(*octets);
  std::uint32_t value = 0;
  for (const auto octet : *octets) value = value << 8 | octet;
  return static_cast<Value>(value);
}

template <typename Value>
NativeResult store(NativeCall& call, const std::optional<Place>& place, Value value) {
  if (!place) return NativeResult::kThrown;
  Bytes octets(sizeof(Value));
  auto rest = static_cast<std::uint32_t>(value);
  for (std::size_t at = sizeof(Value); at > 0; --at, rest >>= 8) octets[at - 1] = static_cast<std::uint8_t>(rest);
  if (place->state.little_endian) std::ranges::reverse(octets);
  const bool done = detail::together(call, [&] {
    return call.write(array_of(call, call.self()), place->state.first + place->at, octets) && arrive(call, *place);
  });
  return done ? call.return_reference(call.self()) : NativeResult::kThrown;
}

using Find = std::optional<Place> (*)(NativeCall& call, std::size_t count, Access access);

template <typename Value, Find kFind>
NativeResult get_number(NativeCall& call) {
  const auto value = fetched<Value>(call, kFind(call, sizeof(Value), Access::kGet));
  if (!value) return NativeResult::kThrown;
  if constexpr (sizeof(Value) == sizeof(std::int32_t))
    return call.return_int(*value);
  else
    return call.return_short(*value);
}

// The value is the last parameter: behind the index, where there is one.
template <typename Value, Find kFind>
NativeResult put_number(NativeCall& call) {
  constexpr std::size_t kParameter = kFind == absolute ? 1 : 0;
  const auto place = kFind(call, sizeof(Value), Access::kPut);
  if constexpr (sizeof(Value) == sizeof(std::int32_t))
    return store<Value>(call, place, call.integer(kParameter));
  else
    return store<Value>(call, place, static_cast<Value>(call.number(kParameter)));
}

// ---- many octets ----

// Parameters 0 to 2 or only 0: a part of an array or all of it. False: an exception is pending.
bool check_range(NativeCall& call, std::int32_t offset, std::int32_t length) {
  const auto* header = call.array(call.reference(0), ObjectKind::kByteArray);
  if (header == nullptr) return false;
  if (offset >= 0 && length >= 0 && offset <= header->length && length <= header->length - offset) return true;
  call.throw_exception(jcvm::kIndexOutOfBounds);
  return false;
}

NativeResult get_octets(NativeCall& call, std::int32_t offset, std::int32_t length) {
  if (!check_range(call, offset, length)) return NativeResult::kThrown;
  const auto place = relative(call, static_cast<std::size_t>(length), Access::kGet);
  if (!place) return NativeResult::kThrown;
  const auto octets = octets_at(call, *place, static_cast<std::size_t>(length));
  if (!octets || !call.write(call.reference(0), offset, *octets) || !arrive(call, *place)) return NativeResult::kThrown;
  return call.return_reference(call.self());
}

NativeResult put_octets(NativeCall& call, ByteView octets) {
  const auto place = relative(call, octets.size(), Access::kPut);
  if (!place) return NativeResult::kThrown;
  if (!call.write(array_of(call, call.self()), place->state.first + place->at, octets) || !arrive(call, *place))
    return NativeResult::kThrown;
  return call.return_reference(call.self());
}

NativeResult put_array(NativeCall& call, std::int32_t offset, std::int32_t length) {
  if (!check_range(call, offset, length)) return NativeResult::kThrown;
  const auto octets = detail::copy_of(call, call.reference(0), offset, length);
  return octets ? put_octets(call, *octets) : NativeResult::kThrown;
}

NativeResult get_range(NativeCall& call) {
  return get_octets(call, call.integer(1), call.integer(2));
}

NativeResult get_all(NativeCall& call) {
  const auto* header = call.array(call.reference(0), ObjectKind::kByteArray);
  return header == nullptr ? NativeResult::kThrown : get_octets(call, 0, header->length);
}

NativeResult put_range(NativeCall& call) {
  return put_array(call, call.integer(1), call.integer(2));
}

NativeResult put_all(NativeCall& call) {
  const auto* header = call.array(call.reference(0), ObjectKind::kByteArray);
  return header == nullptr ? NativeResult::kThrown : put_array(call, 0, header->length);
}

// What another buffer (parameter 0) has left. Nothing: an exception is pending.
std::optional<Bytes> rest_of_other(NativeCall& call) {
  const auto other = call.reference(0);
  if (!call.check_access(other)) return std::nullopt;
  if (!call.is_instance(other, buffer_class(call))) return call.throw_exception(jcvm::kSecurity), std::nullopt;
  const auto state = state_of(call, other);
  return detail::copy_of(call, array_of(call, other), state.first + state.position, state.remaining());
}

NativeResult put_buffer(NativeCall& call) {
  const auto octets = rest_of_other(call);
  if (!octets) return NativeResult::kThrown;
  if (call.reference(0) == call.self()) return call.throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
  const auto result = put_octets(call, *octets);
  if (result == NativeResult::kThrown) return result;
  auto state = state_of(call, call.reference(0));
  state.position = state.limit;
  return set_state(call, call.reference(0), state) ? result : NativeResult::kThrown;
}

NativeResult compact(NativeCall& call) {
  auto state = own_state(call);
  if (state.read_only) return call.throw_exception(kReadOnly);
  const auto array = array_of(call, call.self());
  const auto rest = detail::copy_of(call, array, state.first + state.position, state.remaining());
  if (!rest) return NativeResult::kThrown;
  const auto first = state.first;
  state.position = static_cast<std::uint16_t>(rest->size());
  state.limit = state.capacity;
  const bool done =
      detail::together(call, [&] { return call.write(array, first, *rest) && set_state(call, call.self(), state); });
  return done ? call.return_reference(call.self()) : NativeResult::kThrown;
}

// As signed octets, then by length.
NativeResult compare_to(NativeCall& call) {
  const auto theirs = rest_of_other(call);
  if (!theirs) return NativeResult::kThrown;
  const auto state = own_state(call);
  const auto ours = detail::copy_of(call, array_of(call, call.self()), state.first + state.position, state.remaining());
  if (!ours) return NativeResult::kThrown;
  for (std::size_t at = 0; at < std::min(ours->size(), theirs->size()); ++at) {
    const auto difference = static_cast<std::int8_t>((*ours)[at]) - static_cast<std::int8_t>((*theirs)[at]);
    if (difference != 0) return call.return_int(difference);
  }
  return call.return_int(static_cast<std::int32_t>(ours->size()) - static_cast<std::int32_t>(theirs->size()));
}

}  // namespace

Bindings byte_buffer_bindings() {
  static constexpr std::string_view kBuffer = "javacardx/framework/nio/Buffer";
  static constexpr std::string_view kClass = "javacardx/framework/nio/ByteBuffer";
  using I8 = std::int8_t;
  using I16 = std::int16_t;
  using I32 = std::int32_t;
  static constexpr MethodBinding kMethods[] = {
      {kBuffer, "capacity()I", capacity},
      {kBuffer, "position()I", position},
      {kBuffer, "position(I)Ljavacardx/framework/nio/Buffer;", set_position},
      {kBuffer, "limit()I", limit},
      {kBuffer, "limit(I)Ljavacardx/framework/nio/Buffer;", set_limit},
      {kBuffer, "clear()Ljavacardx/framework/nio/Buffer;", clear},
      {kBuffer, "flip()Ljavacardx/framework/nio/Buffer;", flip},
      {kBuffer, "rewind()Ljavacardx/framework/nio/Buffer;", rewind},
      {kBuffer, "remaining()I", remaining},
      {kBuffer, "hasRemaining()Z", has_remaining},
      {kBuffer, "isReadOnly()Z", is_read_only},
      {kBuffer, "hasArray()Z", has_array},
      {kBuffer, "array()Ljava/lang/Object;", array},
      {kBuffer, "arrayOffset()I", array_offset},
      {kBuffer, "isDirect()Z", is_direct},
      {kBuffer, "slice()Ljavacardx/framework/nio/Buffer;", slice},
      {kClass, "allocateDirect(I)Ljavacardx/framework/nio/ByteBuffer;", allocate_direct},
      {kClass, "wrap([BII)Ljavacardx/framework/nio/ByteBuffer;", wrap_range},
      {kClass, "wrap([B)Ljavacardx/framework/nio/ByteBuffer;", wrap},
      {kClass, "order()Ljavacardx/framework/nio/ByteOrder;", order},
      {kClass, "order(Ljavacardx/framework/nio/ByteOrder;)Ljavacardx/framework/nio/ByteBuffer;", set_order},
      {kClass, "array()[B", array},
      {kClass, "compareTo(Ljavacardx/framework/nio/ByteBuffer;)I", compare_to},
      {kClass, "get([BII)Ljavacardx/framework/nio/ByteBuffer;", get_range},
      {kClass, "get([B)Ljavacardx/framework/nio/ByteBuffer;", get_all},
      {kClass, "put(Ljavacardx/framework/nio/ByteBuffer;)Ljavacardx/framework/nio/ByteBuffer;", put_buffer},
      {kClass, "put([B)Ljavacardx/framework/nio/ByteBuffer;", put_all},
      {kClass, "put([BII)Ljavacardx/framework/nio/ByteBuffer;", put_range},
      {kClass, "get()B", get_number<I8, relative>},
      {kClass, "put(B)Ljavacardx/framework/nio/ByteBuffer;", put_number<I8, relative>},
      {kClass, "get(I)B", get_number<I8, absolute>},
      {kClass, "put(IB)Ljavacardx/framework/nio/ByteBuffer;", put_number<I8, absolute>},
      {kClass, "getShort()S", get_number<I16, relative>},
      {kClass, "putShort(S)Ljavacardx/framework/nio/ByteBuffer;", put_number<I16, relative>},
      {kClass, "getShort(I)S", get_number<I16, absolute>},
      {kClass, "putShort(IS)Ljavacardx/framework/nio/ByteBuffer;", put_number<I16, absolute>},
      {kClass, "getInt()I", get_number<I32, relative>},
      {kClass, "putInt(I)Ljavacardx/framework/nio/ByteBuffer;", put_number<I32, relative>},
      {kClass, "getInt(I)I", get_number<I32, absolute>},
      {kClass, "putInt(II)Ljavacardx/framework/nio/ByteBuffer;", put_number<I32, absolute>},
      {kClass, "asReadOnlyBuffer()Ljavacardx/framework/nio/ByteBuffer;", as_read_only_buffer},
      {kClass, "compact()Ljavacardx/framework/nio/ByteBuffer;", compact},
      {kClass, "slice()Ljavacardx/framework/nio/ByteBuffer;", slice},
  };
  static constexpr StateBinding kStates[] = {{kBuffer, BufferState::kSize, 1}};
  return {kMethods, kStates};
}

}  // namespace cose::jcapi
