// SPDX-License-Identifier: Apache-2.0
// As much of java.lang and javacard.framework as tests of the machine need, with the true tokens. In three places it
// is simpler than the API: Applet.register() makes the applet the one object that getAppletShareableInterfaceObject()
// gives to anybody, Applet.<init> does nothing, reasons are all that exceptions hold.
#pragma once

#include <array>

#include "jcvm/link.h"
#include "jcvm/machine.h"

namespace cose::jcvm::testing {

namespace natives {

inline NativeResult nothing(NativeCall& call) {
  return call.return_void();
}
inline NativeResult equals(NativeCall& call) {
  return call.return_boolean(call.self() == call.reference(0));
}
inline NativeResult set_reason(NativeCall& call) {
  const auto reason = call.number(0);
  if (!call.write_state(call.self(), 0, {reinterpret_cast<const std::uint8_t*>(&reason), sizeof(reason)},
                        Atomicity::kNonAtomic))
    return NativeResult::kThrown;
  return call.return_void();
}
inline NativeResult reason(NativeCall& call) {
  return call.return_short(call.machine().reason_of(call.self()));
}
inline NativeResult throw_iso(NativeCall& call) {
  return call.throw_exception(kIso, call.number(0));
}
inline NativeResult done(NativeCall& call, bool ok) {
  return ok ? call.return_void() : NativeResult::kThrown;
}
inline NativeResult begin(NativeCall& call) {
  return done(call, call.machine().begin_transaction());
}
inline NativeResult commit(NativeCall& call) {
  return done(call, call.machine().commit_transaction());
}
inline NativeResult abort(NativeCall& call) {
  return done(call, call.machine().abort_transaction());
}
inline NativeResult depth(NativeCall& call) {
  return call.return_short(call.machine().in_transaction() ? 1 : 0);
}
inline NativeResult made(NativeCall& call, Reference reference) {
  return reference == kNull ? NativeResult::kThrown : call.return_reference(reference);
}
template <ObjectKind kKind>
NativeResult make_transient(NativeCall& call) {
  // JCSystem: CLEAR_ON_RESET is 1, CLEAR_ON_DESELECT 2.
  return made(call, call.new_array(kKind, call.number(0), call.number(1) == 1 ? kClearOnReset : kClearOnDeselect));
}
inline NativeResult make_global(NativeCall& call) {
  NewObject wanted{ObjectKind::kByteArray, kNoClass, static_cast<std::uint32_t>(call.number(1)),
                   kGlobal | kClearOnReset};
  return made(call, call.new_object(wanted));
}
inline NativeResult make_view(NativeCall& call) {
  const auto* array = call.array(call.reference(0), ObjectKind::kByteArray);
  if (array == nullptr) return NativeResult::kThrown;
  if (call.number(1) < 0 || call.number(2) < 0 || call.number(1) + call.number(2) > array->length)
    return call.throw_exception(kArrayIndexOutOfBounds);
  NewObject wanted{ObjectKind::kByteArray, kNoClass, static_cast<std::uint32_t>(call.number(2))};
  wanted.context = call.context();
  if (const auto* server = call.heap().find(call.reference(4))) wanted.context = server->context;
  const ViewInfo info{call.reference(0), static_cast<std::uint16_t>(call.number(1)),
                      static_cast<std::uint8_t>(call.number(3)), 0};
  return made(call, call.heap().allocate_view(wanted, info));
}
template <Atomicity kAtomicity>
NativeResult copy(NativeCall& call) {
  const auto from = call.readable(call.reference(0), call.number(1), call.number(4));
  if (!from || !call.write(call.reference(2), call.number(3), *from, kAtomicity)) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(call.number(3) + call.number(4)));
}
inline NativeResult register_applet(NativeCall& call) {
  return done(call, call.machine().set_root(Root::kFirstOfApi, call.self()));
}
inline NativeResult shareable_object(NativeCall& call) {
  return call.return_reference(call.machine().root(Root::kFirstOfApi));
}

}  // namespace natives

inline NativeClass exception_class(std::uint8_t token, std::string_view name, std::uint8_t super) {
  NativeClass made;
  made.token = token;
  made.name = name;
  made.flags = kNativeThrown;
  made.super = {{}, super};
  made.static_methods = {{0, "<init>", "()V", natives::nothing}};
  return made;
}

