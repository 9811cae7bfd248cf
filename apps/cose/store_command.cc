// SPDX-License-Identifier: Apache-2.0
// cose store: the care of a state directory.
#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "command.h"
#include "console.h"
#include "crypto/random.h"
#include "host/key_file.h"
#include "state_options.h"

namespace cose::app {

namespace {

using vault::Vault;

constexpr auto kDescription = "Checks, tidies, copies and re-keys a state directory.";

constexpr auto kExamples = R"(Examples:
  cose store check --state cards                     every file, every card, every page
  cose store backup --state cards cards.monday       a directory of its own, under the same master key
  cose store rotate --state cards new.key            a new master key: makes new.key, wraps every card's key anew
  cose store accept --state cards                    an old copy was put here on purpose

A directory belongs to one process at a time; stop the grid first. Beside a running grid, copy the files of the
directory with a snapshot of the file system.)";

struct StoreOptions {
  StateCommandOptions state;
  std::string target;
};

Result<host::StateDirectory*> opened(OpenState& open) {
  if (!open.directory) return std::unexpected(open.directory.error());
  return open.directory->get();
}

// Opens every card, as waking it would.
Status check_cards(host::StateDirectory& directory, std::vector<std::string>& problems) {
  return directory.look([&](const fleet::Fleet&, Vault& vault) -> Status {
    std::vector<vault::CardDescription> cards;
    COSE_CHECK(vault.visit([&](const vault::CardDescription& card) -> Status {
      cards.push_back(card);
      return {};
    }));
    for (const auto& card : cards)
      if (const auto loaded = vault.load(card.card); !loaded)
        problems.push_back(card.name + ": " + loaded.error().message);
    return {};
  });
}

Status check(const StoreOptions& options) {
  OpenState open(options.state, {});
  COSE_TRY(auto* const directory, opened(open));
  COSE_TRY(auto report, directory->store().check());
  COSE_CHECK(check_cards(*directory, report.problems));
  if (options.state.json) {
    std::cout << nlohmann::json({{"cards", report.cards},
                                 {"pages", report.pages},
                                 {"records", report.records},
                                 {"problems", report.problems}})
                     .dump(2)
              << '\n';
  } else {
    for (const auto& problem : report.problems) std::cout << problem << '\n';
    std::cout << fmt::format("{} cards, {} pages, {} records, {} problems\n", report.cards, report.pages,
                             report.records, report.problems.size());
  }
  if (report.problems.empty()) return {};
  return fail(ErrorKind::kRefused, options.state.state.directory + ": damaged; restore a backup");
}

Status compact(const StoreOptions& options) {
  OpenState open(options.state, {});
  COSE_TRY(auto* const directory, opened(open));
  return directory->store().compact();
}

Status print_statistics(const StoreOptions& options) {
  OpenState open(options.state, {});
  COSE_TRY(auto* const directory, opened(open));
  COSE_TRY(const auto statistics, directory->store().statistics());
  if (options.state.json)
    std::cout << nlohmann::json({{"format", store::RocksStore::kFormat},
                                 {"cards", statistics.cards},
                                 {"disk_octets", statistics.disk_octets},
                                 {"memory_octets", statistics.cache_octets}})
                     .dump(2)
              << '\n';
  else
    std::cout << fmt::format("format {}\n{} cards\n{} octets on disk\n", store::RocksStore::kFormat, statistics.cards,
                             statistics.disk_octets);
  return {};
}

Status backup(const StoreOptions& options) {
  OpenState open(options.state, {});
  COSE_TRY(auto* const directory, opened(open));
  return directory->store().backup(options.target);
}

Status rotate(StoreOptions& options) {
  auto& state = options.state.state;
  crypto::SystemRng rng;
  const auto made = host::make_key_file(options.target, rng);
  // A rotation that was cut short is taken up again with the key that it made.
  if (!made && made.error().kind != ErrorKind::kRefused) return std::unexpected(made.error());
  state.older_key_files = {state.key_file.empty() ? state.directory + ".key" : state.key_file};
  state.key_file = options.target;
  OpenState open(options.state, {});
  COSE_TRY(auto* const directory, opened(open));
  COSE_TRY(const auto keys, directory->rewrap());
  std::cout << fmt::format("{} keys are wrapped by {} now; the old key is of no use for this directory any more\n",
                           keys, options.target);
  return {};
}

Status accept(StoreOptions& options) {
  options.state.state.on_rollback = vault::OnRollback::kAccept;
  OpenState open(options.state, {});
  COSE_TRY(auto* const directory, opened(open));
  static_cast<void>(directory);
  return {};
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
