// SPDX-License-Identifier: Apache-2.0
// The arrays that javacard.framework.JCSystem and SensitiveArrays make: transient, global, views, of guarded integrity.
#include <algorithm>

#include "jcapi/binding.h"
#include "jcapi/detail/array_view.h"
#include "jcre/runtime.h"
#include "jcvm/machine.h"

namespace cose::jcapi {

namespace {

using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::ObjectFlags;
using jcvm::ObjectHeader;
using jcvm::ObjectKind;
using jcvm::Reference;

constexpr std::int16_t kBothAttributes = jcvm::kViewReadable | jcvm::kViewWritable;

NativeResult illegal_value(NativeCall& call) {
  return call.throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
}

NativeResult made(NativeCall& call, Reference array) {
  return array == jcvm::kNull ? NativeResult::kThrown : call.return_reference(array);
}

// ---- transient ----

std::optional<ObjectFlags> transient_flags(std::int16_t event) {
  if (event == 1) return jcvm::kClearOnReset;
  if (event == 2) return jcvm::kClearOnDeselect;
  return std::nullopt;
}

// makeTransient...Array(short length, byte event)
template <ObjectKind kKind>
NativeResult make_transient(NativeCall& call) {
  const auto flags = transient_flags(call.number(1));
  return flags ? made(call, call.new_array(kKind, call.number(0), *flags)) : illegal_value(call);
}

// isTransient(Object)
NativeResult is_transient(NativeCall& call) {
  const auto* header = call.heap().find(call.reference(0));
  if (header == nullptr) return call.return_short(0);
  if ((header->flags & jcvm::kView) != 0) {
    header = call.heap().find(call.heap().view_info(*header).array);
    if (header == nullptr) return call.return_short(0);
  }
  return call.return_short((header->flags & jcvm::kClearOnReset) != 0      ? 1
                           : (header->flags & jcvm::kClearOnDeselect) != 0 ? 2
                                                                           : 0);
}

// ---- global ----

// JCSystem.ARRAY_TYPE_...
std::optional<ObjectKind> kind_of(std::int16_t array_type) {
  if (array_type < 1 || array_type > 5) return std::nullopt;
  return static_cast<ObjectKind>(static_cast<int>(ObjectKind::kBooleanArray) + array_type - 1);
}

// makeGlobalArray(byte type, short length). JCRE 3.1 §6.2.2: nobody can keep a reference to it, so it ends with the
// command.
NativeResult make_global(NativeCall& call) {
  const auto kind = kind_of(call.number(0));
  if (!kind) return illegal_value(call);
  const auto array = call.new_array(*kind, call.number(1), jcvm::kGlobal | jcvm::kClearOnReset);
  if (array != jcvm::kNull) jcre::runtime_of(call).add_global_array(array);
  return made(call, array);
}

// ---- views ----

struct Wanted {
  std::int32_t first = 0;
  std::int32_t length = 0;
  std::int16_t attributes = 0;
};

// Whose view it is: that of the context which shares `object` with us, else our own.
jcvm::Principal owner_of_view(NativeCall& call, Reference object) {
  const auto* header = call.heap().find(object);
  return header == nullptr ? call.machine().current() : jcvm::Principal{header->context, header->applet};
}

// JCRE 3.1 §6.2.8.2. A view of a view is one of the array behind, with no more than the view's rights.
NativeResult make_view_of(NativeCall& call, const ObjectHeader& array, Reference reference, const Wanted& wanted,
                          jcvm::Principal owner) {
  if ((wanted.attributes & ~kBothAttributes) != 0 || wanted.attributes == 0) return illegal_value(call);
  if (wanted.first < 0 || wanted.length < 0 || wanted.first + wanted.length > array.length)
    return call.throw_exception(jcvm::kArrayIndexOutOfBounds);
  jcvm::ViewInfo info{reference, static_cast<std::uint16_t>(wanted.first), static_cast<std::uint8_t>(wanted.attributes),
                      0};
  if ((array.flags & jcvm::kView) != 0) {
    const auto outer = call.heap().view_info(array);
    if ((wanted.attributes & ~outer.attributes) != 0) return call.throw_exception(jcvm::kSecurity);
    info.array = outer.array;
    info.first = static_cast<std::uint16_t>(outer.first + wanted.first);
  }
  jcvm::NewObject view{array.kind, array.class_id, static_cast<std::uint32_t>(wanted.length)};
  view.context = owner.context;
  view.applet = owner.applet;
  const auto view_reference = call.heap().allocate_view(view, info);
  if (view_reference == jcvm::kNull) call.machine().throw_no_room();
  return made(call, view_reference);
}

// make...View(array, short offset, short length, short attributes, Shareable)
NativeResult make_view(NativeCall& call, std::optional<ObjectKind> kind) {
  const auto reference = call.reference(0);
  if (!call.check_access(reference)) return NativeResult::kThrown;
  const auto& array = *call.heap().find(reference);
  if (!jcvm::is_array(array.kind) || (kind && array.kind != *kind)) return illegal_value(call);
  return make_view_of(call, array, reference, {call.number(1), call.number(2), call.number(3)},
                      owner_of_view(call, call.reference(4)));
}

NativeResult make_any_view(NativeCall& call) {
  return make_view(call, std::nullopt);
}
NativeResult make_boolean_view(NativeCall& call) {
  return make_view(call, ObjectKind::kBooleanArray);
}
NativeResult make_byte_view(NativeCall& call) {
  return make_view(call, ObjectKind::kByteArray);
}
NativeResult make_short_view(NativeCall& call) {
  return make_view(call, ObjectKind::kShortArray);
}

// isArrayView(Object)
NativeResult is_view(NativeCall& call) {
  const auto* header = call.heap().find(call.reference(0));
  return call.return_boolean(header != nullptr && (header->flags & jcvm::kView) != 0);
}

// getAttributes(Object): of a view.
NativeResult attributes(NativeCall& call) {
  const auto* header = call.heap().find(call.reference(0));
  if (header == nullptr) return call.throw_exception(jcvm::kNullPointer);
  if ((header->flags & jcvm::kView) == 0) return illegal_value(call);
  return call.return_short(call.heap().view_info(*header).attributes);
}

// ---- SensitiveArrays: memory that a fault cannot change unseen; ours has no faults to see ----

const ObjectHeader* sensitive(NativeCall& call) {
  const auto reference = call.reference(0);
  if (!call.check_access(reference)) return nullptr;
  const auto* header = call.heap().find(reference);
  if (jcvm::is_array(header->kind) && (header->flags & jcvm::kIntegritySensitive) != 0) return header;
  illegal_value(call);
  return nullptr;
}

// assertIntegrity(Object)
NativeResult assert_integrity(NativeCall& call) {
  return sensitive(call) == nullptr ? NativeResult::kThrown : call.return_void();
}

// isIntegritySensitive(Object)
NativeResult is_sensitive(NativeCall& call) {
  const auto* header = call.heap().find(call.reference(0));
  return call.return_boolean(header != nullptr && (header->flags & jcvm::kIntegritySensitive) != 0);
}

NativeResult sensitive_supported(NativeCall& call) {
  return call.return_boolean(true);
}

// makeIntegritySensitiveArray(byte type, byte memory, short length)
NativeResult make_sensitive(NativeCall& call) {
  const auto kind = kind_of(call.number(0));
  const auto transient = transient_flags(call.number(1));
  if (!kind || (!transient && call.number(1) != 0)) return illegal_value(call);
  const auto flags = static_cast<ObjectFlags>(jcvm::kIntegritySensitive | transient.value_or(0));
  return made(call, call.new_array(*kind, call.number(2), flags));
}

// clearArray(Object): how many elements it has cleared.
NativeResult clear(NativeCall& call) {
  const auto* header = sensitive(call);
  if (header == nullptr || !call.machine().may_access(*header)) {
    if (header != nullptr) call.machine().throw_exception(jcvm::kSecurity);
    return NativeResult::kThrown;
  }
  const auto size = jcvm::Heap::octets_in(*header);
  auto* octets = call.heap().prepare(*header, 0, size);
  if (octets == nullptr) return call.throw_exception(jcvm::kTransaction, jcvm::kBufferFull);
  std::fill_n(octets, size, std::uint8_t{0});
  return call.return_short(static_cast<std::int16_t>(header->length));
}

constexpr std::string_view kSystem = "javacard/framework/JCSystem";
constexpr std::string_view kSensitive = "javacard/framework/SensitiveArrays";
constexpr MethodBinding kMethods[] = {
    {kSystem, "isTransient(Ljava/lang/Object;)B", is_transient},
    {kSystem, "makeTransientBooleanArray(SB)[Z", make_transient<ObjectKind::kBooleanArray>},
    {kSystem, "makeTransientByteArray(SB)[B", make_transient<ObjectKind::kByteArray>},
    {kSystem, "makeTransientShortArray(SB)[S", make_transient<ObjectKind::kShortArray>},
    {kSystem, "makeTransientObjectArray(SB)[Ljava/lang/Object;", make_transient<ObjectKind::kReferenceArray>},
    {kSystem, "makeGlobalArray(BS)Ljava/lang/Object;", make_global},
    {kSystem, "makeArrayView(Ljava/lang/Object;SSSLjavacard/framework/Shareable;)Ljava/lang/Object;", make_any_view},
    {kSystem, "makeBooleanArrayView([ZSSSLjavacard/framework/Shareable;)[Z", make_boolean_view},
    {kSystem, "makeByteArrayView([BSSSLjavacard/framework/Shareable;)[B", make_byte_view},
    {kSystem, "makeShortArrayView([SSSSLjavacard/framework/Shareable;)[S", make_short_view},
    {kSystem, "isArrayView(Ljava/lang/Object;)Z", is_view},
    {kSystem, "getAttributes(Ljava/lang/Object;)S", attributes},
    {kSensitive, "assertIntegrity(Ljava/lang/Object;)V", assert_integrity},
    {kSensitive, "isIntegritySensitive(Ljava/lang/Object;)Z", is_sensitive},
    {kSensitive, "isIntegritySensitiveArraysSupported()Z", sensitive_supported},
    {kSensitive, "makeIntegritySensitiveArray(BBS)Ljava/lang/Object;", make_sensitive},
    {kSensitive, "clearArray(Ljava/lang/Object;)S", clear},
};

}  // namespace

NativeResult detail::make_array_view(NativeCall& call, std::optional<ObjectKind> kind) {
  return make_view(call, kind);
}

Bindings jcsystem_array_bindings() {
  return {kMethods};
}

}  // namespace cose::jcapi
