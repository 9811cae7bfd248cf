// SPDX-License-Identifier: Apache-2.0
// Exceptions of javacard.framework.service and of the javacardx packages.
#include "jcapi/detail/exceptions.h"

#include "jcapi/binding.h"

namespace cose::jcapi {

namespace detail {

using jcvm::NativeCall;
using jcvm::NativeResult;

NativeResult set_reason(NativeCall& call) {
  const auto reason = call.number(0);
  if (!call.write_state(call.self(), 0, {reinterpret_cast<const std::uint8_t*>(&reason), sizeof(reason)},
                        jcvm::Atomicity::kNonAtomic))
    return NativeResult::kThrown;
  return call.return_void();
}

NativeResult throw_it(NativeCall& call) {
  const auto* type = call.method().owner;
  const auto& exported = type->package->exports[0];
  std::uint8_t token = 0;
  while (exported.classes[token].type != type) ++token;
  return call.throw_exception({as_text(exported.info.aid), token, type->name}, call.number(0));
}

}  // namespace detail

namespace {

jcvm::NativeResult construct(jcvm::NativeCall& call) {
  return call.return_void();
}

}  // namespace

Bindings exception_bindings() {
  using detail::set_reason;
  using detail::throw_it;
  static constexpr MethodBinding kMethods[] = {
      {"javacard/framework/service/ServiceException", "<init>(S)V", set_reason},
      {"javacard/framework/service/ServiceException", "throwIt(S)V", throw_it},
      {"javacardx/external/ExternalException", "<init>(S)V", set_reason},
      {"javacardx/external/ExternalException", "throwIt(S)V", throw_it},
      {"javacardx/biometry/BioException", "<init>(S)V", set_reason},
      {"javacardx/biometry/BioException", "throwIt(S)V", throw_it},
      {"javacardx/biometry1toN/Bio1toNException", "<init>(S)V", set_reason},
      {"javacardx/biometry1toN/Bio1toNException", "throwIt(S)V", throw_it},
      {"javacardx/framework/util/UtilException", "<init>(S)V", set_reason},
      {"javacardx/framework/util/UtilException", "throwIt(S)V", throw_it},
      {"javacardx/framework/string/StringException", "<init>(S)V", set_reason},
      {"javacardx/framework/string/StringException", "throwIt(S)V", throw_it},
      {"javacardx/framework/time/DateTimeException", "<init>(S)V", set_reason},
      {"javacardx/framework/time/DateTimeException", "throwIt(S)V", throw_it},
      {"javacardx/framework/tlv/TLVException", "<init>(S)V", set_reason},
      {"javacardx/framework/tlv/TLVException", "throwIt(S)V", throw_it},
      {"javacardx/framework/nio/BufferOverflowException", "<init>()V", construct},
      {"javacardx/framework/nio/BufferUnderflowException", "<init>()V", construct},
      {"javacardx/framework/nio/ReadOnlyBufferException", "<init>()V", construct},
  };
  return {kMethods};
}

}  // namespace cose::jcapi
