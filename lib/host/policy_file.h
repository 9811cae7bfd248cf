// SPDX-License-Identifier: Apache-2.0
// A grid's policy (grid/policy.h) as a TOML file.
//
//   [[role]]
//   name = "phones"
//   plane = "user"                       # or "management": the card itself, its content and keys
//   elements = ["pay*", "test1"]         # SEIDs; * at the end stands for any rest
//   filters = ["00FF0000:00D80000"]      # MASK:PREFIX; what is refused in all applications
//   [[role.application]]
//   aid = "A0000000031010"               # or "default": what is selected without a name, "any": all
//   filters = ["FFFF0000:00200000"]
//   [[user]]
//   name = "seven"
//   common_names = ["phone-7"]           # of certificates
//   alternative_names = ["seven@lab.example"]
//   pre_shared_keys = []                 # TLS-PSK identities
//   roles = ["phones"]
//   maximum_elements = 16                # locked at a time by one session; the next four are without limit if absent,
//   maximum_cards = 64                   # and count on each rack: locked at a time by all his sessions,
//   maximum_sessions = 8                 # sessions at a time,
//   commands_per_second = 200            # commands that reach a card,
//   burst = 400                          # and how many of them at once (default: those of a second)
//
// An unknown key is an error. Errors: kNotFound, kInvalid with file and line.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "bytes/result.h"
#include "grid/limits.h"
#include "grid/policy.h"

namespace cose::host {

[[nodiscard]] Result<std::shared_ptr<const grid::Policy>> parse_policy(std::string_view text, std::string_view origin);
[[nodiscard]] Result<std::shared_ptr<const grid::Policy>> load_policy(const std::string& file);

}  // namespace cose::host
