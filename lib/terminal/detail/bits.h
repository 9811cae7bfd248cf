// SPDX-License-Identifier: Apache-2.0
// The bits of the terminal verification results (95) and the transaction status information (9B).
// Source: EMV 4.4 Book 3 annexes C5 and C6.
#pragma once

#include <cstdint>

namespace cose::terminal::detail {

struct Bit {
  std::uint8_t octet;  // from 1
  std::uint8_t mask;
};

namespace tvr {
inline constexpr Bit kNotAuthenticated{1, 0x80};
inline constexpr Bit kSdaFailed{1, 0x40};
inline constexpr Bit kDataMissing{1, 0x20};
inline constexpr Bit kOnExceptionFile{1, 0x10};
inline constexpr Bit kDdaFailed{1, 0x08};
inline constexpr Bit kCdaFailed{1, 0x04};
inline constexpr Bit kSdaSelected{1, 0x02};
inline constexpr Bit kDifferentVersions{2, 0x80};
inline constexpr Bit kExpired{2, 0x40};
inline constexpr Bit kNotYetEffective{2, 0x20};
inline constexpr Bit kServiceNotAllowed{2, 0x10};
inline constexpr Bit kNewCard{2, 0x08};
inline constexpr Bit kVerificationFailed{3, 0x80};
inline constexpr Bit kUnrecognisedMethod{3, 0x40};
inline constexpr Bit kPinTryLimit{3, 0x20};
inline constexpr Bit kNoPinPad{3, 0x10};
inline constexpr Bit kPinNotEntered{3, 0x08};
inline constexpr Bit kOnlinePin{3, 0x04};
inline constexpr Bit kOverFloorLimit{4, 0x80};
inline constexpr Bit kLowerLimit{4, 0x40};
inline constexpr Bit kUpperLimit{4, 0x20};
inline constexpr Bit kRandomlySelected{4, 0x10};
inline constexpr Bit kMerchantForced{4, 0x08};
inline constexpr Bit kDefaultTdol{5, 0x80};
inline constexpr Bit kIssuerNotAuthentic{5, 0x40};
inline constexpr Bit kScriptBeforeFailed{5, 0x20};
inline constexpr Bit kScriptAfterFailed{5, 0x10};
inline constexpr Bit kRelayThreshold{5, 0x08};
inline constexpr Bit kRelayTimeLimits{5, 0x04};
inline constexpr Bit kRelayNotPerformed{5, 0x01};
inline constexpr Bit kRelayPerformed{5, 0x02};
}  // namespace tvr

namespace tsi {
inline constexpr Bit kAuthenticated{1, 0x80};
inline constexpr Bit kVerified{1, 0x40};
inline constexpr Bit kCardRisk{1, 0x20};
inline constexpr Bit kIssuerAuthenticated{1, 0x10};
inline constexpr Bit kTerminalRisk{1, 0x08};
inline constexpr Bit kScripts{1, 0x04};
}  // namespace tsi

namespace aip {
inline constexpr Bit kSda{1, 0x40};
inline constexpr Bit kDda{1, 0x20};
inline constexpr Bit kVerification{1, 0x10};
inline constexpr Bit kTerminalRisk{1, 0x08};
inline constexpr Bit kIssuerAuthentication{1, 0x04};
inline constexpr Bit kOnDevice{1, 0x02};
inline constexpr Bit kCda{1, 0x01};
inline constexpr Bit kEmvMode{2, 0x80};
inline constexpr Bit kRelayResistance{2, 0x01};
}  // namespace aip

// Of the terminal's capabilities (9F33).
namespace capability {
inline constexpr Bit kPlainPin{2, 0x80};
inline constexpr Bit kOnlinePin{2, 0x40};
inline constexpr Bit kSignature{2, 0x20};
inline constexpr Bit kEncipheredPin{2, 0x10};
inline constexpr Bit kNoVerification{2, 0x08};
inline constexpr Bit kSda{3, 0x80};
inline constexpr Bit kDda{3, 0x40};
inline constexpr Bit kCda{3, 0x08};
}  // namespace capability

}  // namespace cose::terminal::detail
