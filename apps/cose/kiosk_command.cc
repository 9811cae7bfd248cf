// SPDX-License-Identifier: Apache-2.0
// cose kiosk: what is on a payment card.
#include <fstream>
#include <iostream>
#include <memory>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "bytes/hex.h"
#include "command.h"
#include "console.h"
#include "crypto/random.h"
#include "host/files.h"
#include "host/system_clock.h"
#include "iso7816/recording_card.h"
#include "kiosk/clf.h"
#include "kiosk/explorer.h"
#include "pcsc/monitor.h"

namespace cose::app {

namespace {

constexpr auto kDescription = "Reads a payment card: directories, applications, records, counters, log, signatures.";

constexpr auto kExamples = R"(Examples:
  cose kiosk pcsc:                         the card in the first reader
  cose kiosk grid://127.0.0.1/101 --html card.html
  cose kiosk replay:card.clf               a recording of cardpeek, or our own (.apdu)
  cose kiosk pcsc: --record card.clf --set 9F1A=0276 --set 9F02=000000001234
  cose kiosk pcsc:ACR --watch              each card that is put on that reader

Reads only, though the card counts the reading as a transaction that was begun. Account numbers are masked, with their
octets left out of every output, unless --whole-accounts is given; recordings hold what the card said, whole.)";

constexpr std::size_t kMaximumKeyFile = 1U << 20;

struct KioskOptions {
  std::string uri;
  std::string record_file;
  std::string html_file;
  std::string keys_file;
  std::vector<std::string> assignments;
  ClientTlsOptions tls;
  bool json = false;
  bool xml = false;
  bool parts = false;
  bool search = false;
  bool watch = false;
  bool whole_accounts = false;
};

nlohmann::ordered_json to_json(const kiosk::Item& item) {
  nlohmann::ordered_json made{{"title", item.title}};
  if (item.kind == kiosk::ItemKind::kProblem) made["problem"] = true;
  if (item.kind == kiosk::ItemKind::kCheck) made["passed"] = true;
  if (item.tag) made["tag"] = item.tag->to_string();
  if (!item.text.empty()) made["text"] = item.text;
  if (item.hidden) made["hidden"] = true;
  if (!item.value.empty()) made["value"] = to_hex(item.value);
  for (const auto& part : item.parts)
    made["parts"].push_back({{"start", part.start}, {"size", part.size}, {"text", part.text}});
  for (const auto& child : item.children) made["children"].push_back(to_json(child));
  return made;
}

Status write_file(const std::string& name, std::string_view text) {
  std::ofstream file(name, std::ios::trunc);
  file << text;
  if (!file.flush()) return fail(ErrorKind::kIo, name + ": cannot be written");
  return {};
}

class TranscriptKeeper final : public iso7816::TranscriptSink {
 public:
  void append(iso7816::TranscriptEntry entry) override { transcript.entries.push_back(std::move(entry)); }
  iso7816::Transcript transcript;
};

void print(const kiosk::Item& item, const KioskOptions& options) {
  if (options.json)
    std::cout << to_json(item).dump(2, ' ', true, nlohmann::json::error_handler_t::replace) << "\n";
  else if (options.xml)
    std::cout << kiosk::to_xml(item);
  else
    std::cout << kiosk::to_text(
        item, {.colours = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr, .parts = options.parts});
  std::cout << std::flush;
}

Status explore_one(iso7816::CardSource& source, const KioskOptions& options, const kiosk::ExploreOptions& how) {
  COSE_TRY(auto opened, source.open());
  TranscriptKeeper keeper;
  iso7816::RecordingCard card(std::move(opened), keeper);
  const host::SystemClock clock;
  crypto::SystemRng rng;
  auto item = kiosk::Explorer(card, clock, rng, how).explore();
  const auto down = card.power_down();
  // What was said before it broke off is worth keeping, too.
  if (!options.record_file.empty())
    COSE_CHECK(write_file(options.record_file, options.record_file.ends_with(".clf")
                                                   ? kiosk::to_clf(keeper.transcript)
                                                   : iso7816::to_text(keeper.transcript)));
  if (!item) return std::unexpected(std::move(item).error());
  print(*item, options);
  if (!options.html_file.empty()) COSE_CHECK(write_file(options.html_file, kiosk::to_html(*item)));
  return down;
}

// Each card once, as it comes.
Status watch(iso7816::CardSource& source, const KioskOptions& options, const kiosk::ExploreOptions& how) {
  pcsc::ReaderMonitor monitor;
  for (;;) {
    COSE_TRY(const auto changes, monitor.wait(std::chrono::hours(1)));
    for (const auto& change : changes) {
      if (change.kind != pcsc::ReaderChange::Kind::kCardInserted) continue;
      if (source.presence() != iso7816::Presence::kPresent) continue;
      if (const auto read = explore_one(source, options, how); !read) complain(read.error());
    }
  }
}

Result<kiosk::ExploreOptions> make_options(const KioskOptions& options, emv::CaKeys& keys) {
  kiosk::ExploreOptions how;
  how.accounts = options.whole_accounts ? emv::Accounts::kWhole : emv::Accounts::kMasked;
  how.search = options.search;
  for (const auto& assignment : options.assignments) COSE_CHECK(how.profile.set(assignment));
  if (!options.keys_file.empty()) {
    COSE_TRY(const auto text, host::read_file(options.keys_file, kMaximumKeyFile));
    auto parsed = emv::CaKeys::parse(text);
    if (!parsed) return std::unexpected(parsed.error().within(options.keys_file));
    keys = *std::move(parsed);
    how.authorities = &keys;
  }
  return how;
}

int run(const KioskOptions& options) {
  emv::CaKeys keys;
  const auto how = make_options(options, keys);
  if (!how) return complain_of_usage(how.error());
  const host::SystemClock clock;
  const auto defaults = options.tls.defaults();
  if (!defaults) return complain_of_usage(defaults.error());
  host::CardOpener opener(clock, *defaults);
  const auto source = opener.source(options.uri);
  if (!source) return complain_of_usage(source.error());
  if (options.watch && !options.uri.starts_with("pcsc:"))
    return complain_of_usage({ErrorKind::kInvalid, "--watch is for readers: pcsc:TEXT"});
  const auto done = options.watch ? watch(**source, options, *how) : explore_one(**source, options, *how);
  return done ? kSuccess : complain(done.error());
}

}  // namespace

