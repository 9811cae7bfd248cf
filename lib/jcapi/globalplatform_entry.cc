// SPDX-License-Identifier: Apache-2.0
// org.globalplatform.GPRegistryEntry and CVM: the card manager's entries and its global PIN, as objects. An entry's
// state is the id of its application.
#include "bytes/secret.h"
#include "jcapi/detail/globalplatform.h"

namespace cose::jcapi {

namespace {

using detail::with_manager;
using jcre::CardholderVerification;
using jcre::CardManager;
using jcre::runtime_of;
using jcvm::NativeCall;
using jcvm::NativeResult;

jcvm::AppletId application_of(const NativeCall& call) {
  return call.state()[0];
}

NativeResult done(NativeCall& call, bool allowed) {
  return allowed ? call.return_void() : call.throw_exception(jcvm::kIso, 0x6985);
}

// ---- GPRegistryEntry ----

NativeResult get_aid(NativeCall& call) {
  const auto* applet = runtime_of(call).applet(application_of(call));
  return call.return_reference(applet == nullptr ? jcvm::kNull : applet->name);
}

NativeResult get_state(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    return call.return_short(static_cast<std::int8_t>(manager.state_of(application_of(call))));
  });
}

NativeResult set_state(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    return call.return_boolean(
        manager.set_state(call.applet(), application_of(call), static_cast<std::uint8_t>(call.number(0))));
  });
}

// getPrivileges(byte[] baBuffer, short sOffset): the offset behind them.
NativeResult get_privileges(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    const auto privileges = manager.privileges_of(application_of(call));
    if (!call.write(call.reference(0), call.number(1), privileges)) return NativeResult::kThrown;
    return call.return_short(static_cast<std::int16_t>(call.number(1) + std::int16_t{CardManager::kPrivileges}));
  });
}

NativeResult is_privileged(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    constexpr std::int16_t kKnown = 20;
    const auto number = call.number(0);
    if (number < 0 || number >= kKnown) return call.return_boolean(false);
    const auto privileges = manager.privileges_of(application_of(call));
    const auto at = static_cast<std::size_t>(number);
    return call.return_boolean((privileges[at / 8] & (0x80U >> (at % 8))) != 0);
  });
}

NativeResult is_associated(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    if (!call.check_access(call.reference(0))) return NativeResult::kThrown;
    const auto domain = detail::aid_in(call, call.reference(0));
    return call.return_boolean(domain && manager.is_associated(application_of(call), *domain));
  });
}

NativeResult register_service(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    const auto own = application_of(call);
    return done(call,
                own == call.applet() && manager.register_service(own, static_cast<std::uint16_t>(call.number(0))));
  });
}

NativeResult deregister_service(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    const auto own = application_of(call);
    return done(call,
                own == call.applet() && manager.deregister_service(own, static_cast<std::uint16_t>(call.number(0))));
  });
}

// ---- CVM ----

template <bool (CardholderVerification::*kQuestion)()>
NativeResult ask(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    return call.return_boolean((manager.cardholder_verification().*kQuestion)());
  });
}

template <bool (CardholderVerification::*kWish)(jcvm::AppletId)>
NativeResult wish(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    return call.return_boolean((manager.cardholder_verification().*kWish)(call.applet()));
  });
}

NativeResult tries_remaining(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    return call.return_short(manager.cardholder_verification().tries_remaining());
  });
}

// update(byte[] baBuffer, short sOffset, byte bLength, byte bFormat)
NativeResult update(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    const auto value = call.readable(call.reference(0), call.number(1), call.number(2));
    if (!value) return NativeResult::kThrown;
    const auto copy = Secret(*value);
    return call.return_boolean(manager.cardholder_verification().update(call.applet(), copy.view(),
                                                                        static_cast<std::uint8_t>(call.number(3))));
  });
}

NativeResult reset_state(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    manager.cardholder_verification().reset_state();
    return call.return_boolean(true);
  });
}

NativeResult set_try_limit(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    const auto limit = call.number(0);
    return call.return_boolean(
        limit > 0 && manager.cardholder_verification().set_try_limit(call.applet(), static_cast<std::uint8_t>(limit)));
  });
}

// verify(...): CVM_SUCCESS or CVM_FAILURE.
NativeResult verify(NativeCall& call) {
  return with_manager(call, [&](CardManager& manager) {
    const auto value = call.readable(call.reference(0), call.number(1), call.number(2));
    if (!value) return NativeResult::kThrown;
    const auto copy = Secret(*value);
    const bool verified =
        manager.cardholder_verification().verify(copy.view(), static_cast<std::uint8_t>(call.number(3)));
    return call.return_short(verified ? 0 : -1);
  });
}

constexpr std::string_view kEntry = detail::kEntryClass;
constexpr std::string_view kCvm = detail::kCvmClass;

constexpr MethodBinding kMethods[] = {
    {kEntry, "getAID()Ljavacard/framework/AID;", get_aid},
    {kEntry, "getState()B", get_state},
    {kEntry, "setState(B)Z", set_state},
    {kEntry, "getPrivileges([BS)S", get_privileges},
    {kEntry, "isPrivileged(B)Z", is_privileged},
    {kEntry, "isAssociated(Ljavacard/framework/AID;)Z", is_associated},
    {kEntry, "registerService(S)V", register_service},
    {kEntry, "deregisterService(S)V", deregister_service},
    {kCvm, "isActive()Z", ask<&CardholderVerification::active>},
    {kCvm, "isSubmitted()Z", ask<&CardholderVerification::submitted>},
    {kCvm, "isVerified()Z", ask<&CardholderVerification::verified>},
    {kCvm, "isBlocked()Z", ask<&CardholderVerification::blocked>},
    {kCvm, "getTriesRemaining()B", tries_remaining},
    {kCvm, "update([BSBB)Z", update},
    {kCvm, "resetState()Z", reset_state},
    {kCvm, "blockState()Z", wish<&CardholderVerification::block>},
    {kCvm, "resetAndUnblockState()Z", wish<&CardholderVerification::reset_and_unblock>},
    {kCvm, "setTryLimit(B)Z", set_try_limit},
    {kCvm, "verify([BSBB)S", verify},
};

constexpr std::string_view kEntryInterfaces[] = {"org/globalplatform/GPRegistryEntry"};
constexpr std::string_view kCvmInterfaces[] = {"org/globalplatform/CVM"};
constexpr HiddenClass kHidden[] = {{.class_name = kEntry, .interfaces = kEntryInterfaces},
                                   {.class_name = kCvm, .interfaces = kCvmInterfaces}};
constexpr StateBinding kStates[] = {{kEntry, 1, 0}};

}  // namespace

Bindings globalplatform_entry_bindings() {
  return {kMethods, kStates, kHidden};
}

}  // namespace cose::jcapi
