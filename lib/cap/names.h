// SPDX-License-Identifier: Apache-2.0
// Where names come from: a CAP file refers to other packages by AID and tokens only. A library that knows packages
// (from export files or a table of API tokens) implements this for dumps. An empty text means "not known".
#pragma once

#include <cstdint>
#include <string>

#include "bytes/bytes.h"

namespace cose::cap {

enum class MemberKind { kStaticField, kStaticMethod, kVirtualMethod, kInterfaceMethod, kInstanceField };

class NameSource {
 public:
  virtual ~NameSource() = default;

  // "javacard/framework"
  [[nodiscard]] virtual std::string package(ByteView package_aid) const = 0;
  // "javacard/framework/OwnerPIN"
  [[nodiscard]] virtual std::string class_name(ByteView package_aid, std::uint8_t class_token) const = 0;
  // "check([BSB)Z"
  [[nodiscard]] virtual std::string member(ByteView package_aid, std::uint8_t class_token, MemberKind kind,
                                           std::uint8_t token) const = 0;
};

}  // namespace cose::cap
