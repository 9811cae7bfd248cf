// SPDX-License-Identifier: Apache-2.0
#include "scp/protocol.h"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace cose::scp {

namespace {

bool is_defined(Protocol protocol) {
  switch (protocol.number) {
    case 0x01: return protocol.options == 0x05 || protocol.options == 0x15;
    case 0x02:
      // GPC 2.3.1 table E-1. A session is begun either by a command or by the first C-MAC, whose chaining value is then
      // taken from the AID.
      return (protocol.options & 0x80) == 0 && (protocol.is_explicit() || protocol.starts_from_aid());
    case 0x03:
      // SCP03 table 5-1: R-ENC stands on R-MAC; 02, 04, 08 and 80 are reserved.
      return (protocol.options & 0x8E) == 0 && ((protocol.options & 0x40) == 0 || protocol.offers_response_mac());
    case 0x11: return true;
    default: return false;
  }
}

}  // namespace

Status check(Protocol protocol) {
  if (is_defined(protocol)) return {};
  return fail(ErrorKind::kUnsupported, "no specification defines " + to_string(protocol));
}

std::string to_string(Protocol protocol) {
  return fmt::format("SCP{:02X} i={:02X}", protocol.number, protocol.options);
}

bool is_offered(Protocol protocol, SecurityLevel level) {
  constexpr std::uint8_t kKnown = SecurityLevel::kCommandMac | SecurityLevel::kCommandEncryption |
                                  SecurityLevel::kResponseMac | SecurityLevel::kResponseEncryption;
  if ((level.bits & ~kKnown) != 0) return false;
  if (level.command_encryption() && !level.command_mac()) return false;
  if (level.response_mac() && !protocol.offers_response_mac()) return false;
  if (level.response_encryption())
    return protocol.offers_response_encryption() && level.command_encryption() && level.response_mac();
  // SCP03 table 7-4 has no R-MAC without C-MAC; GPC 2.3.1 table E-9 has.
  return !level.response_mac() || level.command_mac() || protocol.number == 0x02;
}

std::string to_string(SecurityLevel level) {
  constexpr std::array<std::pair<std::uint8_t, std::string_view>, 4> kNames = {
      {{SecurityLevel::kCommandMac, "C-MAC"},
       {SecurityLevel::kCommandEncryption, "C-DECRYPTION"},
       {SecurityLevel::kResponseMac, "R-MAC"},
       {SecurityLevel::kResponseEncryption, "R-ENCRYPTION"}}};
  std::string text;
  for (const auto& [bit, name] : kNames)
    if ((level.bits & bit) != 0) text += (text.empty() ? "" : ", ") + std::string(name);
  return text.empty() ? "no secure messaging" : text;
}

}  // namespace cose::scp