Command make_kiosk(CLI::App& parent) {
  auto* app = parent.add_subcommand("kiosk", kDescription);
  const auto options = std::make_shared<KioskOptions>();
  app->footer(kExamples);
  app->add_option("URI", options->uri, "the card")->required();
  app->add_flag("--json", options->json, "the tree as JSON");
  app->add_flag("--xml", options->xml, "the tree as XML");
  app->add_option("--html", options->html_file, "also write a page that needs nothing else")->type_name("FILE");
  app->add_option("--record", options->record_file, "write the exchange: .clf as cardpeek does, else as replay: reads")
      ->type_name("FILE");
  app->add_option("--set", options->assignments, "a value of the terminal, such as 9F1A=0276")->type_name("TAG=HEX");
  app->add_option("--keys", options->keys_file, "public keys of authorities (data/emv/ca_keys.txt): check signatures")
      ->type_name("FILE");
  app->add_flag("--bytes", options->parts, "show which octets each part of a value is");
  app->add_flag("--search", options->search, "also search by known AIDs when there is a directory");
  app->add_flag("--watch", options->watch, "read each card that comes to the reader, until interrupted");
  app->add_flag("--whole-accounts", options->whole_accounts, "show account numbers whole");
  options->tls.add_to(*app);
  return {app, [options] { return run(*options); }};
}

}  // namespace cose::app
