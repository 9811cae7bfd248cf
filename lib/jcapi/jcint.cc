// SPDX-License-Identifier: Apache-2.0
// javacardx.framework.util.intx.JCint.
#include "jcapi/binding.h"
#include "jcapi/detail/arguments.h"
#include "jcapi/detail/array_view.h"

namespace cose::jcapi {

namespace {

using jcvm::NativeCall;
using jcvm::NativeResult;

// JCSystem's constants.
constexpr std::int16_t kClearOnResetEvent = 1;
constexpr std::int16_t kClearOnDeselectEvent = 2;

std::uint32_t octet(const NativeCall& call, std::size_t parameter) {
  return static_cast<std::uint8_t>(call.number(parameter));
}

NativeResult make_int_of_octets(NativeCall& call) {
  const auto value = octet(call, 0) << 24 | octet(call, 1) << 16 | octet(call, 2) << 8 | octet(call, 3);
  return call.return_int(static_cast<std::int32_t>(value));
}

NativeResult make_int_of_shorts(NativeCall& call) {
  const auto high = static_cast<std::uint16_t>(call.number(0));
  const auto low = static_cast<std::uint16_t>(call.number(1));
  return call.return_int(static_cast<std::int32_t>(std::uint32_t{high} << 16 | low));
}

NativeResult get_int(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), 4);
  if (!octets) return NativeResult::kThrown;
  std::uint32_t value = 0;
  for (const auto each : *octets) value = value << 8 | each;
  return call.return_int(static_cast<std::int32_t>(value));
}

// Gives the offset behind the number.
NativeResult set_int(NativeCall& call) {
  const auto value = static_cast<std::uint32_t>(call.integer(2));
  const Bytes octets{static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
                     static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
  if (!call.write(call.reference(0), call.number(1), octets)) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(call.number(1) + 4));
}

NativeResult make_transient_int_array(NativeCall& call) {
  const auto event = call.number(1);
  if (event != kClearOnResetEvent && event != kClearOnDeselectEvent)
    return call.throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
  const auto array = call.new_array(jcvm::ObjectKind::kIntArray, call.number(0),
                                    event == kClearOnResetEvent ? jcvm::kClearOnReset : jcvm::kClearOnDeselect);
  return array == jcvm::kNull ? NativeResult::kThrown : call.return_reference(array);
}

NativeResult make_int_array_view(NativeCall& call) {
  return detail::make_array_view(call, jcvm::ObjectKind::kIntArray);
}

}  // namespace

Bindings jcint_bindings() {
  static constexpr std::string_view kClass = "javacardx/framework/util/intx/JCint";
  static constexpr MethodBinding kMethods[] = {
      {kClass, "makeInt(BBBB)I", make_int_of_octets},
      {kClass, "makeInt(SS)I", make_int_of_shorts},
      {kClass, "getInt([BS)I", get_int},
      {kClass, "setInt([BSI)S", set_int},
      {kClass, "makeTransientIntArray(SB)[I", make_transient_int_array},
      {kClass, "makeIntArrayView([ISSSLjavacard/framework/Shareable;)[I", make_int_array_view},
  };
  return {kMethods};
}

}  // namespace cose::jcapi
