// SPDX-License-Identifier: Apache-2.0
// cose kiosk: what is on a payment card.
#include <algorithm>
#include <memory>

#include "command.h"
#include "console.h"
#include "crypto/random.h"
#include "host/files.h"
#include "host/system_clock.h"
#include "iso7816/recording_card.h"
#include "kiosk/clf.h"
#include "kiosk/explorer.h"
#include "kiosk_output.h"
#include "kiosk_subcommands.h"
#include "pcsc/monitor.h"

namespace cose::app {

namespace {

constexpr auto kDescription =
    "Reads a payment card: directories, applications, records, counters, log, signatures; takes payments with it.";

constexpr auto kExamples = R"(Examples:
  cose kiosk pcsc:                         the card in the first reader
  cose kiosk grid://127.0.0.1/101 --html card.html
  cose kiosk replay:card.clf               a recording of cardpeek, or our own (.apdu)
  cose kiosk pcsc: --record card.clf --set 9F1A=0276 --set 9F02=000000001234
  cose kiosk pcsc:ACR --watch              each card that is put on that reader
  cose kiosk pay pcsc: --amount 12.34      a payment at a terminal; cose kiosk pay --help
  cose kiosk meter pcsc: --baseline FILE   is the card here, or relayed? cose kiosk meter --help

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
  ItemOutput output;
  bool search = false;
  bool watch = false;
  bool whole_accounts = false;
};

class TranscriptKeeper final : public iso7816::TranscriptSink {
 public:
  void append(iso7816::TranscriptEntry entry) override { transcript.entries.push_back(std::move(entry)); }
  iso7816::Transcript transcript;
};

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
    COSE_CHECK(write_text(options.record_file, options.record_file.ends_with(".clf")
                                                   ? kiosk::to_clf(keeper.transcript)
                                                   : iso7816::to_text(keeper.transcript)));
  if (!item) return std::unexpected(std::move(item).error());
  print(*item, options.output);
  if (!options.html_file.empty()) COSE_CHECK(write_text(options.html_file, kiosk::to_html(*item)));
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
  if (options.uri.empty())
    return complain_of_usage({ErrorKind::kInvalid, "which card? cose kiosk URI, for example cose kiosk pcsc:"});
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
  app->add_option("URI", options->uri, "the card");
  app->add_flag("--json", options->output.json, "the tree as JSON");
  app->add_flag("--xml", options->output.xml, "the tree as XML");
  app->add_option("--html", options->html_file, "also write a page that needs nothing else")->type_name("FILE");
  app->add_option("--record", options->record_file, "write the exchange: .clf as cardpeek does, else as replay: reads")
      ->type_name("FILE");
  app->add_option("--set", options->assignments, "a value of the terminal, such as 9F1A=0276")->type_name("TAG=HEX");
  app->add_option("--keys", options->keys_file, "public keys of authorities (data/emv/ca_keys.txt): check signatures")
      ->type_name("FILE");
  app->add_flag("--bytes", options->output.parts, "show which octets each part of a value is");
  app->add_flag("--search", options->search, "also search by known AIDs when there is a directory");
  app->add_flag("--watch", options->watch, "read each card that comes to the reader, until interrupted");
  app->add_flag("--whole-accounts", options->whole_accounts, "show account numbers whole");
  options->tls.add_to(*app);
  const std::vector<Command> commands = {make_kiosk_pay(*app), make_kiosk_meter(*app)};
  return {app, [options, commands] {
            const auto chosen = std::ranges::find_if(commands, &CLI::App::parsed, &Command::app);
            return chosen != commands.end() ? chosen->run() : run(*options);
          }};
}

}  // namespace cose::app
