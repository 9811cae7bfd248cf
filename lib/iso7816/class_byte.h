// SPDX-License-Identifier: Apache-2.0
// What the class byte CLA of a command says (ISO/IEC 7816-4 §5.1.1 tables 2 and 3; §5.4.1 in the 2013 edition).
//
// b8 tells proprietary classes, which GlobalPlatform codes like the interindustry ones (GPC 2.3.1 §11.1.4), so b8 is
// not looked at. b7 = 0 is the first form (channels 0 to 3), b7 = 1 the further form (channels 4 to 19). The reserved
// classes 20 to 3F read as the first form.
#pragma once

#include <cstdint>

#include "bytes/result.h"

namespace cose::iso7816 {

inline constexpr std::uint8_t kMaximumLogicalChannel = 19;

enum class SecureMessaging {
  kNone,
  kProprietary,             // also that of GlobalPlatform: class 84
  kHeaderNotAuthenticated,  // as ISO/IEC 7816-4 §6; the only indication of the further form
  kHeaderAuthenticated,
};

[[nodiscard]] constexpr bool is_further_form(std::uint8_t cla) {
  return (cla & 0x40) != 0;
}

[[nodiscard]] constexpr std::uint8_t logical_channel(std::uint8_t cla) {
  return static_cast<std::uint8_t>(is_further_form(cla) ? 4 + (cla & 0x0F) : cla & 0x03);
}

[[nodiscard]] constexpr SecureMessaging secure_messaging(std::uint8_t cla) {
  if (is_further_form(cla))
    return (cla & 0x20) != 0 ? SecureMessaging::kHeaderNotAuthenticated : SecureMessaging::kNone;
  return static_cast<SecureMessaging>(cla >> 2 & 0x03);
}

// b5: the command is not the last of a chain.
[[nodiscard]] constexpr bool is_chained(std::uint8_t cla) {
  return (cla & 0x10) != 0;
}

// The interindustry class without secure messaging and chaining on the channel of `cla`.
[[nodiscard]] constexpr std::uint8_t plain_class(std::uint8_t cla) {
  return static_cast<std::uint8_t>(is_further_form(cla) ? cla & 0x4F : cla & 0x03);
}

// The same class on another channel. Errors: kInvalid above channel 19, or when `cla` indicates secure messaging,
// which the two forms code differently: the channel is chosen before messages are secured.
[[nodiscard]] Result<std::uint8_t> with_logical_channel(std::uint8_t cla, std::uint8_t channel);

}  // namespace cose::iso7816
