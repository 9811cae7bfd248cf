// SPDX-License-Identifier: Apache-2.0
// cose kiosk meter: is the card here, or relayed?
#include <memory>

#include <fmt/core.h>

#include "console.h"
#include "crypto/random.h"
#include "host/files.h"
#include "host/system_clock.h"
#include "iso7816/command_apdu.h"
#include "kiosk/explorer.h"
#include "kiosk/meter.h"
#include "kiosk_output.h"
#include "kiosk_subcommands.h"

namespace cose::app {

namespace {

constexpr auto kDescription = "Measures the round trips of a card against a baseline: direct, suspicious or relayed.";

constexpr auto kExamples = R"(Examples:
  cose kiosk meter pcsc:ACR --baseline acr122.baseline --learn     cards of this kind, known to be here
  cose kiosk meter pcsc:ACR --baseline acr122.baseline             this card
  cose kiosk meter pcsc:ACR --baseline acr122.baseline --html relay.html

A baseline belongs to one reader and one type of card. The card is read as cose kiosk does, --rounds times; where it
offers the relay resistance protocol, that is asked as well. docs/guide/relay-meter.md has what to expect.
Exit codes: 0 direct or learned, 3 suspicious or relayed, 1 no verdict.)";

constexpr std::size_t kMaximumBaseline = 16U << 20;

struct MeterOptions {
  std::string uri;
  std::string baseline_file;
  std::string name;
  std::string html_file;
  int rounds = 5;
  ItemOutput output;
  ClientTlsOptions tls;
  bool learn = false;
};

// C-2 §3.10: up to three exchanges, until the card is as fast as it says.
Result<std::optional<kiosk::ExchangeEvidence>> exchange(iso7816::Card& card, const Clock& clock, Rng& rng) {
  kiosk::ExchangeEvidence evidence;
  for (evidence.exchanges = 1; evidence.exchanges <= terminal::kMaximumRelayExchanges; ++evidence.exchanges) {
    Bytes entropy(4), command, answer;
    COSE_CHECK(rng.fill(entropy));
    COSE_CHECK((iso7816::CommandApduView{.cla = 0x80, .ins = 0xEA, .data = entropy, .le = 256}.encode_to(command)));
    const auto begin = clock.monotonic();
    COSE_CHECK(card.transmit(command, answer));
    const auto elapsed = clock.monotonic() - begin;
    if (answer.size() < 2 || answer[answer.size() - 2] != 0x90) return std::optional<kiosk::ExchangeEvidence>();
    auto parsed = terminal::RelayAnswer::parse(ByteView(answer).first(answer.size() - 2));
    if (!parsed) return std::optional<kiosk::ExchangeEvidence>();
    evidence.answer = *std::move(parsed);
    evidence.measure = terminal::measure_relay({}, evidence.answer, elapsed);
    if (evidence.measure.timing != terminal::RelayTiming::kTooSlow) return std::optional(evidence);
  }
  evidence.exchanges = terminal::kMaximumRelayExchanges;
  return std::optional(evidence);
}

struct Measured {
  std::vector<kiosk::Sample> samples;
  std::optional<kiosk::ExchangeEvidence> evidence;
};

Result<Measured> measure(iso7816::CardSource& source, const MeterOptions& options) {
  constexpr std::uint8_t kRelayResistance = 0x01;
  COSE_TRY(const auto card, source.open());
  const host::SystemClock clock;
  crypto::SystemRng rng;
  kiosk::TimingCard timed(*card, clock);
  Measured measured;
  kiosk::ExploreOptions how;
  how.after_options = [&](iso7816::Card& ready, ByteView profile) -> Status {
    if (profile.size() != 2 || (profile[1] & kRelayResistance) == 0 || measured.evidence) return {};
    COSE_TRY(measured.evidence, exchange(ready, clock, rng));
    return {};
  };
  for (int round = 0; round < options.rounds; ++round) {
    COSE_TRY(const auto item, kiosk::Explorer(timed, clock, rng, how).explore());
  }
  static_cast<void>(timed.power_down());
  measured.samples = timed.samples();
  return measured;
}

Result<kiosk::Baseline> load(const MeterOptions& options) {
  const auto text = host::read_file(options.baseline_file, kMaximumBaseline);
  if (!text && text.error().kind == ErrorKind::kNotFound && options.learn) return kiosk::Baseline();
  if (!text) return std::unexpected(text.error());
  auto baseline = kiosk::Baseline::parse(*text);
  if (!baseline) return std::unexpected(baseline.error().within(options.baseline_file));
  return baseline;
}

Status learn(kiosk::Baseline& baseline, const Measured& measured, const MeterOptions& options) {
  baseline.learn(measured.samples);
  if (!options.name.empty()) baseline.name = options.name;
  if (baseline.name.empty()) baseline.name = options.uri;
  COSE_CHECK(host::write_file(options.baseline_file, as_bytes(baseline.to_text())));
  fmt::print("{}: learned {} round trips of {} instructions\n", options.baseline_file, measured.samples.size(),
             baseline.instructions().size());
  return {};
}

int run(const MeterOptions& options) {
  auto baseline = load(options);
  if (!baseline) return complain_of_usage(baseline.error());
  const host::SystemClock clock;
  const auto defaults = options.tls.defaults();
  if (!defaults) return complain_of_usage(defaults.error());
  host::CardOpener opener(clock, *defaults);
  const auto source = opener.source(options.uri);
  if (!source) return complain_of_usage(source.error());
  const auto measured = measure(**source, options);
  if (!measured) return complain(measured.error());
  if (options.learn) {
    const auto learned = learn(*baseline, *measured, options);
    return learned ? kSuccess : complain(learned.error());
  }
  const auto report = kiosk::judge_relay(*baseline, measured->samples, measured->evidence);
  const auto item = kiosk::item_of(report, *baseline, measured->samples);
  print(item, options.output);
  if (!options.html_file.empty())
    if (const auto written = write_text(options.html_file, kiosk::to_html(item)); !written)
      return complain(written.error());
  if (report.verdict == kiosk::RelayVerdict::kUnknown) return kFailure;
  return report.verdict == kiosk::RelayVerdict::kDirect ? kSuccess : kCardRefused;
}

}  // namespace

Command make_kiosk_meter(CLI::App& kiosk) {
  auto* app = kiosk.add_subcommand("meter", kDescription);
  const auto options = std::make_shared<MeterOptions>();
  app->footer(kExamples);
  app->add_option("URI", options->uri, "the card")->required();
  app->add_option("--baseline", options->baseline_file, "round trips of cards that are here")
      ->required()
      ->type_name("FILE");
  app->add_flag("--learn", options->learn, "add this card's round trips to the baseline");
  app->add_option("--name", options->name, "of reader and card type, with --learn");
  app->add_option("--rounds", options->rounds, "how often the card is read")->check(CLI::Range(1, 100));
  app->add_flag("--json", options->output.json, "verdict and evidence as JSON");
  app->add_flag("--xml", options->output.xml, "the same as XML");
  app->add_option("--html", options->html_file, "also write a page with histograms")->type_name("FILE");
  options->tls.add_to(*app);
  return {app, [options] { return run(*options); }};
}

}  // namespace cose::app
