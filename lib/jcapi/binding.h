// SPDX-License-Identifier: Apache-2.0
// How methods of the API are bound to C++: tables beside the natives, joined with the one table of tokens (lib/api).
//
//   constexpr MethodBinding kMethods[] = {
//       {"javacard/framework/Util", "getShort([BS)S", get_short},
//   };
//   constexpr StateBinding kStates[] = {{"javacard/framework/OwnerPIN", 4, 1}};
//   Bindings util_bindings() { return {kMethods, kStates, {}}; }
//
// One such function per file, and one line for it in bindings.cc. What is not bound is not there: a CAP file that needs
// it is refused when it is loaded. A method that a class inherits is its super class's without a word here. Methods
// of interfaces and abstract methods need none.
//
// Hidden classes stand behind interfaces and abstract classes: what KeyBuilder.buildKey() makes. They have no token
// of the API; CAP files cannot name them. Natives find them by class_named().
//
// Constant data. Errors of join(): kInvalid, a binding that names nothing of the table.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "bytes/result.h"
#include "jcvm/native.h"
#include "jcvm/package.h"

namespace cose::jcapi {

struct MethodBinding {
  std::string_view class_name;  // "javacard/framework/Util"
  std::string_view method;      // "getShort([BS)S", "<init>(BB)V"
  jcvm::NativeFunction function = nullptr;
};

// Of each instance, behind what its super class has (jcvm/native.h).
struct StateBinding {
  std::string_view class_name;
  std::uint16_t state_octets = 0;
  std::uint8_t reference_cells = 0;
};

// State by StateBinding, methods by MethodBinding under its own name. The package is that of the name.
struct HiddenClass {
  std::string_view class_name;  // "javacard/security/DESKeyImpl"
  std::string_view super = "java/lang/Object";
  std::span<const std::string_view> interfaces = {};
};

struct Bindings {
  std::span<const MethodBinding> methods;
  std::span<const StateBinding> states = {};
  std::span<const HiddenClass> hidden = {};
};

// All of this library, one line each (bindings.cc).
[[nodiscard]] std::vector<Bindings> all_bindings();

// The API packages, each after those it imports, joined and made ready for Runtime::create(). Every package of the
// table is among them; a method without a binding is refused by the linker with its name.
[[nodiscard]] Result<std::vector<std::shared_ptr<const jcvm::Package>>> make_api(std::span<const Bindings> bindings);
// make_api(all_bindings()): a promise of this library, so no Result.
[[nodiscard]] std::vector<std::shared_ptr<const jcvm::Package>> make_api();

// A class of the card's API by its full name, hidden or not; null: not on this card. Fast after the first time.
[[nodiscard]] const jcvm::Class* class_named(jcvm::NativeCall& call, std::string_view class_name);

// ---- what natives throw ----
// AID and token of exception classes beyond those of jcvm/exception.h: javacard.framework's others and
// javacard.security's.
inline constexpr std::string_view kSecurityAid{"\xA0\x00\x00\x00\x62\x01\x02", 7};
inline constexpr jcvm::ExceptionClass kApdu{jcvm::kFrameworkAid, 12, "APDUException"};
inline constexpr jcvm::ExceptionClass kPin{jcvm::kFrameworkAid, 11, "PINException"};
inline constexpr jcvm::ExceptionClass kUser{jcvm::kFrameworkAid, 15, "UserException"};
inline constexpr jcvm::ExceptionClass kCrypto{kSecurityAid, 12, "CryptoException"};

}  // namespace cose::jcapi