inline NativePackage java_lang() {
  NativeClass object;
  object.name = "java/lang/Object";
  object.virtual_methods = {{0, "equals", "(Ljava/lang/Object;)Z", natives::equals}};
  object.static_methods = {{0, "<init>", "()V", natives::nothing}};
  return {
      "java/lang",
      kJavaLangAid,
      {1, 0},
      {object, exception_class(1, "java/lang/Throwable", 0), exception_class(2, "java/lang/Exception", 1),
       exception_class(3, "java/lang/RuntimeException", 2),
       exception_class(4, "java/lang/IndexOutOfBoundsException", 3),
       exception_class(5, "java/lang/ArrayIndexOutOfBoundsException", 4),
       exception_class(6, "java/lang/NegativeArraySizeException", 3),
       exception_class(7, "java/lang/NullPointerException", 3), exception_class(8, "java/lang/ClassCastException", 3),
       exception_class(9, "java/lang/ArithmeticException", 3), exception_class(10, "java/lang/SecurityException", 3),
       exception_class(11, "java/lang/ArrayStoreException", 3)}};
}

inline NativeClass card_exception(std::uint8_t token, std::string_view name) {
  auto made = exception_class(token, name, 5);
  made.static_methods = {{0, "<init>", "(S)V", natives::set_reason}, {1, "throwIt", "(S)V", natives::throw_iso}};
  return made;
}

inline NativePackage framework() {
  namespace n = natives;
  NativeClass shareable;
  shareable.token = 2;
  shareable.name = "javacard/framework/Shareable";
  shareable.flags = kNativeInterface | kNativeShareable;
  NativeClass applet;
  applet.token = 3;
  applet.name = "javacard/framework/Applet";
  applet.flags = kNativeAbstract;
  applet.super = {kJavaLangAid, 0};
  applet.virtual_methods = {{1, "register", "()V", n::register_applet},
                            {2, "register", "([BSB)V", nullptr},
                            {4, "deselect", "()V", n::nothing},
                            {7, "process", "(Ljavacard/framework/APDU;)V", nullptr, true}};
  applet.static_methods = {{0, "<init>", "()V", n::nothing}};
  auto runtime_exception = card_exception(5, "javacard/framework/CardRuntimeException");
  runtime_exception.super = {kJavaLangAid, 3};
  runtime_exception.state_octets = 2;
  runtime_exception.virtual_methods = {{1, "getReason", "()S", n::reason}, {2, "setReason", "(S)V", n::set_reason}};
  NativeClass system;
  system.token = 8;
  system.name = "javacard/framework/JCSystem";
  system.flags = kNativeFinal;
  system.super = {kJavaLangAid, 0};
  system.static_methods = {
      {0, "abortTransaction", "()V", n::abort},
      {1, "beginTransaction", "()V", n::begin},
      {2, "commitTransaction", "()V", n::commit},
      {4, "getAppletShareableInterfaceObject", "(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;",
       n::shareable_object},
      {7, "getTransactionDepth", "()B", n::depth},
      {13, "makeTransientByteArray", "(SB)[B", n::make_transient<ObjectKind::kByteArray>},
      {14, "makeTransientObjectArray", "(SB)[Ljava/lang/Object;", n::make_transient<ObjectKind::kReferenceArray>},
      {15, "makeTransientShortArray", "(SB)[S", n::make_transient<ObjectKind::kShortArray>},
      {21, "makeGlobalArray", "(BS)Ljava/lang/Object;", n::make_global},
      {27, "makeByteArrayView", "([BSSSLjavacard/framework/Shareable;)[B", n::make_view}};
  NativeClass util;
  util.token = 16;
  util.name = "javacard/framework/Util";
  util.super = {kJavaLangAid, 0};
  util.static_methods = {{1, "arrayCopy", "([BS[BSS)S", n::copy<Atomicity::kAtomic>},
                         {2, "arrayCopyNonAtomic", "([BS[BSS)S", n::copy<Atomicity::kNonAtomic>}};
  return {"javacard/framework",
          kFrameworkAid,
          {1, 9},
          {shareable, applet, runtime_exception, card_exception(7, "javacard/framework/ISOException"), system,
           card_exception(13, "javacard/framework/SystemException"),
           card_exception(14, "javacard/framework/TransactionException"), util}};
}

inline std::vector<std::shared_ptr<const Package>> test_api() {
  std::vector<std::shared_ptr<const Package>> made;
  for (const auto& description : {java_lang(), framework()}) {
    auto package = make_native_package(description, made);
    COSE_ASSERT(package.has_value());
    made.push_back(*std::move(package));
  }
  return made;
}

}  // namespace cose::jcvm::testing
