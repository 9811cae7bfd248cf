// SPDX-License-Identifier: Apache-2.0
// cose card: the software cards of a state directory.
#include <fstream>
#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "command.h"
#include "console.h"
#include "crypto/random.h"
#include "host/files.h"
#include "host/key_file.h"
#include "state_options.h"
#include "vault/card_export.h"

namespace cose::app {

namespace {

using fleet::Fleet;
using vault::Vault;

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

The first create makes the directory, and beside it DIR.key, the key to all its cards: keep that elsewhere, and safe.)";

constexpr std::size_t kMaximumExport = std::size_t{64} << 20;
// How many new cards share a flush.
constexpr std::size_t kGroup = 256;

struct CardOptions {
  StateCommandOptions state;
  std::vector<std::string> names;
  std::string name;
  std::string other;
  std::string file;
  std::string key_file;
  std::string from;
  host::NewCards wanted;
  std::size_t count = 0;
  bool is_template = false;
};

Status on_fleet(OpenState& open, const std::function<void(Fleet&, Fleet::Done)>& operation) {
  COSE_CHECK(open.directory ? Status{} : std::unexpected(open.directory.error()));
  return (*open.directory)->administer(operation);
}

std::vector<std::string> names_to_make(const CardOptions& options) {
  if (options.count == 0) return options.names;
  std::vector<std::string> names;
  for (const auto& name : options.names)
    for (std::size_t number = 1; number <= options.count; ++number) names.push_back(name + std::to_string(number));
  return names;
}

// Many wait for one flush; the first failure is told.
Status create_group(OpenState& open, const CardOptions& options, std::span<const std::string> names) {
  const auto role = options.is_template ? Vault::Role::kTemplate : Vault::Role::kCard;
  return on_fleet(open, [&](Fleet& fleet, const Fleet::Done& done) {
    struct Waiting {
      std::size_t left;
      Status result;
    };
    const auto waiting = std::make_shared<Waiting>(names.size(), Status{});
    for (const auto& name : names)
      fleet.create(name, options.from, role, [waiting, done, name](const Status& status) {
        if (!status && waiting->result) waiting->result = std::unexpected(status.error().within(name));
        if (--waiting->left == 0) done(waiting->result);
      });
  });
}

Status create(CardOptions& options) {
  options.state.state.if_missing = store::IfMissing::kCreate;
  OpenState open(options.state, options.wanted);
  const auto names = names_to_make(options);
  for (std::size_t made = 0; made < names.size(); made += kGroup)
    COSE_CHECK(create_group(open, options, std::span(names).subspan(made, std::min(kGroup, names.size() - made))));
  return {};
}

Status list(const CardOptions& options) {
  OpenState open(options.state, {});
  COSE_CHECK(open.directory ? Status{} : std::unexpected(open.directory.error()));
  std::map<store::CardId, std::string> names;
  std::vector<vault::CardDescription> cards;
  COSE_CHECK((*open.directory)->look([&](const Fleet&, const Vault& vault) {
    return vault.visit([&](const vault::CardDescription& card) -> Status {
      names[card.card] = card.name;
      cards.push_back(card);
      return {};
    });
  }));
  auto all = nlohmann::json::array();
  for (const auto& card : cards) {
    const auto made_from = names.contains(card.made_from) ? names.at(card.made_from) : std::string{};
    if (options.state.json)
      all.push_back(
          {{"name", card.name}, {"template", card.is_template}, {"from", made_from}, {"changes", card.changes}});
    else
      std::cout << fmt::format("{}{}{}  {} changes\n", card.name, card.is_template ? "  template" : "",
                               made_from.empty() ? "" : "  from " + made_from, card.changes);
  }
  if (options.state.json) std::cout << all.dump(2) << '\n';
  return {};
}

Status copy(const CardOptions& options, const std::string& from, const std::string& to) {
  OpenState open(options.state, {});
  return on_fleet(open, [&](Fleet& fleet, const Fleet::Done& done) { fleet.copy(from, to, done); });
}

Status restore(const CardOptions& options) {
  OpenState open(options.state, {});
  return on_fleet(open, [&](Fleet& fleet, const Fleet::Done& done) {
    fleet.replace(options.name, options.name + "@" + options.other, done);
  });
}

Status destroy(const CardOptions& options) {
  OpenState open(options.state, {});
  for (const auto& name : options.names)
    COSE_CHECK(on_fleet(open, [&](Fleet& fleet, const Fleet::Done& done) { fleet.destroy(name, done); }));
  return {};
}

Result<vault::LocalMasterKey> transport_key(const CardOptions& options, Rng& rng) {
  auto key = host::read_key_file(options.key_file);
  if (!key) return std::unexpected(key.error());
  return vault::LocalMasterKey::create(*std::move(key), rng);
}

Status export_one(const CardOptions& options) {
  crypto::SystemRng rng;
  COSE_TRY(auto key, transport_key(options, rng));
  OpenState open(options.state, {});
  COSE_CHECK(open.directory ? Status{} : std::unexpected(open.directory.error()));
  COSE_TRY(const auto sections,
           (*open.directory)->look([&](Fleet& fleet, const Vault&) { return fleet.sections(options.name); }));
  COSE_TRY(const auto octets, vault::export_card(options.name, sections, key));
  return host::write_file(options.file, octets);
}

Status import_one(CardOptions& options) {
  crypto::SystemRng rng;
  COSE_TRY(auto key, transport_key(options, rng));
  COSE_TRY(const auto text, host::read_file(options.file, kMaximumExport));
  auto card = vault::import_card(as_bytes(text), key);
  if (!card) return std::unexpected(card.error().within(options.file));
  options.state.state.if_missing = store::IfMissing::kCreate;
  OpenState open(options.state, {});
  const auto& name = options.name.empty() ? card->name : options.name;
  return on_fleet(open, [&](Fleet& fleet, const Fleet::Done& done) { fleet.import(name, card->sections, done); });
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
  app.add_option("--profile", options.wanted.profile_file, "what kind of card (docs/formats/card-profile.md)")
      ->type_name("FILE");
  app.add_option("--load", options.wanted.load, "CAP files to be on it, with their applets")->type_name("FILE");
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
      [](const CardOptions& all) { return copy(all, all.name, all.other); });
  add("snapshot", "keeps a card as it is now, as NAME@LABEL", add_two,
      [](const CardOptions& all) { return copy(all, all.name, all.name + "@" + all.other); });
  add("restore", "puts a card back to a snapshot", add_two, [](const CardOptions& all) { return restore(all); });
  add("export", "writes a card to a file, sealed", add_export, [](const CardOptions& all) { return export_one(all); });
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
