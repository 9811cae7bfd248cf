// SPDX-License-Identifier: Apache-2.0
// java.lang and java.io: the root of all classes, and exceptions, which hold nothing.
#include "jcapi/binding.h"

namespace cose::jcapi {

namespace {

using jcvm::NativeCall;
using jcvm::NativeResult;

NativeResult construct(NativeCall& call) {
  return call.return_void();
}

// Object.equals(Object): the same object.
NativeResult equals(NativeCall& call) {
  return call.return_boolean(call.self() == call.reference(0));
}

constexpr MethodBinding kMethods[] = {
    {"java/lang/Object", "<init>()V", construct},
    {"java/lang/Object", "equals(Ljava/lang/Object;)Z", equals},
    {"java/lang/Throwable", "<init>()V", construct},
    {"java/lang/Exception", "<init>()V", construct},
    {"java/lang/RuntimeException", "<init>()V", construct},
    {"java/lang/IndexOutOfBoundsException", "<init>()V", construct},
    {"java/lang/ArrayIndexOutOfBoundsException", "<init>()V", construct},
    {"java/lang/NegativeArraySizeException", "<init>()V", construct},
    {"java/lang/NullPointerException", "<init>()V", construct},
    {"java/lang/ClassCastException", "<init>()V", construct},
    {"java/lang/ArithmeticException", "<init>()V", construct},
    {"java/lang/SecurityException", "<init>()V", construct},
    {"java/lang/ArrayStoreException", "<init>()V", construct},
    {"java/io/IOException", "<init>()V", construct},
};

}  // namespace

Bindings language_bindings() {
  return {kMethods};
}

}  // namespace cose::jcapi
