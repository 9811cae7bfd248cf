// SPDX-License-Identifier: Apache-2.0
// javacardx.external.Memory: there is no memory outside of the card, which the API provides for with NO_SUCH_SUBSYSTEM.
// So no MemoryAccess is ever given out.
#include "jcapi/binding.h"
#include "jcapi/detail/arguments.h"

namespace cose::jcapi {

namespace {

using jcvm::NativeCall;
using jcvm::NativeResult;

constexpr jcvm::ExceptionClass kExternal{{"\xA0\x00\x00\x00\x62\x02\x03", 7}, 2, "ExternalException"};
constexpr std::int16_t kNoSuchSubsystem = 1;

NativeResult get_memory_access_instance(NativeCall& call) {
  return call.throw_exception(kExternal, kNoSuchSubsystem);
}

}  // namespace

Bindings memory_access_bindings() {
  static constexpr MethodBinding kMethods[] = {
      {"javacardx/external/Memory", "getMemoryAccessInstance(B[SS)Ljavacardx/external/MemoryAccess;",
       get_memory_access_instance},
  };
  return {kMethods};
}

}  // namespace cose::jcapi
