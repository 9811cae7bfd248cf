// SPDX-License-Identifier: Apache-2.0
// [rack.agents] of a configuration file (host/agents_config.h).
#pragma once

#include <string_view>

#include <toml++/toml.h>

#include "host/agents_config.h"

namespace cose::host::detail {

[[nodiscard]] Result<AgentsConfig> read_agents(const toml::table& table, std::string_view origin);

}  // namespace cose::host::detail
