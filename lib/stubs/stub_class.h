// SPDX-License-Identifier: Apache-2.0
// A class of the API as a class file without code: what javac reads to compile an applet against it.
//
// Class files are written directly rather than compiled from generated sources: so stubs need no JDK to be made, hold
// exactly what the table holds, and are the same octets everywhere. Version 49 is what every javac since Java 5 reads.
// A method that a class inherits unchanged is not repeated.
// Source: JVMS 8 chapter 4; javac asks no Code attribute of the classes that it compiles against.
#pragma once

#include <cstdint>

#include "api/api.h"
#include "bytes/bytes.h"

namespace cose::stubs {

inline constexpr std::uint16_t kStubClassVersion = 49;

[[nodiscard]] Bytes stub_class(const api::Class& type);

}  // namespace cose::stubs
