// SPDX-License-Identifier: Apache-2.0
// Everything that `cose card` and `cose store` do with a state directory, as requests and results in JSON, so that the
// process that has the directory does it for others as it does for itself.
//
//   {"do": "card.create", "names": [...], "from": NAME, "template": bool, "profile": FILE, "load": [FILE...]}
//   {"do": "card.list"}                            -> [{"name", "template", "from", "changes"}...]
//   {"do": "card.copy" | "card.replace", "name": NAME, "other": NAME}
//   {"do": "card.destroy", "names": [...]}
//   {"do": "card.export" | "card.import", "name": NAME, "file": FILE, "key": FILE}
//   {"do": "store.check"}                          -> {"cards", "pages", "records", "problems": [...]}
//   {"do": "store.stats"}                          -> {"format", "cards", "disk_octets", "memory_octets",
//                                                     "flushes" and "log_octets" since the start}
//   {"do": "store.compact"} {"do": "store.backup", "target": DIR}
//   {"do": "store.rotate", "key": KEY}             -> how many keys are wrapped anew
//
// Files are named by whole paths. Any thread. Errors: those of the fleet, the vault and the store.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "bytes/clock.h"
#include "host/state_directory.h"

namespace cose::host {

// The result, or what went wrong, as JSON.
[[nodiscard]] std::string operate(StateDirectory& directory, const Clock& clock, std::string_view request);
// The result alone.
[[nodiscard]] Result<std::string> result_of(std::string_view answer);

// The socket in a state directory where its owner takes requests.
inline constexpr const char* kStateDoor = "door";

}  // namespace cose::host
