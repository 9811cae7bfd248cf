// SPDX-License-Identifier: Apache-2.0
// javacardx.apdu.util.APDUUtil: what a class byte says. The methods of APDU with these names speak of the command at
// hand, these of any octet.
#include "iso7816/class_byte.h"
#include "jcapi/binding.h"

namespace cose::jcapi {

namespace {

using jcvm::NativeCall;
using jcvm::NativeResult;

std::uint8_t cla_of(const NativeCall& call) {
  return static_cast<std::uint8_t>(call.number(0));
}

NativeResult get_cla_channel(NativeCall& call) {
  return call.return_short(iso7816::logical_channel(cla_of(call)));
}

NativeResult is_secure_messaging_cla(NativeCall& call) {
  return call.return_boolean(iso7816::secure_messaging(cla_of(call)) != iso7816::SecureMessaging::kNone);
}

NativeResult is_command_chaining_cla(NativeCall& call) {
  return call.return_boolean(iso7816::is_chained(cla_of(call)));
}

NativeResult is_iso_interindustry_cla(NativeCall& call) {
  return call.return_boolean((cla_of(call) & 0x80) == 0);
}

// ISO/IEC 7816-4 §5.4.1: FF is for no command, 001x xxxx is reserved.
NativeResult is_valid_cla(NativeCall& call) {
  const auto cla = cla_of(call);
  return call.return_boolean(cla != 0xFF && (cla & 0xE0) != 0x20);
}

}  // namespace

Bindings apdu_util_bindings() {
  static constexpr std::string_view kClass = "javacardx/apdu/util/APDUUtil";
  static constexpr MethodBinding kMethods[] = {
      {kClass, "getCLAChannel(B)B", get_cla_channel},
      {kClass, "isSecureMessagingCLA(B)Z", is_secure_messaging_cla},
      {kClass, "isCommandChainingCLA(B)Z", is_command_chaining_cla},
      {kClass, "isISOInterindustryCLA(B)Z", is_iso_interindustry_cla},
      {kClass, "isValidCLA(B)Z", is_valid_cla},
  };
  return {kMethods};
}

}  // namespace cose::jcapi
