// SPDX-License-Identifier: Apache-2.0
#include "state_options.h"

namespace cose::app {

void StateCommandOptions::add_to(CLI::App& app) {
  app.add_option("--state", state.directory, "state directory")->type_name("DIR")->required();
  app.add_option("--state-key", state.key_file, "its master key; default: DIR.key")->type_name("FILE");
  app.add_option("--anchor", state.anchor_file, "what tells an old copy of it; default: DIR.anchor")->type_name("FILE");
  app.add_flag("--json", json, "for machines");
}

OpenState::OpenState(const StateCommandOptions& options, host::NewCards wanted)
    : cards(clock, std::move(wanted)), directory(host::StateDirectory::open(options.state, cards)) {}

}  // namespace cose::app
