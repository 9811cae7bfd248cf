// SPDX-License-Identifier: Apache-2.0
// cose store: the care of a state directory.
#include <iostream>

#include <fmt/format.h>

#include "command.h"
#include "console.h"
#include "host/system_clock.h"
#include "state_options.h"
#include "token/token_key.h"

namespace cose::app {

namespace {

using nlohmann::json;

constexpr auto kDescription = "Checks, tidies, copies and re-keys a state directory.";

constexpr auto kExamples = R"(Examples:
  cose store check --state cards                     every file, every card, every page
  cose store backup --state cards cards.monday       a directory of its own, under the same master key
  cose store rotate --state cards new.key            a new master key: makes new.key, wraps every card's key anew
  cose store rotate --state cards "pkcs11:token=cose;object=second?module-path=FILE&pin-source=FILE"
  cose store accept --state cards                    an old copy was put here on purpose

Beside a running grid the grid does the work, on its own directory and with its own key, and goes on serving. `accept`
wants the directory for itself. From a rotation on, say --state-key with the new key; a backup keeps its old key.)";

struct StoreOptions {
  StateCommandOptions state;
  std::string target;
};

// A number that JSON has.
std::uint64_t number(const json& result, const char* key) {
  return result.at(key).get<std::uint64_t>();
}

Status check(const StoreOptions& options) {
  COSE_TRY(const auto report, operate(options.state, {{"do", "store.check"}}));
  const auto& problems = report.at("problems");
  if (options.state.json) {
    std::cout << report.dump(2) << '\n';
  } else {
    for (const auto& problem : problems) std::cout << problem.get<std::string>() << '\n';
    std::cout << fmt::format("{} cards, {} pages, {} records, {} problems\n", number(report, "cards"),
                             number(report, "pages"), number(report, "records"), problems.size());
  }
  if (problems.empty()) return {};
  return fail(ErrorKind::kRefused, options.state.state.directory + ": damaged; restore a backup");
}

Status compact(const StoreOptions& options) {
  COSE_TRY(const auto done, operate(options.state, {{"do", "store.compact"}}));
  static_cast<void>(done);
  return {};
}

Status print_statistics(const StoreOptions& options) {
  COSE_TRY(const auto statistics, operate(options.state, {{"do", "store.stats"}}));
  if (options.state.json)
    std::cout << statistics.dump(2) << '\n';
  else
    std::cout << fmt::format("format {}\n{} cards\n{} octets on disk\n", number(statistics, "format"),
                             number(statistics, "cards"), number(statistics, "disk_octets"));
  return {};
}

Status backup(const StoreOptions& options) {
  COSE_TRY(const auto done, operate(options.state, {{"do", "store.backup"}, {"target", whole_path(options.target)}}));
  static_cast<void>(done);
  return {};
}

Status rotate(const StoreOptions& options) {
  const auto key = token::is_token_uri(options.target) ? options.target : whole_path(options.target);
  COSE_TRY(const auto keys, operate(options.state, {{"do", "store.rotate"}, {"key", key}}));
  std::cout << fmt::format("{} keys are wrapped by {} now; the old key is of no use for this directory any more\n",
                           keys.get<std::uint64_t>(), options.target);
  return {};
}

Status accept(StoreOptions& options) {
  options.state.state.on_rollback = vault::OnRollback::kAccept;
  const host::SystemClock clock;
  host::StoredCards cards(clock);
  const auto opened = host::StateDirectory::open(options.state.state, cards);
  return opened ? Status{} : std::unexpected(opened.error());
}

using Run = std::function<Status(StoreOptions&)>;

}  // namespace

Command make_store(CLI::App& parent) {
  auto* app = parent.add_subcommand("store", kDescription);
  app->footer(kExamples);
  app->require_subcommand(1);
  const auto options = std::make_shared<StoreOptions>();
  auto commands = std::make_shared<std::vector<std::pair<CLI::App*, Run>>>();
  const auto add = [&](const char* name, const char* text, Run run) {
    auto* command = app->add_subcommand(name, text);
    options->state.add_to(*command);
    commands->emplace_back(command, std::move(run));
    return command;
  };
  add("check", "reads everything and says what is damaged", check);
  add("compact", "gives back the room of what was overwritten", compact);
  add("stats", "how much there is", print_statistics);
  add("backup", "makes a consistent copy", backup)
      ->add_option("TARGET", options->target, "a new directory")
      ->required();
  add("rotate", "changes the master key", rotate)
      ->add_option("KEYFILE", options->target, "of the new key; made if it is not there")
      ->required();
  add("accept", "takes an old copy of the directory as the truth", accept);
  return {app, [options, commands] {
            for (const auto& [command, run] : *commands) {
              if (!*command) continue;
              const auto done = run(*options);
              return done ? static_cast<int>(kSuccess) : complain(done.error());
            }
            return static_cast<int>(kUsage);
          }};
}

}  // namespace cose::app
