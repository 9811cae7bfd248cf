// SPDX-License-Identifier: Apache-2.0
#include "stubs/detail/access.h"

#include "api/api.h"

namespace cose::stubs {

std::uint16_t access_of(std::uint16_t api_flags) {
  struct Pair {
    api::Flag flag;
    Access access;
  };
  constexpr Pair kPairs[] = {{api::kPublic, kAccessPublic},     {api::kProtected, kAccessProtected},
                             {api::kStatic, kAccessStatic},     {api::kFinal, kAccessFinal},
                             {api::kAbstract, kAccessAbstract}, {api::kInterface, kAccessInterface}};
  unsigned access = 0;
  for (const auto& pair : kPairs)
    if ((api_flags & pair.flag) != 0) access |= pair.access;
  return static_cast<std::uint16_t>(access);
}

}  // namespace cose::stubs
