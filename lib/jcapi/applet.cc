// SPDX-License-Identifier: Apache-2.0
// javacard.framework.Applet.
#include "jcapi/binding.h"
#include "jcre/runtime.h"

namespace cose::jcapi {

namespace {

using jcre::runtime_of;
using jcvm::NativeCall;
using jcvm::NativeResult;

constexpr std::int16_t kFunctionNotSupported = 0x6A81;

NativeResult construct(NativeCall& call) {
  return call.return_void();
}

// install(byte[], short, byte): an applet without one of its own cannot be installed.
NativeResult install(NativeCall& call) {
  return call.throw_exception(jcvm::kIso, kFunctionNotSupported);
}

NativeResult registered(NativeCall& call, ByteView aid) {
  const auto reason = runtime_of(call).register_applet(call.self(), aid);
  return reason == 0 ? call.return_void() : call.throw_exception(jcvm::kSystem, reason);
}

// register()
NativeResult register_default(NativeCall& call) {
  return registered(call, {});
}

// register(byte[] bArray, short bOffset, byte bLength)
NativeResult register_named(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  const auto aid = jcre::Aid::of(*octets);
  if (!aid) return call.throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
  return registered(call, aid->octets());
}

NativeResult selecting(NativeCall& call) {
  return call.return_boolean(runtime_of(call).selecting());
}

NativeResult reselecting(NativeCall& call) {
  return call.return_boolean(runtime_of(call).reselecting());
}

NativeResult deselect(NativeCall& call) {
  return call.return_void();
}

NativeResult select(NativeCall& call) {
  return call.return_boolean(true);
}

// Shares nothing unless the applet says so.
NativeResult shareable_object(NativeCall& call) {
  return call.return_reference(jcvm::kNull);
}

constexpr std::string_view kApplet = "javacard/framework/Applet";
constexpr MethodBinding kMethods[] = {
    {kApplet, "<init>()V", construct},
    {kApplet, "install([BSB)V", install},
    {kApplet, "register()V", register_default},
    {kApplet, "register([BSB)V", register_named},
    {kApplet, "selectingApplet()Z", selecting},
    {kApplet, "reSelectingApplet()Z", reselecting},
    {kApplet, "deselect()V", deselect},
    {kApplet, "select()Z", select},
    {kApplet, "getShareableInterfaceObject(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;", shareable_object},
};

}  // namespace

Bindings applet_bindings() {
  return {kMethods};
}

}  // namespace cose::jcapi
