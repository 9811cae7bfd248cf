// SPDX-License-Identifier: Apache-2.0
// What `cose admin apply` is told: a plan as a TOML file (docs/guide/admin.md).
//
//   absent = ["A0000000620001"]
//   [login]                     # with which keys cards come; each line has a default
//   key = "4041...4F"           # or encryption, mac, data_encryption
//   derivation = "none"
//   version = 0
//   security = 3
//   [[package]]
//   file = "wallet.cap"         # from the plan's folder
//   [[package.applet]]
//   module = "D0D1D2D3D4D50101" # default: the package's only applet
//   instance = "..."            # default: as the module
//   privileges = "CardReset"
//   parameters = "0102"
//   data = ["8001..."]          # STORE DATA blocks, once
//   structure = "dgi"           # or "tlv"; default none
//   locked = false
//   [[keys]]
//   version = 48
//   protocol = 3
//   key = "..."
//   derivation = "kdf3"         # each card its own
//   replaces = 1
//
// Errors: kNotFound, kLimit, kInvalid with file and line. An unknown key is an error.
#pragma once

#include <string>
#include <string_view>

#include "admin/plan.h"
#include "bytes/result.h"

namespace cose::host {

[[nodiscard]] Result<admin::Plan> load_plan(const std::string& file);
// The same from a text; `origin` names it in errors, CAP files are taken from `folder`.
[[nodiscard]] Result<admin::Plan> parse_plan(std::string_view text, std::string_view origin, const std::string& folder);

}  // namespace cose::host
