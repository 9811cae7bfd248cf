// SPDX-License-Identifier: Apache-2.0
// org.globalplatform.GPSystem (GPC 2.3.1 annex A, API 1.7).
#include "jcapi/detail/globalplatform.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "api/api.h"

namespace cose::jcapi {

using jcre::Aid;
using jcre::CardManager;
using jcre::runtime_of;

namespace detail {

namespace {

constexpr std::uint32_t kPlaces = kFirstEntryObject + jcre::kMaximumApplets;

Reference objects_array(NativeCall& call) {
  auto& machine = call.machine();
  const auto known = machine.root(kObjectsRoot);
  if (call.heap().find(known) != nullptr) return known;
  jcvm::NewObject wanted;
  wanted.kind = jcvm::ObjectKind::kReferenceArray;
  wanted.length = kPlaces;
  const auto made = machine.new_object(wanted);
  if (made == jcvm::kNull) return made;
  if (machine.set_root(kObjectsRoot, made)) return made;
  machine.throw_exception(jcvm::kTransaction, jcvm::kBufferFull);
  return jcvm::kNull;
}

}  // namespace

Reference global_object(NativeCall& call, std::uint16_t place, std::string_view class_name) {
  const auto array = objects_array(call);
  if (array == jcvm::kNull) return array;
  auto& heap = call.heap();
  const auto offset = static_cast<std::uint32_t>(sizeof(Reference) * place);
  Reference known = jcvm::kNull;
  std::memcpy(&known, heap.contents(*heap.find(array)) + offset, sizeof(known));
  if (heap.find(known) != nullptr) return known;
  const auto made = call.machine().new_instance(*class_named(call, class_name), {}, jcvm::kPermanentEntry);
  if (made == jcvm::kNull) return made;
  if (heap.write(*heap.find(array), offset, &made, sizeof(made))) return made;
  call.machine().throw_exception(jcvm::kTransaction, jcvm::kBufferFull);
  return jcvm::kNull;
}

std::optional<Aid> aid_in(NativeCall& call, Reference object) {
  const auto state = call.state_of(object, *class_named(call, "javacard/framework/AID"));
  if (!state) return std::nullopt;
  return Aid::of(state->subspan(1, std::min<std::size_t>((*state)[0], Aid::kMaximum)));
}

}  // namespace detail

namespace {

using detail::with_manager;
using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::Reference;

constexpr std::int16_t kGlobalPin = 17;                  // CVM_GLOBAL_PIN
constexpr std::int16_t kGlobalServiceIdentifier = -128;  // GLOBAL_SERVICE_IDENTIFIER, a byte
constexpr std::int16_t kHistoricalBytes = 128;           // CARD_INFO_ATR_HISTORICAL_BYTES
constexpr std::uint8_t kGlobalService = 5;               // class token
constexpr std::string_view kPackageAid{"\xA0\x00\x00\x01\x51\x00", 6};

NativeResult construct(NativeCall& call) {
  return call.return_void();
}

NativeResult card_state(NativeCall& call) {
  return with_manager(
      call, [&](CardManager& manager) { return call.return_short(static_cast<std::int8_t>(manager.card_state())); });
}

NativeResult content_state(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    return call.return_short(static_cast<std::int8_t>(manager.state_of(call.applet())));
  });
}

NativeResult set_content_state(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    const auto state = static_cast<std::uint8_t>(call.number(0));
    return call.return_boolean(manager.set_state(call.applet(), call.applet(), state));
  });
}

NativeResult lock_card(NativeCall& call) {
  return with_manager(call,
                      [&](CardManager& manager) { return call.return_boolean(manager.lock_card(call.applet())); });
}

NativeResult terminate_card(NativeCall& call) {
  return with_manager(call,
                      [&](CardManager& manager) { return call.return_boolean(manager.terminate_card(call.applet())); });
}

// setATRHistBytes(byte[] baBuffer, short sOffset, byte bLength)
NativeResult set_historical_bytes(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
    if (!octets) return NativeResult::kThrown;
    return call.return_boolean(manager.set_historical_bytes(call.applet(), to_bytes(*octets)));
  });
}

NativeResult return_object(NativeCall& call, std::uint16_t place, std::string_view class_name) {
  const auto object = detail::global_object(call, place, class_name);
  return object == jcvm::kNull ? NativeResult::kThrown : call.return_reference(object);
}

// getCVM(byte): null for an identifier that the card does not serve.
NativeResult get_cvm(NativeCall& call) {
  return with_manager(call, [&](CardManager&) {
    if (call.number(0) != kGlobalPin) return call.return_reference(jcvm::kNull);
    return return_object(call, detail::kCvmObject, detail::kCvmClass);
  });
}

NativeResult get_secure_channel(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    if (manager.channel_of(call.applet()) == nullptr) return call.return_reference(jcvm::kNull);
    return return_object(call, detail::kSecureChannelObject, detail::kSecureChannelClass);
  });
}

