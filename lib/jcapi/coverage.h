// SPDX-License-Identifier: Apache-2.0
// How much of the API's table is there: each method of each class, as a card's linker would find it.
//
// Views of constant data. Source of the table: api/api.h.
#pragma once

#include <string_view>
#include <vector>

#include "api/api.h"

namespace cose::jcapi {

enum class Presence {
  kDone,     // a native, its own or inherited; an interface's method that every class behind it has
  kApplets,  // abstract, and no class of ours is behind it: for applets to implement
  kMissing,  // a CAP file that calls it is refused when it is loaded
  kLeftOut,  // the same, on purpose: ClassCoverage::reason says why
};

// "done", "applets", "missing", "left out".
[[nodiscard]] std::string_view to_string(Presence presence);

struct MethodCoverage {
  const api::Method* method = nullptr;
  Presence presence = Presence::kMissing;
};

struct ClassCoverage {
  const api::Class* type = nullptr;
  std::vector<MethodCoverage> methods;
  std::string_view reason;  // for leaving methods out; empty: none is

  [[nodiscard]] std::size_t count(Presence presence) const;
};

struct PackageCoverage {
  const api::Package* package = nullptr;
  std::vector<ClassCoverage> classes;

  [[nodiscard]] std::size_t count(Presence presence) const;
};

[[nodiscard]] std::vector<PackageCoverage> coverage();

}  // namespace cose::jcapi
