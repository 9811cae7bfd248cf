// SPDX-License-Identifier: Apache-2.0
// javacard.framework.AID. Its state is what the runtime writes into the names that it hands out, too
// (jcre/applet_table.cc): the length, then sixteen octets.
#include "jcre/aid.h"

#include <algorithm>
#include <array>

#include "jcapi/binding.h"

namespace cose::jcapi {

namespace {

using jcre::Aid;
using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::Reference;

constexpr std::uint16_t kStateOctets = 1 + Aid::kMaximum;

ByteView octets_in(ByteView state) {
  return state.subspan(1, std::min<std::size_t>(state[0], Aid::kMaximum));
}

ByteView own_octets(const NativeCall& call) {
  return octets_in(call.state());
}

// AID(byte[] bArray, short offset, byte length)
NativeResult construct(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  if (!Aid::of(*octets)) return call.throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
  std::array<std::uint8_t, kStateOctets> state{static_cast<std::uint8_t>(octets->size())};
  std::ranges::copy(*octets, state.begin() + 1);
  return call.write_state(call.self(), 0, state) ? call.return_void() : NativeResult::kThrown;
}

// Null: no AID or nothing at all. Nothing: an exception is pending.
std::optional<std::optional<ByteView>> other_octets(NativeCall& call) {
  const auto other = call.reference(0);
  if (other == jcvm::kNull) return std::optional<ByteView>();
  if (!call.check_access(other)) return std::nullopt;
  const auto state = call.state_of(other, *call.method().owner);
  return state ? std::optional(octets_in(*state)) : std::nullopt;
}

// equals(Object)
NativeResult equals_object(NativeCall& call) {
  const auto other = other_octets(call);
  if (!other) return NativeResult::kThrown;
  return call.return_boolean(*other && equal(**other, own_octets(call)));
}

// RIDEquals(AID)
NativeResult rid_equals(NativeCall& call) {
  const auto other = other_octets(call);
  if (!other) return NativeResult::kThrown;
  const auto own = own_octets(call);
  // An AID whose constructor never ran has no provider.
  if (!*other || own.size() < Aid::kProvider || (*other)->size() < Aid::kProvider) return call.return_boolean(false);
  return call.return_boolean(equal((*other)->first(Aid::kProvider), own.first(Aid::kProvider)));
}

// equals(byte[], short, byte); no array equals none.
NativeResult equals_octets(NativeCall& call) {
  if (call.reference(0) == jcvm::kNull) return call.return_boolean(false);
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  return call.return_boolean(equal(*octets, own_octets(call)));
}

// partialEquals(byte[], short, byte)
NativeResult partial_equals(NativeCall& call) {
  if (call.reference(0) == jcvm::kNull) return call.return_boolean(false);
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  const auto own = own_octets(call);
  return call.return_boolean(octets->size() <= own.size() && equal(*octets, own.first(octets->size())));
}

NativeResult copy_out(NativeCall& call, ByteView part, Reference to, std::int32_t offset) {
  // The write may move what the view looks at.
  const Bytes copy = to_bytes(part);
  if (!call.write(to, offset, copy)) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(copy.size()));
}

// getBytes(byte[] dest, short offset)
NativeResult get_bytes(NativeCall& call) {
  return copy_out(call, own_octets(call), call.reference(0), call.number(1));
}

// getPartialBytes(short aidOffset, byte[] dest, short oOffset, byte oLength); length 0: all that is left.
NativeResult get_partial_bytes(NativeCall& call) {
  const auto own = own_octets(call);
  const auto first = call.number(0);
  const auto length = call.number(3);
  if (first < 0 || length < 0 || static_cast<std::size_t>(first + length) > own.size() ||
      static_cast<std::size_t>(first) >= own.size())
    return call.throw_exception(jcvm::kArrayIndexOutOfBounds);
  const auto rest = own.subspan(static_cast<std::size_t>(first));
  return copy_out(call, length == 0 ? rest : rest.first(static_cast<std::size_t>(length)), call.reference(1),
                  call.number(2));
}

constexpr std::string_view kAid = "javacard/framework/AID";
constexpr MethodBinding kMethods[] = {
    {kAid, "<init>([BSB)V", construct},
    {kAid, "equals(Ljava/lang/Object;)Z", equals_object},
    {kAid, "RIDEquals(Ljavacard/framework/AID;)Z", rid_equals},
    {kAid, "equals([BSB)Z", equals_octets},
    {kAid, "getBytes([BS)B", get_bytes},
    {kAid, "partialEquals([BSB)Z", partial_equals},
    {kAid, "getPartialBytes(S[BSB)B", get_partial_bytes},
};
constexpr StateBinding kStates[] = {{kAid, kStateOctets, 0}};

}  // namespace

Bindings aid_bindings() {
  return {kMethods, kStates};
}

}  // namespace cose::jcapi
