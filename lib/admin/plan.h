// SPDX-License-Identifier: Apache-2.0
// A declarative plan: what should be on a card, and the steps that make it so. Applying it twice changes nothing the
// second time.
//
// A Plan is read-only once made and may be shared by threads; apply() works on one card on the caller's thread. Errors
// are those of the first step that failed; what was done before stays done and is found done the next time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/load_file.h"
#include "gphost/manager.h"
#include "gphost/session.h"
#include "scp/key_set.h"

namespace cose::admin {

// Keys that a card shall have: the same on all cards, or its own by diversification.
struct PlannedKeys {
  std::uint8_t version = 0;
  std::uint8_t protocol = 0x03;  // 03: AES, else triple DES
  gphost::KeyMaterial keys;
  std::uint8_t replaces = 0;  // a version that goes away; 0: none
};

struct PlannedApplet {
  Bytes module;    // empty: the package's only applet
  Bytes instance;  // empty: as the module
  gphost::Privileges privileges{};
  Bytes parameters;
  std::vector<Bytes> data;  // STORE DATA blocks, sent once, after the instance was made
  gphost::StoreDataForm form;
  bool is_locked = false;
};

struct PlannedPackage {
  LoadFile file;
  std::vector<PlannedApplet> applets;
};

struct Plan {
  gphost::Login login;  // with which cards come
  std::vector<Bytes> absent;
  std::vector<PlannedPackage> packages;
  std::vector<PlannedKeys> keys;
};

enum class Outcome { kUnchanged, kChanged };

struct Change {
  Outcome outcome;
  std::string what;  // "package D0D1D2D3D4D501: loaded"
};

[[nodiscard]] Result<std::vector<Change>> apply(gphost::Session& session, const Plan& plan);

}  // namespace cose::admin
