// SPDX-License-Identifier: Apache-2.0
// The access flags that class files and export files share, and those that only export files have (JVMS 8 §4.1, §4.5
// and §4.6; JCVM 3.1 §5.7 to §5.9).
#pragma once

#include <cstdint>

namespace cose::stubs {

enum Access : std::uint16_t {
  kAccessPublic = 0x0001,
  kAccessProtected = 0x0004,
  kAccessStatic = 0x0008,
  kAccessFinal = 0x0010,
  kAccessSuper = 0x0020,  // class files only
  kAccessInterface = 0x0200,
  kAccessAbstract = 0x0400,
  kAccessShareable = 0x0800,   // export files only
  kAccessAnnotation = 0x2000,  // class files only
  kAccessRemote = 0x1000,      // export files only
};

// What api::Flag says, without the flags that only one of the two formats has.
[[nodiscard]] std::uint16_t access_of(std::uint16_t api_flags);

}  // namespace cose::stubs
