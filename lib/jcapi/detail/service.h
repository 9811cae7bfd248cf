// SPDX-License-Identifier: Apache-2.0
// What BasicService and Dispatcher of javacard.framework.service share.
#pragma once

#include "jcapi/detail/arguments.h"
#include "jcre/apdu.h"

namespace cose::jcapi::detail {

inline constexpr std::string_view kServiceAid{"\xA0\x00\x00\x00\x62\x01\x01\x01", 8};
inline constexpr jcvm::ExceptionClass kService{kServiceAid, 7, "ServiceException"};

// The reasons of ServiceException.
enum class ServiceReason : std::int16_t {
  kIllegalParameter = 1,
  kDispatchTableFull = 2,
  kCommandDataTooLong = 3,
  kCannotAccessInCommand = 4,
  kCannotAccessOutCommand = 5,
};

// Places in the APDU buffer of a processed command.
inline constexpr std::size_t kStatusOffset = 2;
inline constexpr std::size_t kLengthOffset = 4;
inline constexpr std::size_t kDataOffset = 5;

NativeResult throw_service(NativeCall& call, ServiceReason reason);
// The parameter is the card's APDU object. False: an exception is pending.
[[nodiscard]] bool check_apdu(NativeCall& call, std::size_t parameter);
// JC API 3.1, isProcessed: in outgoing mode, or in an error.
[[nodiscard]] bool is_processed(const jcre::Apdu& apdu);
[[nodiscard]] std::uint16_t output_length(NativeCall& call);

}  // namespace cose::jcapi::detail
