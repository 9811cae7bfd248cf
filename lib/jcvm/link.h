// SPDX-License-Identifier: Apache-2.0
// From a CAP file to linked code: structure (cap::verify), imports, classes, then each method verified and translated.
//
// A CAP file is hostile until it has passed here. What link() returns never leaves its code, stack or local variables
// when it runs: instruction boundaries, branch targets, depth of stack and bounds of local variables are proven at
// every instruction that can be reached, with and without a Descriptor. Kinds (short, halves of an int, reference,
// return address) are proven as far as signatures are known: from the Descriptor, from API tables, from the code of
// the callee. What no source tells, as the return type of a shareable method that only another package implements,
// is inferred from the caller's code and checked again at each call (package.h, Shape).
//
// An import is resolved by AID; major versions must be equal and the card's minor at least the one asked for
// (JCVM 3.1 §4.5.2). The last package of `available` with the AID counts.
//
// Errors, all naming the package: kInvalid (structure, verification: with method, instruction, what was expected and
// found), kNotFound (an import or a token that nobody has: AID, version, class and member token), kUnsupported
// (a native that is in the tables but not done), kLimit.
#pragma once

#include <memory>
#include <span>

#include "bytes/result.h"
#include "cap/container.h"
#include "jcvm/native.h"
#include "jcvm/package.h"

namespace cose::jcvm {

// kOff is for tests of containment only: kinds are not compared, all that memory safety rests on still is.
enum class KindChecks { kOn, kOff };

struct LinkOptions {
  Bytes identity;
  KindChecks kinds = KindChecks::kOn;
};

using Packages = std::span<const std::shared_ptr<const Package>>;

[[nodiscard]] Result<std::shared_ptr<const Package>> link(const cap::Components& components, Packages available,
                                                          const LinkOptions& options);

// The identity is AID and version. Errors: a table that contradicts itself.
[[nodiscard]] Result<std::shared_ptr<const Package>> make_native_package(const NativePackage& description,
                                                                         Packages available);

// Parameters and result of a Java descriptor, for example "([BSI)V": arguments "asi", void. With `this` in front when
// it is not static. Error: kInvalid.
struct Signature {
  std::string arguments;
  Returns returns = Returns::kVoid;

  [[nodiscard]] std::size_t words() const;
};
[[nodiscard]] Result<Signature> parse_signature(std::string_view descriptor, bool is_static);

}  // namespace cose::jcvm
