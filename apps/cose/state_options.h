// SPDX-License-Identifier: Apache-2.0
// The options that name a state directory, shared by the subcommands that work on one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command.h"
#include "host/state_directory.h"
#include "host/stored_cards.h"
#include "host/system_clock.h"

namespace cose::app {

struct StateCommandOptions {
  host::StateOptions state;
  bool json = false;

  void add_to(CLI::App& app);
};

// A directory with what it needs, in the order in which it is made.
struct OpenState {
  OpenState(const StateCommandOptions& options, host::NewCards wanted);

  host::SystemClock clock;
  host::StoredCards cards;
  Result<std::unique_ptr<host::StateDirectory>> directory;
};

}  // namespace cose::app
