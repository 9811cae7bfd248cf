// SPDX-License-Identifier: Apache-2.0
// What the steps of link() share while a package is built.
//
// Order: imports, methods with their signatures, classes, constants, then each method's code: verified, translated.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "cap/model.h"
#include "jcvm/detail/method_code.h"
#include "jcvm/link.h"

namespace cose::jcvm::detail {

// A method that can be called: a declared one, or a token of an interface.
struct Callee {
  const void* of = nullptr;
  std::uint8_t token = 0;
  friend auto operator<=>(const Callee&, const Callee&) = default;
};

// What calls of methods without a known result leave on the stack, found from the callers' code.
using Inferred = std::map<Callee, Returns>;

struct Linking {
  const cap::CapFile& cap;
  Package& package;
  Packages available;
  const LinkOptions& options;
  std::map<std::uint16_t, Class*> classes;  // by offset in the Class component
  std::map<cap::MethodLocation, Method*> methods;
  std::map<cap::MethodLocation, MethodCode> code;
  Inferred inferred;

  // Errors: kNotFound.
  [[nodiscard]] Result<const Class*> resolve(cap::ClassRef ref) const;
  [[nodiscard]] Result<const ExportedClass*> resolve_external(std::uint8_t package_token,
                                                              std::uint8_t class_token) const;
  // "A0000000620101 1.3"
  [[nodiscard]] std::string import_name(std::uint8_t token) const;
  [[nodiscard]] const Method* find_method(cap::MethodLocation location) const;
};

[[nodiscard]] Status link_imports(Linking& linking);
[[nodiscard]] Status link_methods(Linking& linking);
[[nodiscard]] Status link_classes(Linking& linking);
[[nodiscard]] Status link_constants(Linking& linking);
[[nodiscard]] Status link_code(Linking& linking);

// ---- verifier.cc ----

struct Verified {
  std::set<std::size_t> visited;                    // offsets of instructions
  std::map<std::size_t, std::uint16_t> behind_jsr;  // offset to depth of stack
};

// At a return the stack holds nothing but the result, and nothing is below a call that gives none: so compilers write
// code. For inference.
enum class Leftovers { kAllowed, kRefused };

[[nodiscard]] Result<Verified> verify_code(const Linking& linking, const Method& method, const MethodCode& code,
                                           const Inferred& inferred, Leftovers leftovers);

// The methods that the code calls and whose results nothing tells yet.
[[nodiscard]] std::set<Callee> unknown_callees(const Linking& linking, const MethodCode& code);

// The declared method of a call; null when no signature is known (of an interface's method only).
struct Call {
  const Method* method = nullptr;
  Callee callee;
  std::uint8_t argument_words = 0;
};
[[nodiscard]] Result<Call> call_of(const Linking& linking, const cap::Instruction& instruction);
[[nodiscard]] Returns returns_of(const Call& call, const Inferred& inferred);
[[nodiscard]] bool is_invoke(const cap::Instruction& instruction);

// ---- translate.cc ----

[[nodiscard]] Status translate(Linking& linking, Method& method, const MethodCode& code, const Verified& verified);

}  // namespace cose::jcvm::detail
