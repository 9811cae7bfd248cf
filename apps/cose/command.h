// SPDX-License-Identifier: Apache-2.0
// What main.cc knows of a subcommand: its place on the command line, and what to run when it was chosen.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

namespace cose::app {

// The exit codes of every subcommand; told in `cose --help`.
enum ExitCode : int {
  kSuccess = 0,
  kFailure = 1,      // something on the way failed; standard error says what
  kUsage = 2,        // the command line or a configuration file is wrong
  kCardRefused = 3,  // all went through, and the card's last status word is no success
  kStillBusy = 4,    // a server stopped although a card still held its command
  kStateLost = 5,    // the state of cards could not be made durable; the next start goes on from the disk
};

struct Command {
  CLI::App* app;
  std::function<int()> run;
};

[[nodiscard]] Command make_serve(CLI::App& parent);
[[nodiscard]] Command make_apdu(CLI::App& parent);
[[nodiscard]] Command make_list(CLI::App& parent);
[[nodiscard]] Command make_bench(CLI::App& parent);
[[nodiscard]] Command make_cap(CLI::App& parent);
[[nodiscard]] Command make_relay(CLI::App& parent);
[[nodiscard]] Command make_admin(CLI::App& parent);
[[nodiscard]] Command make_kiosk(CLI::App& parent);
[[nodiscard]] Command make_card(CLI::App& parent);
[[nodiscard]] Command make_store(CLI::App& parent);
[[nodiscard]] Command make_racs(CLI::App& parent);
[[nodiscard]] Command make_emv(CLI::App& parent);
[[nodiscard]] Command make_audit(CLI::App& parent);
[[nodiscard]] Command make_pki(CLI::App& parent);
[[nodiscard]] Command make_agent(CLI::App& parent);

}  // namespace cose::app