// getRegistryEntry(AID reqAID): null where the caller may not look.
NativeResult get_registry_entry(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    const auto wanted = call.reference(0);
    if (wanted != jcvm::kNull && !call.check_access(wanted)) return NativeResult::kThrown;
    const auto aid = detail::aid_in(call, wanted);
    if (wanted != jcvm::kNull && !aid) return call.return_reference(jcvm::kNull);
    const auto found = manager.find_entry(call.applet(), aid);
    if (!found) return call.return_reference(jcvm::kNull);
    const auto place = static_cast<std::uint16_t>(detail::kFirstEntryObject + *found);
    const auto entry = detail::global_object(call, place, detail::kEntryClass);
    if (entry == jcvm::kNull) return NativeResult::kThrown;
    const std::array<std::uint8_t, 1> state{*found};
    if (!call.write_state(entry, 0, state, jcvm::Atomicity::kNonAtomic)) return NativeResult::kThrown;
    return call.return_reference(entry);
  });
}

// The server's own object, as JCSystem.getAppletShareableInterfaceObject() would give it (GPC 2.3.1 §8.1.3).
NativeResult ask_server(NativeCall& call, jcvm::AppletId server) {
  const auto* applet = runtime_of(call).applet(server);
  if (applet == nullptr || applet->instance == jcvm::kNull) return call.return_reference(jcvm::kNull);
  if (!runtime_of(call).may_enter(server)) return call.throw_exception(jcvm::kSecurity);
  const auto* method = api::find_method(*api::find_class("javacard/framework/Applet"), "getShareableInterfaceObject",
                                        "(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;");
  const auto* client = runtime_of(call).applet(call.applet());
  const std::array<std::uint16_t, 2> cells{client == nullptr ? jcvm::kNull : client->name,
                                           static_cast<std::uint16_t>(kGlobalServiceIdentifier)};
  const auto outcome = call.machine().invoke_virtual(applet->instance, method->token, cells);
  if (outcome.kind == jcvm::Outcome::Kind::kThrown) return call.throw_object(outcome.exception);
  if (outcome.kind != jcvm::Outcome::Kind::kReturned) return call.throw_exception(jcvm::kSystem, jcvm::kNoResource);
  const auto object = static_cast<Reference>(outcome.value);
  const auto* type = call.find_class(kPackageAid, kGlobalService);
  const bool serves = type != nullptr && call.is_instance(object, *type);
  return call.return_reference(serves ? object : jcvm::kNull);
}

// getService(AID serverAID, short sServiceName)
NativeResult get_service(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    const auto server = call.reference(0);
    if (server != jcvm::kNull && !call.check_access(server)) return NativeResult::kThrown;
    const auto aid = detail::aid_in(call, server);
    const auto found = manager.find_service(aid, static_cast<std::uint16_t>(call.number(1)));
    if (!found) return call.return_reference(jcvm::kNull);
    return ask_server(call, *found);
  });
}

// getCardInfo(byte[] baBuffer, short sOffset, short sInfoID): the offset behind it.
NativeResult card_info(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    if (call.number(2) != kHistoricalBytes) return call.throw_exception(jcvm::kIso, 0x6A88);
    const auto octets = to_bytes(manager.historical_bytes());
    if (!call.write(call.reference(0), call.number(1), octets)) return NativeResult::kThrown;
    return call.return_short(static_cast<std::int16_t>(call.number(1) + static_cast<std::int16_t>(octets.size())));
  });
}

NativeResult card_info_length(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    if (call.number(0) != kHistoricalBytes) return call.throw_exception(jcvm::kIso, 0x6A88);
    return call.return_short(static_cast<std::int16_t>(manager.historical_bytes().size()));
  });
}

constexpr std::string_view kName = "org/globalplatform/GPSystem";

constexpr MethodBinding kMethods[] = {
    {kName, "<init>()V", construct},
    {kName, "getCardContentState()B", content_state},
    {kName, "getCardState()B", card_state},
    {kName, "getCVM(B)Lorg/globalplatform/CVM;", get_cvm},
    {kName, "getSecureChannel()Lorg/globalplatform/SecureChannel;", get_secure_channel},
    {kName, "lockCard()Z", lock_card},
    {kName, "terminateCard()Z", terminate_card},
    {kName, "setATRHistBytes([BSB)Z", set_historical_bytes},
    {kName, "setCardContentState(B)Z", set_content_state},
    {kName, "getRegistryEntry(Ljavacard/framework/AID;)Lorg/globalplatform/GPRegistryEntry;", get_registry_entry},
    {kName, "getService(Ljavacard/framework/AID;S)Lorg/globalplatform/GlobalService;", get_service},
    {kName, "getCardInfo([BSS)S", card_info},
    {kName, "getCardInfoLength(S)S", card_info_length},
};

}  // namespace

Bindings globalplatform_bindings() {
  return {kMethods};
}

}  // namespace cose::jcapi
