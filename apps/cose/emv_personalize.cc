// SPDX-License-Identifier: Apache-2.0
// cose emv personalize: a test bank, and cards of it.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "admin_desk.h"
#include "emv/dictionary.h"
#include "emv_subcommands.h"
#include "host/files.h"
#include "host/payment_personalizer.h"
#include "host/payment_profile_file.h"
#include "many_cards.h"

namespace cose::app {

namespace {

constexpr auto kDescription = "Makes payment cards of a test bank: keys, certificates and data, onto cards.";

constexpr auto kExamples = R"(Examples:
  cose cap build applets/payment -o payment.cap
  cose emv personalize visa.toml --bank bank --on sim:cards/1 --cap payment.cap
  cose emv personalize visa.toml --bank bank --on grid://127.0.0.1 --all --cap payment.cap --jobs 16

The bank's keys are made when the folder has none, and kept: ca_keys.txt is for terminals (cose kiosk --keys),
issuer.toml for cose emv issuer. With several cards, each gets the next account number. What the card had under the
same names is deleted. The profile is described in docs/formats/payment-profile.md; test keys and test accounts only.)";

constexpr std::size_t kBarWidth = 32;

struct PersonalizeOptions {
  std::string profile;
  std::string bank;
  std::string cap;
  std::string script;
  std::vector<std::string> uris;
  unsigned jobs = kDefaultJobs;
  unsigned first = 0;
  bool all = false;
  AdminOptions admin;
};

struct Outcome {
  std::string uri;
  emv::CardData card;
  Status done;
};

class Bar {
 public:
  explicit Bar(std::size_t total) : total_(total), draws_(isatty(STDERR_FILENO) == 1) {}

  void count() {
    const std::lock_guard lock(mutex_);
    ++done_;
    if (!draws_) return;
    const auto filled = done_ * kBarWidth / total_;
    std::fprintf(stderr, "\rpersonalising [%s%s] %zu of %zu cards%s", std::string(filled, '#').c_str(),
                 std::string(kBarWidth - filled, '.').c_str(), done_, total_, done_ == total_ ? "\n" : "");
    std::fflush(stderr);
  }

