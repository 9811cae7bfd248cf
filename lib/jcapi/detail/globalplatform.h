// SPDX-License-Identifier: Apache-2.0
// What the natives of org.globalplatform share: the card manager behind them, the objects that GPSystem hands out.
//
// Those objects are the runtime's, permanent entry points, and made once for a card: the secure channel, the global
// PIN, and for each application of which somebody has asked an entry. They hang on Root kObjectsRoot.
#pragma once

#include <optional>

#include "jcapi/binding.h"
#include "jcre/card_manager.h"
#include "jcre/runtime.h"

namespace cose::jcapi::detail {

using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::Reference;

inline constexpr jcvm::Root kObjectsRoot = static_cast<jcvm::Root>(10);

inline constexpr std::string_view kSecureChannelClass = "org/globalplatform/SecureChannelImpl";
inline constexpr std::string_view kCvmClass = "org/globalplatform/CVMImpl";
inline constexpr std::string_view kEntryClass = "org/globalplatform/GPRegistryEntryImpl";

// Places in the array of objects; entries of applications follow by their ids.
enum GlobalObject : std::uint16_t { kSecureChannelObject, kCvmObject, kFirstEntryObject };

// Null: the card has no card manager.
[[nodiscard]] inline jcre::CardManager* manager_of(NativeCall& call) {
  return jcre::runtime_of(call).card_manager();
}

// JC API: SystemException.ILLEGAL_USE stands for a card without one.
template <typename Do>
[[nodiscard]] NativeResult with_manager(NativeCall& call, Do&& what) {
  auto* manager = manager_of(call);
  if (manager == nullptr) return call.throw_exception(jcvm::kSystem, jcvm::kIllegalUse);
  return what(*manager);
}

// The object in that place, made when it is first asked for. Null: no room, an exception is pending.
[[nodiscard]] Reference global_object(NativeCall& call, std::uint16_t place, std::string_view class_name);

// The AID that an object of javacard.framework.AID holds. Nothing, and no exception, for null and other objects.
[[nodiscard]] std::optional<jcre::Aid> aid_in(NativeCall& call, Reference object);

}  // namespace cose::jcapi::detail
