// SPDX-License-Identifier: Apache-2.0
// cose admin apply: one plan, many cards side by side.
#include <algorithm>
#include <chrono>
#include <iostream>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "admin_subcommands.h"
#include "host/plan_file.h"
#include "many_cards.h"

namespace cose::app {

namespace {

struct ApplyOptions {
  std::string plan;
  std::vector<std::string> uris;
  bool all = false;
  unsigned jobs = kDefaultJobs;
};

struct CardResult {
  std::string uri;
  std::shared_ptr<iso7816::CardSource> source;
  Result<std::vector<admin::Change>> changes = std::vector<admin::Change>();
};

Result<std::vector<admin::Change>> apply_to(iso7816::CardSource& source, const admin::Plan& plan, Rng& rng,
                                            gphost::AttemptLedger& ledger) {
  COSE_TRY(const auto card, source.open());
  COSE_TRY(const auto atr, card->power_up(iso7816::ResetKind::kCold));
  gphost::Session session(*card, rng, ledger);
  auto changes = admin::apply(session, plan);
  static_cast<void>(card->power_down());
  return changes;
}

void work_on(std::vector<CardResult>& cards, const admin::Plan& plan, unsigned jobs) {
  SharedLedger ledger(ledger_file());
  crypto::SystemRng rng;
  work_side_by_side(cards.size(), jobs,
                    [&](std::size_t at) { cards[at].changes = apply_to(*cards[at].source, plan, rng, ledger); });
}

bool has_changed(const CardResult& card) {
  return card.changes && std::ranges::any_of(*card.changes, [](const auto& change) {
           return change.outcome == admin::Outcome::kChanged;
         });
}

void print_json(const std::vector<CardResult>& cards) {
  for (const auto& card : cards) {
    nlohmann::ordered_json json{{"card", card.uri}};
    if (card.changes) {
      json["changed"] = nlohmann::ordered_json::array();
      json["unchanged"] = nlohmann::ordered_json::array();
      for (const auto& change : *card.changes)
        json[change.outcome == admin::Outcome::kChanged ? "changed" : "unchanged"].push_back(change.what);
    } else {
      json["error"] = card.changes.error().message;
    }
    std::cout << json.dump() << "\n";
  }
}

void print_table(const std::vector<CardResult>& cards) {
  std::size_t width = 0;
  for (const auto& card : cards) width = std::max(width, card.uri.size());
  for (const auto& card : cards) {
    const auto name = fmt::format("{:{}}", card.uri, width);
    if (!card.changes) {
      fmt::print("{}  {}  {}\n", name, coloured(Colour::kBad, "failed   "), card.changes.error().message);
      continue;
    }
    if (!has_changed(card)) fmt::print("{}  {}\n", name, coloured(Colour::kDim, "unchanged"));
    for (const auto& change : *card.changes)
      if (change.outcome == admin::Outcome::kChanged)
        fmt::print("{}  {}  {}\n", name, coloured(Colour::kGood, "changed  "), change.what);
  }
}

int apply(const AdminOptions& options, const ApplyOptions& what) {
  auto plan = host::load_plan(what.plan);
  if (!plan) return complain_of_usage(plan.error());
  plan->login.ignores_failures = options.insists;
  const host::SystemClock clock;
  auto defaults = options.tls.defaults();
  if (!defaults) return complain_of_usage(defaults.error());
  host::CardOpener opener(clock, *std::move(defaults));
  const auto uris = expand_cards(opener, what.uris, what.all ? Width::kAll : Width::kAsNamed);
  if (!uris) return complain_of_usage(uris.error());
  if (uris->empty()) return complain_of_usage({ErrorKind::kInvalid, "which cards? --on URI, or --all"});
  std::vector<CardResult> cards;
  for (const auto& uri : *uris) {
    auto source = opener.source(host::CardUri::parse(uri) ? uri : "pcsc:" + uri);
    if (!source) return complain_of_usage(source.error());
    cards.push_back({uri, *std::move(source)});
  }
  const auto start = clock.monotonic();
  work_on(cards, *plan, what.jobs);
  const auto seconds = std::chrono::duration<double>(clock.monotonic() - start).count();
  const auto failed = std::ranges::count_if(cards, [](const auto& card) { return !card.changes; });
  const auto changed = std::ranges::count_if(cards, has_changed);
  if (options.json)
    print_json(cards);
  else
    print_table(cards);
  fmt::print(stderr, "{} cards: {} changed, {} failed; {:.2f} s, {:.0f} cards/s\n", cards.size(), changed, failed,
             seconds, static_cast<double>(cards.size()) / std::max(seconds, 1e-9));
  return failed == 0 ? kSuccess : kFailure;
}

}  // namespace

void add_apply_verb(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* verb = add_verb(admin, "apply", "makes cards be as a plan says; what is so already stays untouched");
  const auto what = std::make_shared<ApplyOptions>();
  verb->add_option("PLAN", what->plan, "the plan (TOML)")->required();
  verb->add_option("--on", what->uris, "a card, or with --all a grid; may be repeated");
  verb->add_flag("--all", what->all, "all cards of the grids named; without --on, of this machine's readers");
  verb->add_option("--jobs", what->jobs, "cards worked on at the same time")
      ->check(CLI::Range(1U, kMaximumJobs))
      ->capture_default_str();
  verbs.push_back({verb, [options, what] { return apply(*options, *what); }});
}

}  // namespace cose::app
