// SPDX-License-Identifier: Apache-2.0
// All exception classes of the table but those of java.lang and java.io, which language.cc has: what they can do
// follows from the methods that they declare.
#include "jcapi/detail/exceptions.h"

#include "api/api.h"
#include "jcapi/binding.h"
#include "jcvm/machine.h"

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

using jcvm::NativeCall;
using jcvm::NativeResult;

constexpr std::string_view kThrowable = "java/lang/Throwable";

NativeResult construct(NativeCall& call) {
  return call.return_void();
}

NativeResult get_reason(NativeCall& call) {
  return call.return_short(call.machine().reason_of(call.self()));
}

struct Known {
  std::string_view name;
  std::string_view descriptor;
  std::string_view key;
  jcvm::NativeFunction function;
};
constexpr Known kKnown[] = {
    {"<init>", "()V", "<init>()V", construct},
    {"<init>", "(S)V", "<init>(S)V", detail::set_reason},
    {"throwIt", "(S)V", "throwIt(S)V", detail::throw_it},
    {"getReason", "()S", "getReason()S", get_reason},
    {"setReason", "(S)V", "setReason(S)V", detail::set_reason},
};

bool is_exception(const api::Class& type) {
  const auto* each = &type;
  while (each != nullptr && each->name != kThrowable) each = api::find_class(each->super);
  return each != nullptr;
}

// Declared by the class itself: constructors and static methods always are.
bool declares(const api::Class& type, const Known& known) {
  const auto* method = api::find_method(type, known.name, known.descriptor);
  if (method == nullptr) return false;
  const auto* super = api::find_class(type.super);
  return method->in_static_space() || super == nullptr ||
         api::find_method(*super, known.name, known.descriptor) == nullptr;
}

std::vector<MethodBinding> methods_of_exceptions() {
  std::vector<MethodBinding> methods;
  for (const auto& package : api::packages())
    for (const auto& type : package.classes) {
      if (package.name == "java/lang" || package.name == "java/io" || !is_exception(type)) continue;
      for (const auto& known : kKnown)
        if (declares(type, known)) methods.push_back({type.name, known.key, known.function});
    }
  return methods;
}

}  // namespace

Bindings exception_bindings() {
  static const std::vector<MethodBinding> kMethods = methods_of_exceptions();
  static constexpr StateBinding kStates[] = {{"javacard/framework/CardException", sizeof(std::int16_t), 0},
                                             {"javacard/framework/CardRuntimeException", sizeof(std::int16_t), 0}};
  return {kMethods, kStates};
}

}  // namespace cose::jcapi
