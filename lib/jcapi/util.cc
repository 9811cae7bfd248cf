// SPDX-License-Identifier: Apache-2.0
// javacard.framework.Util.
#include <algorithm>
#include <array>
#include <cstring>

#include "jcapi/binding.h"
#include "jcapi/detail/sensitive.h"

namespace cose::jcapi {

namespace {

using jcvm::Atomicity;
using jcvm::NativeCall;
using jcvm::NativeResult;

// arrayCopy(byte[] src, short srcOff, byte[] dest, short destOff, short length)
NativeResult copy(NativeCall& call, Atomicity atomicity) {
  const auto length = call.number(4);
  if (!call.readable(call.reference(0), call.number(1), length)) return NativeResult::kThrown;
  const auto to = call.writable(call.reference(2), call.number(3), length, atomicity);
  if (!to) return NativeResult::kThrown;
  // Looked up again, since making the destination writable may end views.
  const auto from = call.readable(call.reference(0), call.number(1), length);
  std::memmove(to->data(), from->data(), from->size());
  return call.return_short(static_cast<std::int16_t>(call.number(3) + length));
}

NativeResult array_copy(NativeCall& call) {
  return copy(call, Atomicity::kAtomic);
}

NativeResult array_copy_non_atomic(NativeCall& call) {
  return copy(call, Atomicity::kNonAtomic);
}

// arrayFill(byte[] bArray, short bOff, short bLen, byte bValue)
NativeResult fill(NativeCall& call, Atomicity atomicity) {
  const auto to = call.writable(call.reference(0), call.number(1), call.number(2), atomicity);
  if (!to) return NativeResult::kThrown;
  std::ranges::fill(*to, static_cast<std::uint8_t>(call.number(3)));
  return call.return_short(static_cast<std::int16_t>(call.number(1) + call.number(2)));
}

NativeResult array_fill(NativeCall& call) {
  return fill(call, Atomicity::kAtomic);
}

NativeResult array_fill_non_atomic(NativeCall& call) {
  return fill(call, Atomicity::kNonAtomic);
}

// arrayCompare(byte[] src, short srcOff, byte[] dest, short destOff, short length): octets without sign.
NativeResult array_compare(NativeCall& call) {
  const auto length = call.number(4);
  const auto left = call.readable(call.reference(0), call.number(1), length);
  if (!left) return NativeResult::kThrown;
  const auto right = call.readable(call.reference(2), call.number(3), length);
  if (!right) return NativeResult::kThrown;
  const auto order = length == 0 ? 0 : std::memcmp(left->data(), right->data(), left->size());
  return call.return_short(static_cast<std::int16_t>((order > 0) - (order < 0)));
}

std::int16_t make(std::uint8_t high, std::uint8_t low) {
  return static_cast<std::int16_t>(high << 8 | low);
}

NativeResult make_short(NativeCall& call) {
  return call.return_short(make(static_cast<std::uint8_t>(call.number(0)), static_cast<std::uint8_t>(call.number(1))));
}

NativeResult get_short(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), 2);
  if (!octets) return NativeResult::kThrown;
  return call.return_short(make((*octets)[0], (*octets)[1]));
}

NativeResult set_short(NativeCall& call) {
  const auto value = call.number(2);
  const std::array<std::uint8_t, 2> octets{static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
  if (!call.write(call.reference(0), call.number(1), octets)) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(call.number(1) + 2));
}

constexpr std::string_view kUtil = "javacard/framework/Util";
constexpr MethodBinding kMethods[] = {
    {kUtil, "arrayCopy([BS[BSS)S", array_copy},
    {kUtil, "arrayCopyNonAtomic([BS[BSS)S", array_copy_non_atomic},
    {kUtil, "arrayFill([BSSB)S", array_fill},
    {kUtil, "arrayFillNonAtomic([BSSB)S", array_fill_non_atomic},
    {kUtil, "arrayCompare([BS[BSS)B", detail::sensitive<array_compare>},
    {kUtil, "makeShort(BB)S", make_short},
    {kUtil, "getShort([BS)S", get_short},
    {kUtil, "setShort([BSS)S", set_short},
};

}  // namespace

Bindings util_bindings() {
  return {kMethods};
}

}  // namespace cose::jcapi
