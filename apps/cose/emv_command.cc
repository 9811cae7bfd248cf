// SPDX-License-Identifier: Apache-2.0
// cose emv: what issuers of payment cards do.
#include <algorithm>
#include <vector>

#include "emv_subcommands.h"

namespace cose::app {

Command make_emv(CLI::App& parent) {
  auto* app = parent.add_subcommand("emv", "Issues payment cards, and answers for them.");
  app->require_subcommand(1);
  const std::vector<Command> commands = {make_emv_personalize(*app), make_emv_issuer(*app)};
  return {app, [commands] { return std::ranges::find_if(commands, &CLI::App::parsed, &Command::app)->run(); }};
}

}  // namespace cose::app
