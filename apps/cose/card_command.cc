// SPDX-License-Identifier: Apache-2.0
// cose card: the software cards of a state directory.
#include <iostream>

#include <fmt/format.h>

#include "command.h"
#include "console.h"
#include "state_options.h"

namespace cose::app {

namespace {

using nlohmann::json;

constexpr auto kDescription = "Makes, copies, moves and removes software cards that are kept in a state directory.";

constexpr auto kExamples = R"(Examples:
  cose card create --state cards --template --profile gp.toml --load purse.cap purse
  cose card create --state cards --from purse anna bob
  cose card create --state cards --from purse --count 1000 member   member1 to member1000
  cose card list --state cards
  cose apdu sim:cards/anna 00A4040000                               use one
  cose card snapshot --state cards anna monday                      keeps it as anna@monday
  cose card restore --state cards anna monday                       counters and tries of PINs go back, too
  cose card export --state cards anna anna.card --key both.key
  cose card import --state elsewhere anna.card --key both.key

The first create makes the directory, and beside it DIR.key, the key to all its cards: keep that elsewhere, and safe.
With --state-key "pkcs11:token=cose;object=master?module-path=FILE&pin-source=FILE" it is made in a token and stays
there.
All of this works beside a running grid, which then does it; a card in use is neither restored nor destroyed.)";

struct CardOptions {
  StateCommandOptions state;
  std::vector<std::string> names;
  std::string name;
  std::string other;
  std::string file;
  std::string key_file;
  std::string from;
  std::string profile;
  std::vector<std::string> load;
  std::size_t count = 0;
  bool is_template = false;
};

std::vector<std::string> names_to_make(const CardOptions& options) {
  if (options.count == 0) return options.names;
  std::vector<std::string> names;
  for (const auto& name : options.names)
    for (std::size_t number = 1; number <= options.count; ++number) names.push_back(name + std::to_string(number));
  return names;
}

std::vector<std::string> whole_paths(std::vector<std::string> files) {
  for (auto& file : files) file = whole_path(file);
  return files;
}

// Nothing to print when it is done.
Status done(const CardOptions& options, const json& request) {
  const auto result = operate(options.state, request);
  return result ? Status{} : std::unexpected(result.error());
}

Status create(CardOptions& options) {
  options.state.state.if_missing = store::IfMissing::kCreate;
  return done(options, {{"do", "card.create"},
                        {"names", names_to_make(options)},
                        {"from", options.from},
                        {"template", options.is_template},
                        {"profile", whole_path(options.profile)},
                        {"load", whole_paths(options.load)}});
}

Status list(const CardOptions& options) {
  COSE_TRY(const auto cards, operate(options.state, {{"do", "card.list"}}));
  if (options.state.json) std::cout << cards.dump(2) << '\n';
  if (options.state.json) return {};
  for (const auto& card : cards) {
    const auto from = card.at("from").get<std::string>();
    std::cout << fmt::format("{}{}{}  {} changes\n", card.at("name").get<std::string>(),
                             card.at("template").get<bool>() ? "  template" : "", from.empty() ? "" : "  from " + from,
                             card.at("changes").get<std::uint64_t>());
  }
  return {};
}

Status copy(const CardOptions& options, const std::string& to) {
  return done(options, {{"do", "card.copy"}, {"name", options.name}, {"other", to}});
}

Status restore(const CardOptions& options) {
  return done(options, {{"do", "card.replace"}, {"name", options.name}, {"other", options.name + "@" + options.other}});
}

Status destroy(const CardOptions& options) {
  return done(options, {{"do", "card.destroy"}, {"names", options.names}});
}

Status move(const CardOptions& options, const char* how) {
  return done(
      options,
      {{"do", how}, {"name", options.name}, {"file", whole_path(options.file)}, {"key", whole_path(options.key_file)}});
}

Status import_one(CardOptions& options) {
  options.state.state.if_missing = store::IfMissing::kCreate;
  return move(options, "card.import");
}

int told(const Status& status) {
  if (status) return kSuccess;
  return complain(status.error());
}

using Run = std::function<Status(CardOptions&)>;

void add_create(CLI::App& app, CardOptions& options) {
  app.add_option("NAME", options.names, "the new cards")->required();
  app.add_option("--from", options.from, "a template of the directory")->type_name("NAME");
  app.add_option("--count", options.count, "so many of each name, numbered from 1")->check(CLI::Range(1, 1'000'000));
  app.add_flag("--template", options.is_template, "to make cards from; it has no keys of its own and is never used");
  app.add_option("--profile", options.profile, "what kind of card (docs/formats/card-profile.md)")->type_name("FILE");
  app.add_option("--load", options.load, "CAP files to be on it, with their applets")->type_name("FILE");
}

void add_names(CLI::App& app, CardOptions& options) {
  app.add_option("NAME", options.names, "the cards")->required();
}

void add_two(CLI::App& app, CardOptions& options) {
  app.add_option("NAME", options.name, "the card")->required();
  app.add_option("OTHER", options.other, "the other name, or the label of the snapshot")->required();
}

void add_export(CLI::App& app, CardOptions& options) {
  app.add_option("NAME", options.name, "the card")->required();
  app.add_option("FILE", options.file, "where to")->required();
  app.add_option("--key", options.key_file, "a key file of both ends (64 hexadecimal digits)")->required();
}

void add_import(CLI::App& app, CardOptions& options) {
  app.add_option("FILE", options.file, "an exported card")->required();
  app.add_option("NAME", options.name, "its name here; default: as it was");
  app.add_option("--key", options.key_file, "a key file of both ends (64 hexadecimal digits)")->required();
}

}  // namespace

Command make_card(CLI::App& parent) {
  auto* app = parent.add_subcommand("card", kDescription);
  app->footer(kExamples);
  app->require_subcommand(1);
  const auto options = std::make_shared<CardOptions>();
  auto commands = std::make_shared<std::vector<std::pair<CLI::App*, Run>>>();
  const auto add = [&](const char* name, const char* text, void (*arguments)(CLI::App&, CardOptions&), Run run) {
    auto* command = app->add_subcommand(name, text);
    options->state.add_to(*command);
    if (arguments != nullptr) arguments(*command, *options);
    commands->emplace_back(command, std::move(run));
  };
  add("create", "makes cards, new or from a template", add_create, create);
  add("list", "names all cards", nullptr, [](const CardOptions& all) { return list(all); });
  add("clone", "makes a second card with everything that the first has, its keys and counters too", add_two,
      [](const CardOptions& all) { return copy(all, all.other); });
  add("snapshot", "keeps a card as it is now, as NAME@LABEL", add_two,
      [](const CardOptions& all) { return copy(all, all.name + "@" + all.other); });
  add("restore", "puts a card back to a snapshot", add_two, [](const CardOptions& all) { return restore(all); });
  add("export", "writes a card to a file, sealed", add_export,
      [](const CardOptions& all) { return move(all, "card.export"); });
  add("import", "takes a card from such a file", add_import, import_one);
  add("destroy", "removes cards and their keys for good", add_names,
      [](const CardOptions& all) { return destroy(all); });
  return {app, [options, commands] {
            for (const auto& [command, run] : *commands)
              if (*command) return told(run(*options));
            return static_cast<int>(kUsage);
          }};
}

}  // namespace cose::app
