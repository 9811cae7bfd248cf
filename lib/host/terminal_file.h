// SPDX-License-Identifier: Apache-2.0
// A terminal's configuration as a TOML file (docs/formats/terminal-toml.md). What it does not say stays as in
// terminal::Configuration::standard(); with any [[application]] only those of the file are taken.
//
// An unknown key is an error. Errors: kNotFound, kInvalid with file and line.
#pragma once

#include <string>
#include <string_view>

#include "bytes/result.h"
#include "terminal/configuration.h"

namespace cose::host {

[[nodiscard]] Result<terminal::Configuration> parse_terminal(std::string_view text, std::string_view origin);
[[nodiscard]] Result<terminal::Configuration> load_terminal(const std::string& file);

}  // namespace cose::host
