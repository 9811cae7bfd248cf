// SPDX-License-Identifier: Apache-2.0
// Natives of every exception class that carries a reason: its first two state octets, which CardException and
// CardRuntimeException declare (jcvm/exception.h).
#pragma once

#include "jcvm/native.h"

namespace cose::jcapi::detail {

// <init>(S)V and setReason(S)V: of this instance. JC API 3.1: the reason of the runtime's own instances takes no part
// in transactions.
[[nodiscard]] jcvm::NativeResult set_reason(jcvm::NativeCall& call);
// throwIt(S)V: the runtime's instance of the class that declares it.
[[nodiscard]] jcvm::NativeResult throw_it(jcvm::NativeCall& call);

}  // namespace cose::jcapi::detail
