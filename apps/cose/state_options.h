// SPDX-License-Identifier: Apache-2.0
// The options that name a state directory, shared by the subcommands that work on one.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "command.h"
#include "host/state_access.h"

namespace cose::app {

struct StateCommandOptions {
  host::StateOptions state;
  bool json = false;

  void add_to(CLI::App& app);
};

// Has the work done (host/state_operations.h), here or by the process that has the directory.
[[nodiscard]] Result<nlohmann::json> operate(const StateCommandOptions& options, const nlohmann::json& request);

// As whoever does the work finds it, wherever that runs.
[[nodiscard]] std::string whole_path(const std::string& file);

}  // namespace cose::app
