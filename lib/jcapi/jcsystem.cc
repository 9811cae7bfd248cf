// SPDX-License-Identifier: Apache-2.0
// javacard.framework.JCSystem: transactions, applets and what they share, memory. Arrays are in jcsystem_arrays.cc.
#include <algorithm>
#include <array>

#include "api/api.h"
#include "jcapi/binding.h"
#include "jcre/runtime.h"

namespace cose::jcapi {

namespace {

using jcre::runtime_of;
using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::Reference;

constexpr std::int16_t kVersion = 0x0302;  // of the Java Card API: 3.2
constexpr std::int32_t kMaximumShort = 32767;

enum MemoryType : std::int16_t { kPersistent = 0, kTransientReset = 1, kTransientDeselect = 2 };

NativeResult return_bounded(NativeCall& call, std::uint32_t octets) {
  return call.return_short(static_cast<std::int16_t>(std::min<std::uint32_t>(octets, kMaximumShort)));
}

NativeResult version(NativeCall& call) {
  return call.return_short(kVersion);
}

// ---- transactions ----

NativeResult finished(NativeCall& call, bool done) {
  return done ? call.return_void() : NativeResult::kThrown;
}

NativeResult begin(NativeCall& call) {
  return finished(call, call.machine().begin_transaction());
}

NativeResult commit(NativeCall& call) {
  return finished(call, call.machine().commit_transaction());
}

NativeResult abort(NativeCall& call) {
  return finished(call, call.machine().abort_transaction());
}

NativeResult depth(NativeCall& call) {
  return call.return_short(call.machine().in_transaction() ? 1 : 0);
}

NativeResult unused_capacity(NativeCall& call) {
  const auto& memory = call.heap().memory();
  return return_bounded(call,
                        call.machine().in_transaction() ? memory.unused_commit_capacity() : memory.commit_capacity());
}

NativeResult maximum_capacity(NativeCall& call) {
  return return_bounded(call, call.heap().memory().commit_capacity());
}

// ---- applets ----

Reference name_of(NativeCall& call, jcvm::AppletId id) {
  const auto* applet = runtime_of(call).applet(id);
  return applet == nullptr ? jcvm::kNull : applet->name;
}

// getAID(): null before register().
NativeResult own_aid(NativeCall& call) {
  return call.return_reference(name_of(call, call.applet()));
}

// getPreviousContextAID(): null when the runtime called.
NativeResult previous_aid(NativeCall& call) {
  return call.return_reference(name_of(call, call.previous_applet()));
}

// lookupAID(byte[] buffer, short offset, byte length)
NativeResult lookup_aid(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  const auto found = runtime_of(call).find_applet(*octets);
  return call.return_reference(found ? name_of(call, *found) : jcvm::kNull);
}

// The applet that an AID object names. Nothing, without an exception: no such applet.
std::optional<jcvm::AppletId> applet_named(NativeCall& call, Reference aid) {
  const auto state = call.state_of(aid, *class_named(call, "javacard/framework/AID"));
  if (!state) return std::nullopt;
  return runtime_of(call).find_applet(state->subspan(1, std::min<std::size_t>((*state)[0], jcre::Aid::kMaximum)));
}

// getAppletShareableInterfaceObject(AID serverAID, byte parameter), JCRE 3.1 §6.2.4: the server answers in its own
// context and is told who asks.
NativeResult shared_object(NativeCall& call) {
  const auto server_aid = call.reference(0);
  if (!call.check_access(server_aid)) return NativeResult::kThrown;
  auto& runtime = runtime_of(call);
  const auto server = applet_named(call, server_aid);
  const auto* applet = server ? runtime.applet(*server) : nullptr;
  if (applet == nullptr || applet->instance == jcvm::kNull) return call.return_reference(jcvm::kNull);
  if (!runtime.may_enter(*server)) return call.throw_exception(jcvm::kSecurity);
  const auto& type = *api::find_class("javacard/framework/Applet");
  const auto token =
      api::find_method(type, "getShareableInterfaceObject", "(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;")
          ->token;
  const std::array<std::uint16_t, 2> cells{name_of(call, call.applet()), static_cast<std::uint16_t>(call.number(1))};
  const auto outcome = call.machine().invoke_virtual(applet->instance, token, cells);
  switch (outcome.kind) {
    case jcvm::Outcome::Kind::kReturned: return call.return_reference(static_cast<Reference>(outcome.value));
    case jcvm::Outcome::Kind::kThrown: return call.throw_object(outcome.exception);
    default: return call.throw_exception(jcvm::kSystem, jcvm::kNoResource);
  }
}

// isAppletActive(AID theApplet): selected on some channel.
NativeResult is_active(NativeCall& call) {
  const auto aid = call.reference(0);
  if (!call.check_access(aid)) return NativeResult::kThrown;
  const auto id = applet_named(call, aid);
  return call.return_boolean(id && runtime_of(call).is_selected(*id));
}

NativeResult assigned_channel(NativeCall& call) {
  return call.return_short(runtime_of(call).channel());
}

// ---- memory ----

NativeResult deletion_supported(NativeCall& call) {
  return call.return_boolean(true);
}

NativeResult request_deletion(NativeCall& call) {
  runtime_of(call).request_object_deletion();
  return call.return_void();
}

// Nothing: the type is none.
std::optional<std::uint32_t> available(NativeCall& call, std::int16_t memory_type) {
  switch (memory_type) {
    case kPersistent: return call.heap().free_persistent();
    case kTransientReset:
    case kTransientDeselect: return call.heap().free_transient();
    default: return std::nullopt;
  }
}

// getAvailableMemory(byte memoryType)
NativeResult available_memory(NativeCall& call) {
  const auto octets = available(call, call.number(0));
  return octets ? return_bounded(call, *octets) : call.throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
}

// getAvailableMemory(short[] buffer, short offset, byte memoryType): the high half, the low half.
NativeResult available_memory_in_shorts(NativeCall& call) {
  const auto octets = available(call, call.number(2));
  if (!octets) return call.throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
  const auto array = call.reference(0);
  const auto offset = call.number(1);
  // Both elements must be there before one is written.
  if (!call.load_element(array, jcvm::ObjectKind::kShortArray, offset + 1)) return NativeResult::kThrown;
  const auto high = static_cast<std::int16_t>(*octets >> 16);
  const auto low = static_cast<std::int16_t>(*octets);
  if (!call.store_element(array, jcvm::ObjectKind::kShortArray, offset, high) ||
      !call.store_element(array, jcvm::ObjectKind::kShortArray, offset + 1, low))
    return NativeResult::kThrown;
  return call.return_void();
}

// getAvailableMemory(byte[] buffer, short offset, byte memoryType): four octets, the highest first.
NativeResult available_memory_in_octets(NativeCall& call) {
  const auto octets = available(call, call.number(2));
  if (!octets) return call.throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
  std::array<std::uint8_t, 4> encoded{};
  for (std::size_t at = 0; at < encoded.size(); ++at) encoded[at] = static_cast<std::uint8_t>(*octets >> (24 - 8 * at));
  return finished(call, call.write(call.reference(0), call.number(1), encoded));
}

constexpr std::string_view kName = "javacard/framework/JCSystem";
constexpr MethodBinding kMethods[] = {
    {kName, "getVersion()S", version},
    {kName, "beginTransaction()V", begin},
    {kName, "commitTransaction()V", commit},
    {kName, "abortTransaction()V", abort},
    {kName, "getTransactionDepth()B", depth},
    {kName, "getUnusedCommitCapacity()S", unused_capacity},
    {kName, "getMaxCommitCapacity()S", maximum_capacity},
    {kName, "getAID()Ljavacard/framework/AID;", own_aid},
    {kName, "getPreviousContextAID()Ljavacard/framework/AID;", previous_aid},
    {kName, "lookupAID([BSB)Ljavacard/framework/AID;", lookup_aid},
    {kName, "getAppletShareableInterfaceObject(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;",
     shared_object},
    {kName, "isAppletActive(Ljavacard/framework/AID;)Z", is_active},
    {kName, "getAssignedChannel()B", assigned_channel},
    {kName, "isObjectDeletionSupported()Z", deletion_supported},
    {kName, "requestObjectDeletion()V", request_deletion},
    {kName, "getAvailableMemory(B)S", available_memory},
    {kName, "getAvailableMemory([SSB)V", available_memory_in_shorts},
    {kName, "getAvailableMemory([BSB)V", available_memory_in_octets},
};

}  // namespace

Bindings jcsystem_bindings() {
  return {kMethods};
}

}  // namespace cose::jcapi
