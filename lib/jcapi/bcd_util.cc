// SPDX-License-Identifier: Apache-2.0
// javacardx.framework.math.BCDUtil and ParityBit.
#include <bit>

#include "jcapi/binding.h"
#include "jcapi/detail/arguments.h"
#include "jcapi/detail/math_limits.h"
#include "jcapi/detail/unsigned_number.h"

namespace cose::jcapi {

namespace {

using detail::copy_of;
using jcvm::kArithmetic;
using jcvm::NativeCall;
using jcvm::NativeResult;

NativeResult get_max_bytes_supported(NativeCall& call) {
  return call.return_short(detail::kMaximumNumberOctets);
}

NativeResult convert_to_hex(NativeCall& call) {
  const auto digits = copy_of(call, 0);
  if (!digits) return NativeResult::kThrown;
  if (digits->empty() || !detail::is_bcd(*digits)) return call.throw_exception(kArithmetic);
  const auto number = detail::from_bcd(*digits, detail::kMaximumNumberOctets);
  if (!number) return call.throw_exception(kArithmetic);
  return detail::return_written(call, 3, *number);
}

NativeResult convert_to_bcd(NativeCall& call) {
  const auto number = copy_of(call, 0);
  if (!number) return NativeResult::kThrown;
  if (number->empty() || number->size() > std::size_t{detail::kMaximumNumberOctets})
    return call.throw_exception(kArithmetic);
  return detail::return_written(call, 3, detail::to_bcd(*number));
}

NativeResult is_bcd_format(NativeCall& call) {
  const auto digits = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!digits) return NativeResult::kThrown;
  if (digits->empty()) return call.throw_exception(kArithmetic);
  return call.return_boolean(detail::is_bcd(*digits));
}

// ParityBit: the lowest bit of each octet (JC API 3.1), as in DES keys.
NativeResult set_parity(NativeCall& call) {
  auto octets = copy_of(call, 0);
  if (!octets) return NativeResult::kThrown;
  const bool even = call.number(3) != 0;
  for (auto& octet : *octets) {
    const bool odd_without = std::popcount(static_cast<unsigned>(octet & 0xFE)) % 2 != 0;
    octet = static_cast<std::uint8_t>((octet & 0xFE) | (odd_without == even ? 1 : 0));
  }
  if (!call.write(call.reference(0), call.number(1), *octets)) return NativeResult::kThrown;
  return call.return_void();
}

NativeResult construct(NativeCall& call) {
  return call.return_void();
}

}  // namespace

Bindings bcd_util_bindings() {
  static constexpr MethodBinding kMethods[] = {
      {"javacardx/framework/math/BCDUtil", "<init>()V", construct},
      {"javacardx/framework/math/BCDUtil", "getMaxBytesSupported()S", get_max_bytes_supported},
      {"javacardx/framework/math/BCDUtil", "convertToHex([BSS[BS)S", convert_to_hex},
      {"javacardx/framework/math/BCDUtil", "convertToBCD([BSS[BS)S", convert_to_bcd},
      {"javacardx/framework/math/BCDUtil", "isBCDFormat([BSS)Z", is_bcd_format},
      {"javacardx/framework/math/ParityBit", "<init>()V", construct},
      {"javacardx/framework/math/ParityBit", "set([BSSZ)V", set_parity},
  };
  return {kMethods};
}

}  // namespace cose::jcapi
