// SPDX-License-Identifier: Apache-2.0
// Exceptions of the card's program, which are state of the virtual machine and never C++ exceptions.
//
// A class of exceptions is named as an import names it: package AID and class token. The runtime owns one instance of
// each that it throws itself, a temporary entry point (JCRE 3.1 §6.2.1); its reason is the first two octets of the
// native state that CardException and CardRuntimeException declare (native.h).
#pragma once

#include <cstdint>
#include <string_view>

namespace cose::jcvm {

struct ExceptionClass {
  std::string_view package_aid;  // octets
  std::uint8_t class_token = 0;
  std::string_view name;

  friend bool operator==(const ExceptionClass&, const ExceptionClass&) = default;
};

inline constexpr std::string_view kJavaLangAid{"\xA0\x00\x00\x00\x62\x00\x01", 7};
inline constexpr std::string_view kFrameworkAid{"\xA0\x00\x00\x00\x62\x01\x01", 7};

inline constexpr ExceptionClass kIndexOutOfBounds{kJavaLangAid, 4, "IndexOutOfBoundsException"};
inline constexpr ExceptionClass kArrayIndexOutOfBounds{kJavaLangAid, 5, "ArrayIndexOutOfBoundsException"};
inline constexpr ExceptionClass kNegativeArraySize{kJavaLangAid, 6, "NegativeArraySizeException"};
inline constexpr ExceptionClass kNullPointer{kJavaLangAid, 7, "NullPointerException"};
inline constexpr ExceptionClass kClassCast{kJavaLangAid, 8, "ClassCastException"};
inline constexpr ExceptionClass kArithmetic{kJavaLangAid, 9, "ArithmeticException"};
inline constexpr ExceptionClass kSecurity{kJavaLangAid, 10, "SecurityException"};
inline constexpr ExceptionClass kArrayStore{kJavaLangAid, 11, "ArrayStoreException"};
inline constexpr ExceptionClass kIso{kFrameworkAid, 7, "ISOException"};
inline constexpr ExceptionClass kSystem{kFrameworkAid, 13, "SystemException"};
inline constexpr ExceptionClass kTransaction{kFrameworkAid, 14, "TransactionException"};

// SystemException, JC API 3.1.
inline constexpr std::int16_t kIllegalValue = 1;
inline constexpr std::int16_t kNoTransientSpace = 2;
inline constexpr std::int16_t kIllegalTransient = 3;
inline constexpr std::int16_t kIllegalAid = 4;
inline constexpr std::int16_t kNoResource = 5;
inline constexpr std::int16_t kIllegalUse = 6;

// TransactionException, JC API 3.1.
inline constexpr std::int16_t kInProgress = 1;
inline constexpr std::int16_t kNotInProgress = 2;
inline constexpr std::int16_t kBufferFull = 3;
inline constexpr std::int16_t kInternalFailure = 4;

}  // namespace cose::jcvm