 private:
  std::mutex mutex_;
  std::size_t done_ = 0;
  std::size_t total_;
  bool draws_;
};

// What all cards share.
struct Run {
  const host::PaymentProfileFile& file;
  const host::PaymentAuthority& authority;
  const gphost::Login& login;
  const admin::LoadFile* package;
  gphost::AttemptLedger& ledger;
};

Status personalize_one(iso7816::CardSource& source, const emv::CardData& card, const Run& run) {
  crypto::SystemRng rng;
  COSE_TRY(const auto instances, host::make_payment_instances(run.file.profile, card, run.authority, rng));
  COSE_TRY(const auto opened, source.open());
  COSE_TRY(const auto atr, opened->power_up(iso7816::ResetKind::kCold));
  gphost::Session session(*opened, rng, run.ledger);
  const auto work = [&]() -> Status {
    COSE_TRY(const auto domain, session.select_issuer_domain());
    COSE_CHECK(session.authenticate(run.login));
    return host::personalize_payment(session, instances, run.package);
  };
  auto done = work();
  static_cast<void>(opened->power_down());
  return done;
}

void report(const std::vector<Outcome>& outcomes, bool json) {
  for (const auto& outcome : outcomes) {
    const auto pan = emv::masked_account(outcome.card.account.pan);
    if (json) {
      nlohmann::ordered_json line{{"card", outcome.uri}, {"pan", pan}, {"sequence", outcome.card.account.sequence}};
      if (!outcome.done) line["error"] = outcome.done.error().message;
      std::cout << line.dump() << "\n";
    } else if (outcome.done) {
      fmt::print("{}  {}  {}\n", outcome.uri, coloured(Colour::kGood, "personalised"), pan);
    } else {
      fmt::print("{}  {}  {}\n", outcome.uri, coloured(Colour::kBad, "failed"), outcome.done.error().message);
    }
  }
}

Result<std::vector<Outcome>> plan(const host::PaymentProfileFile& file, const std::vector<std::string>& uris,
                                  unsigned first) {
  std::vector<Outcome> outcomes;
  for (const auto& uri : uris) {
    COSE_TRY(auto card, file.numbered(first + static_cast<unsigned>(outcomes.size())));
    outcomes.push_back({uri, std::move(card), {}});
  }
  return outcomes;
}

Status work_on(std::vector<Outcome>& outcomes, host::CardOpener& opener, const Run& run, unsigned jobs) {
  std::vector<std::shared_ptr<iso7816::CardSource>> sources;
  for (const auto& outcome : outcomes) {
    COSE_TRY(auto source, opener.source(outcome.uri));
    sources.push_back(std::move(source));
  }
  Bar bar(outcomes.size());
  work_side_by_side(outcomes.size(), jobs, [&](std::size_t at) {
    outcomes[at].done = personalize_one(*sources[at], outcomes[at].card, run);
    bar.count();
  });
  return {};
}

Result<std::optional<admin::LoadFile>> package_of(const std::string& file) {
  if (file.empty()) return std::nullopt;
  COSE_TRY(auto package, admin::LoadFile::read(file));
  if (!equal(package.package, host::payment_package()))
    return fail(ErrorKind::kInvalid, file + ": expected the package of applets/payment");
  return package;
}

// The card of the script counts as made.
Status write_script(const PersonalizeOptions& options, host::PaymentProfileFile& file) {
  if (options.cap.empty()) return fail(ErrorKind::kInvalid, "--script needs --cap: where is the applet?");
  crypto::SystemRng rng;
  COSE_TRY(auto authority, host::PaymentAuthority::open(options.bank, std::move(file.authority), rng));
  COSE_TRY(const auto card, file.numbered(options.first));
  COSE_TRY(const auto instances, host::make_payment_instances(file.profile, card, authority, rng));
  COSE_CHECK(host::write_file(options.script, as_bytes(host::personalization_script(instances, options.cap))));
  authority.note(card);
  COSE_CHECK(authority.save());
  fmt::print("{} makes a card of account {}\n", options.script, emv::masked_account(card.account.pan));
  return {};
}

int run(const PersonalizeOptions& options) {
  auto file = host::load_payment_profile(options.profile);
  if (!file) return complain_of_usage(file.error());
  if (!options.script.empty()) {
    const auto written = write_script(options, *file);
    return written ? kSuccess : complain_of_usage(written.error());
  }
  const auto package = package_of(options.cap);
  if (!package) return complain_of_usage(package.error());
  const auto login = options.admin.login();
  if (!login) return complain_of_usage(login.error());
  auto defaults = options.admin.tls.defaults();
  if (!defaults) return complain_of_usage(defaults.error());
  const host::SystemClock clock;
  host::CardOpener opener(clock, *std::move(defaults));
  const auto uris = expand_cards(opener, options.uris, options.all ? Width::kAll : Width::kAsNamed);
  if (!uris) return complain_of_usage(uris.error());
  auto outcomes = plan(*file, *uris, options.first);
  if (!outcomes) return complain_of_usage(outcomes.error());
  crypto::SystemRng rng;
  auto authority = host::PaymentAuthority::open(options.bank, std::move(file->authority), rng);
  if (!authority) return complain(authority.error());
  SharedLedger ledger(ledger_file());
  const auto start = clock.monotonic();
  const Run shared{*file, *authority, *login, *package ? &**package : nullptr, ledger};
  if (const auto done = work_on(*outcomes, opener, shared, options.jobs); !done) return complain_of_usage(done.error());
  const auto seconds = std::chrono::duration<double>(clock.monotonic() - start).count();
  report(*outcomes, options.admin.json);
  std::size_t failed = 0;
  for (const auto& outcome : *outcomes) {
    if (outcome.done)
      authority->note(outcome.card);
    else
      ++failed;
  }
  if (const auto saved = authority->save(); !saved) return complain(saved.error());
  fmt::print(stderr, "{} cards: {} personalised, {} failed; {:.2f} s\n", outcomes->size(), outcomes->size() - failed,
             failed, seconds);
  return failed == 0 ? kSuccess : kFailure;
}

}  // namespace

Command make_emv_personalize(CLI::App& emv) {
  auto* app = emv.add_subcommand("personalize", kDescription);
  const auto options = std::make_shared<PersonalizeOptions>();
  app->footer(kExamples);
  app->add_option("PROFILE", options->profile, "what the cards are (TOML)")->required();
  app->add_option("--bank", options->bank, "folder of the test bank; made when it is not there")->required();
  app->add_option("--on", options->uris, "a card, or with --all a grid; may be repeated");
  app->add_flag("--all", options->all, "all cards of the grids named; without --on, of this machine's readers");
  app->add_option("--cap", options->cap, "load the applet from this CAP file where it is missing");
  app->add_option("--script", options->script, "no card: write a script for `cose admin URI run` that makes the first")
      ->type_name("FILE");
  app->add_option("--first", options->first, "the first card gets so much higher an account number");
  app->add_option("--jobs", options->jobs, "cards worked on at the same time")
      ->check(CLI::Range(1U, kMaximumJobs))
      ->capture_default_str();
  options->admin.add_to(*app);
  return {app, [options] { return run(*options); }};
}

}  // namespace cose::app
