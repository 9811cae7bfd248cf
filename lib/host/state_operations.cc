// SPDX-License-Identifier: Apache-2.0
#include "host/state_operations.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "crypto/random.h"
#include "host/files.h"
#include "host/key_file.h"
#include "host/stored_cards.h"
#include "vault/card_export.h"

namespace cose::host {

namespace {

using fleet::Fleet;
using nlohmann::json;
using vault::Vault;

constexpr std::size_t kMaximumExport = std::size_t{64} << 20;
// How many new cards share a flush, and how many are looked at before commands have a turn.
constexpr std::size_t kGroup = 256;

struct Work {
  StateDirectory& directory;
  const Clock& clock;
  const json& request;

  [[nodiscard]] std::string text(const char* key) const { return request.value(key, std::string{}); }
  [[nodiscard]] std::vector<std::string> texts(const char* key) const {
    return request.value(key, std::vector<std::string>{});
  }
};

// ---- cards ----

// Many wait for one flush; the first failure is told.
Status create_group(const Work& work, std::span<const std::string> names, fleet::CardFactory& maker) {
  const auto role = work.request.value("template", false) ? Vault::Role::kTemplate : Vault::Role::kCard;
  return work.directory.administer([&](Fleet& fleet, const Fleet::Done& done) {
    struct Waiting {
      std::size_t left;
      Status result;
    };
    const auto waiting = std::make_shared<Waiting>(names.size(), Status{});
    for (const auto& name : names)
      fleet.create(
          name, work.text("from"), role,
          [waiting, done, name](const Status& status) {
            if (!status && waiting->result) waiting->result = std::unexpected(status.error().within(name));
            if (--waiting->left == 0) done(waiting->result);
          },
          &maker);
  });
}

Result<json> create(const Work& work) {
  StoredCards maker(work.clock, {.profile_file = work.text("profile"), .load = work.texts("load")});
  const auto names = work.texts("names");
  for (std::size_t made = 0; made < names.size(); made += kGroup)
    COSE_CHECK(create_group(work, std::span(names).subspan(made, std::min(kGroup, names.size() - made)), maker));
  return json();
}

Result<std::vector<vault::CardDescription>> all_cards(StateDirectory& directory) {
  std::vector<vault::CardDescription> cards;
  COSE_CHECK(directory.look([&](const Fleet&, const Vault& vault) {
    return vault.visit([&](const vault::CardDescription& card) -> Status {
      cards.push_back(card);
      return {};
    });
  }));
  return cards;
}

Result<json> list(const Work& work) {
  COSE_TRY(const auto cards, all_cards(work.directory));
  std::map<store::CardId, std::string> names;
  for (const auto& card : cards) names[card.card] = card.name;
  auto all = json::array();
  for (const auto& card : cards) {
    const auto made_from = names.find(card.made_from);
    all.push_back({{"name", card.name},
                   {"template", card.is_template},
                   {"from", made_from == names.end() ? "" : made_from->second},
                   {"changes", card.changes}});
  }
  return all;
}

Result<json> copy(const Work& work) {
  COSE_CHECK(work.directory.administer(
      [&](Fleet& fleet, const Fleet::Done& done) { fleet.copy(work.text("name"), work.text("other"), done); }));
  return json();
}

Result<json> replace(const Work& work) {
  COSE_CHECK(work.directory.administer(
      [&](Fleet& fleet, const Fleet::Done& done) { fleet.replace(work.text("name"), work.text("other"), done); }));
  return json();
}

Result<json> destroy(const Work& work) {
  for (const auto& name : work.texts("names"))
    COSE_CHECK(work.directory.administer([&](Fleet& fleet, const Fleet::Done& done) { fleet.destroy(name, done); }));
  return json();
}

Result<vault::LocalMasterKey> transport_key(const Work& work, Rng& rng) {
  auto key = read_key_file(work.text("key"));
  if (!key) return std::unexpected(key.error());
  return vault::LocalMasterKey::create(*std::move(key), rng);
}

Result<json> export_one(const Work& work) {
  crypto::SystemRng rng;
  COSE_TRY(auto key, transport_key(work, rng));
  const auto name = work.text("name");
  vault::Sections sections;
  COSE_CHECK(work.directory.administer([&](Fleet& fleet, Vault&) -> Status {
    COSE_TRY(sections, fleet.sections(name));
    return {};
  }));
  COSE_TRY(const auto octets, vault::export_card(name, sections, key));
  COSE_CHECK(write_file(work.text("file"), octets));
  return json();
}

Result<json> import_one(const Work& work) {
  crypto::SystemRng rng;
  COSE_TRY(auto key, transport_key(work, rng));
  COSE_TRY(const auto text, read_file(work.text("file"), kMaximumExport));
  auto card = vault::import_card(as_bytes(text), key);
  if (!card) return std::unexpected(card.error().within(work.text("file")));
  const auto name = work.text("name").empty() ? card->name : work.text("name");
  COSE_CHECK(work.directory.administer(
      [&](Fleet& fleet, const Fleet::Done& done) { fleet.import(name, card->sections, done); }));
  return json();
}

// ---- the store ----

// Opens every card, as waking it would. One that was destroyed meanwhile is no problem.
Status check_cards(StateDirectory& directory, std::vector<std::string>& problems) {
  COSE_TRY(const auto cards, all_cards(directory));
  for (std::size_t from = 0; from < cards.size(); from += kGroup)
    COSE_CHECK(directory.administer([&](Fleet&, Vault& vault) -> Status {
      for (const auto& card : std::span(cards).subspan(from, std::min(kGroup, cards.size() - from))) {
        const auto loaded = vault.load(card.card);
        if (!loaded && loaded.error().kind != ErrorKind::kNotFound &&
            problems.size() < store::CheckReport::kMaximumProblems)
          problems.push_back(card.name + ": " + loaded.error().message);
      }
      return {};
    }));
  return {};
}

Result<json> check(const Work& work) {
  COSE_TRY(auto report, work.directory.store().check());
  COSE_CHECK(check_cards(work.directory, report.problems));
  return json{
      {"cards", report.cards}, {"pages", report.pages}, {"records", report.records}, {"problems", report.problems}};
}

Result<json> statistics(const Work& work) {
  COSE_TRY(const auto statistics, work.directory.store().statistics());
  return json{{"format", store::RocksStore::kFormat},  {"cards", statistics.cards},
              {"disk_octets", statistics.disk_octets}, {"flushes", statistics.flushes},
              {"log_octets", statistics.log_octets},   {"memory_octets", statistics.cache_octets}};
}

Result<json> compact(const Work& work) {
  COSE_CHECK(work.directory.store().compact());
  return json();
}

Result<json> backup(const Work& work) {
  COSE_CHECK(work.directory.store().backup(work.text("target")));
  return json();
}

Result<json> rotate(const Work& work) {
  COSE_TRY(const auto keys, work.directory.rotate(work.text("key")));
  return json(keys);
}

struct Row {
  std::string_view name;
  Result<json> (*run)(const Work&);
};

constexpr std::array kOperations{
    Row{"card.create", create},     Row{"card.list", list},       Row{"card.copy", copy},
    Row{"card.replace", replace},   Row{"card.destroy", destroy}, Row{"card.export", export_one},
    Row{"card.import", import_one}, Row{"store.check", check},    Row{"store.stats", statistics},
    Row{"store.compact", compact},  Row{"store.backup", backup},  Row{"store.rotate", rotate},
};

Result<json> run(StateDirectory& directory, const Clock& clock, std::string_view text) {
  const auto request = json::parse(text, nullptr, false);
  if (!request.is_object()) return fail(ErrorKind::kInvalid, "expected a request in JSON");
  const auto name = request.value("do", std::string{});
  const auto* found = std::ranges::find(kOperations, name, &Row::name);
  if (found == kOperations.end()) return fail(ErrorKind::kUnsupported, "unknown request \"" + name + "\"");
  return found->run({directory, clock, request});
}

constexpr std::array kKinds{ErrorKind::kInvalid,     ErrorKind::kUnsupported,  ErrorKind::kNotFound, ErrorKind::kBusy,
                            ErrorKind::kRefused,     ErrorKind::kLimit,        ErrorKind::kTimeout,  ErrorKind::kClosed,
                            ErrorKind::kCardRemoved, ErrorKind::kUnresponsive, ErrorKind::kIo};

}  // namespace

std::string operate(StateDirectory& directory, const Clock& clock, std::string_view request) {
  // A value of another type than its key has.
  auto done = [&]() -> Result<json> {
    try {
      return run(directory, clock, request);
    } catch (const json::exception& error) {
      return fail(ErrorKind::kInvalid, error.what());
    }
  }();
  const auto answer = done ? json{{"result", *std::move(done)}}
                           : json{{"error", done.error().message}, {"kind", to_string(done.error().kind)}};
  return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<std::string> result_of(std::string_view answer) {
  const auto parsed = json::parse(answer, nullptr, false);
  if (parsed.is_object() && parsed.contains("result")) return parsed["result"].dump();
  if (!parsed.is_object() || !parsed.contains("error") || !parsed["error"].is_string())
    return fail(ErrorKind::kInternal, "the process that has the state answered nothing that is known");
  const auto word = parsed.contains("kind") && parsed["kind"].is_string() ? parsed["kind"].get<std::string>() : "";
  const auto* kind = std::ranges::find(kKinds, word, [](ErrorKind each) { return to_string(each); });
  return fail(kind == kKinds.end() ? ErrorKind::kInternal : *kind, parsed["error"].get<std::string>());
}

}  // namespace cose::host
