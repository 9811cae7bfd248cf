// SPDX-License-Identifier: Apache-2.0
// cose relay: a card, wherever it is, in a reader of this machine.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "bytes/hex.h"
#include "command.h"
#include "console.h"
#include "host/system_clock.h"
#include "iso7816/masking.h"
#include "iso7816/status_word.h"
#include "relay/nfc_face.h"
#include "relay/reader_service.h"
#include "relay/vpcd_face.h"
#include "relay/vpcd_frame.h"

namespace cose::app {

namespace {

using relay::RelayEvent;

constexpr auto kDescription =
    "Puts cards, wherever they are, into a reader: pcscd's virtual one, or any that a PN532 is held to.";

constexpr auto kExamples = R"(Examples:
  cose relay grid://10.0.0.7/101                  slot 101 of a grid is the card in "Virtual PCD 00 00"
  cose relay grid://10.0.0.7/101 grid://10.0.0.7/102   a second card in "Virtual PCD 00 01"
  cose relay pcsc:Gemalto --reader vpcd://127.0.0.1:35970 --keep
  cose relay grid://10.0.0.7/101 --reader nfc:pn532_uart:/dev/ttyUSB0      a contactless card
  cose relay grid://10.0.0.7/101 --json

The reader is Debian's package vsmartcard-vpcd under pcscd; it listens on port 35963 for its first slot, on the next
port for the next. Its driver accepts anybody from anywhere: close these ports to other machines. Each command is
shown with its time; data of PIN and key commands is hidden. Ends when the card or the reader is lost, or with --keep
waits for them to come back. When the way to a grid breaks in the middle of a command, the
relay comes back and fetches the answer; no command is ever executed twice. Ctrl-C takes the card out.)";

struct RelayOptions {
  std::vector<std::string> uris;
  std::string reader = "vpcd://127.0.0.1";
  ClientTlsOptions tls;
  int tap_seconds = 0;
  int command_seconds = 45;
  bool keep = false;
  bool json = false;
};

using Faces = decltype(relay::ReaderJob::reader);

// The reader for the card number `at`: virtual readers have a port for each slot, a chip holds one card.
Result<Faces> parse_reader(const std::string& text, std::size_t at) {
  constexpr std::string_view kVirtual = "vpcd://";
  constexpr std::string_view kChip = "nfc:";
  if (text.starts_with(kChip)) {
    if (at > 0) return fail(ErrorKind::kInvalid, "--reader: an NFC chip can be one card only");
    return [device = text.substr(kChip.size())](const relay::StopSignal&) { return relay::NfcFace::open(device); };
  }
  if (!text.starts_with(kVirtual))
    return fail(ErrorKind::kInvalid,
                fmt::format("--reader: expected vpcd://HOST[:{}] or nfc:DEVICE, found \"{}\"", relay::kVpcdPort, text));
  COSE_TRY(auto endpoint, net::Endpoint::parse(text.substr(kVirtual.size()), relay::kVpcdPort));
  endpoint.port = static_cast<std::uint16_t>(endpoint.port + at);
  return [endpoint](const relay::StopSignal& stop) { return relay::VpcdFace::connect(endpoint, stop); };
}

std::string_view name_of(RelayEvent::Kind kind) {
  using Kind = RelayEvent::Kind;
  switch (kind) {
    case Kind::kReady: return "ready";
    case Kind::kPowerOn: return "power-on";
    case Kind::kReset: return "reset";
    case Kind::kPowerOff: return "power-off";
    case Kind::kExchange: return "exchange";
    case Kind::kFailure: return "failure";
    case Kind::kLost: break;
  }
  return "lost";
}

// What happens, as it happens. Readers report from threads of their own.
class LiveView {
 public:
  explicit LiveView(bool json) : json_(json), began_(std::chrono::steady_clock::now()) {}

  void show(const std::string& card, const RelayEvent& event) {
    const std::lock_guard lock(mutex_);
    json_ ? print_json(card, event) : print_line(card, event);
  }

 private:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }
  [[nodiscard]] static double milliseconds(const RelayEvent& event) {
    return std::chrono::duration<double, std::milli>(event.duration).count();
  }
  [[nodiscard]] static bool has_command(const RelayEvent& event) { return !event.command.empty(); }

  void print_json(const std::string& card, const RelayEvent& event) const {
    nlohmann::ordered_json line{{"event", name_of(event.kind)}, {"seconds", seconds()}, {"card", card}};
    if (has_command(event)) {
      line["command"] = iso7816::loggable_command(event.command);
      line["response"] = iso7816::loggable_response(event.command, event.response);
      line["milliseconds"] = milliseconds(event);
    } else if (!event.response.empty()) {
      line["atr"] = to_hex(event.response);
    }
    if (!event.detail.empty()) line["detail"] = event.detail;
    std::cout << line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) << "\n" << std::flush;
  }

  void print_line(const std::string& card, const RelayEvent& event) const {
    fmt::print("{} {}  ", coloured(Colour::kDim, fmt::format("{:9.3f}", seconds())), card);
    if (event.kind == RelayEvent::Kind::kExchange)
      print_exchange(event);
    else if (event.kind == RelayEvent::Kind::kFailure)
      fmt::print("{} -> {} {}", iso7816::loggable_command(event.command),
                 coloured(Colour::kBad, to_hex(event.response)), event.detail);
    else
      fmt::print("{} {}{}",
                 coloured(event.kind == RelayEvent::Kind::kLost ? Colour::kBad : Colour::kGood, name_of(event.kind)),
                 event.response.empty() ? "" : "ATR " + to_hex(event.response), event.detail);
    fmt::print("\n");
    std::fflush(stdout);
  }

  static void print_exchange(const RelayEvent& event) {
    fmt::print("{} -> {} {}", iso7816::loggable_command(event.command),
               iso7816::loggable_response(event.command, event.response),
               coloured(Colour::kDim, fmt::format("({:.1f} ms)", milliseconds(event))));
  }

  bool json_;
  std::chrono::steady_clock::time_point began_;
  std::mutex mutex_;
};

// One card's part of the view.
class NamedObserver final : public relay::RelayObserver {
 public:
  NamedObserver(LiveView& view, std::string card) : view_(view), card_(std::move(card)) {}
  void relayed(const RelayEvent& event) override { view_.show(card_, event); }

 private:
  LiveView& view_;
  std::string card_;
};

Result<std::vector<relay::ReaderJob>> make_jobs(const RelayOptions& options, host::CardOpener& opener) {
  std::vector<relay::ReaderJob> jobs;
  for (const auto& uri : options.uris) {
    relay::ReaderJob job;
    COSE_TRY(job.card, opener.source(uri));
    COSE_TRY(job.reader, parse_reader(options.reader, jobs.size()));
    job.limits.tap = std::chrono::seconds(options.tap_seconds);
    job.after_loss = options.keep ? relay::AfterLoss::kKeep : relay::AfterLoss::kEnd;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

// Signals are taken by this thread alone, which turns the first into a stop.
class SignalThread {
 public:
  explicit SignalThread(const relay::StopSignal& stop) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    thread_ = std::thread([this, &stop] {
      int signal = 0;
      sigwait(&signals_, &signal);
      stop.request();
    });
  }
  // SIGUSR1 is this program's own word to end the wait.
  ~SignalThread() {
    pthread_kill(thread_.native_handle(), SIGUSR1);
    thread_.join();
  }
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

 private:
  sigset_t signals_{};
  std::thread thread_;
};

// One card's loss ends its own reader; the program ends when all have ended, with the first error.
int relay_cards(std::vector<relay::ReaderJob> jobs, const RelayOptions& options, const Clock& clock) {
  auto stop = relay::StopSignal::make();
  if (!stop) return complain(stop.error());
  const SignalThread signals(*stop);
  LiveView view(options.json);
  std::vector<Status> ends(jobs.size());
  std::vector<std::thread> threads;
  for (std::size_t at = 0; at < jobs.size(); ++at)
    threads.emplace_back([&, at] {
      NamedObserver observer(view, options.uris[at]);
      ends[at] = relay::ReaderService(std::move(jobs[at]), clock, *stop, observer).run();
    });
  for (auto& thread : threads) thread.join();
  for (std::size_t at = 0; at < ends.size(); ++at)
    if (!ends[at]) return complain(ends[at].error().within(options.uris[at]));
  return kSuccess;
}

int run(const RelayOptions& options) {
  const host::SystemClock clock;
  auto defaults = options.tls.defaults();
  if (!defaults) return complain_of_usage(defaults.error());
  defaults->keeping = remote::Keeping::kOn;
  defaults->patience = std::chrono::seconds(options.command_seconds);
  host::CardOpener opener(clock, *defaults);
  auto jobs = make_jobs(options, opener);
  if (!jobs) return complain_of_usage(jobs.error());
  return relay_cards(*std::move(jobs), options, clock);
}

}  // namespace

Command make_relay(CLI::App& parent) {
  auto* app = parent.add_subcommand("relay", kDescription);
  const auto options = std::make_shared<RelayOptions>();
  app->footer(kExamples);
  app->add_option("URI", options->uris, "the cards, in the order of the reader's slots")->required();
  app->add_option("--reader", options->reader, "the virtual reader's first slot, or an NFC chip by libnfc's name")
      ->type_name("vpcd://HOST:PORT|nfc:DEVICE")
      ->capture_default_str();
  app->add_option("--tap-seconds", options->tap_seconds,
                  "how long the card may stay in use after power-on; 0: any time")
      ->check(CLI::Range(0, 3600));
  app->add_option("--command-seconds", options->command_seconds,
                  "how long a grid's slot may take over a command, lost connections included")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app->add_flag("--keep", options->keep, "after a loss, wait for card and reader to come back");
  app->add_flag("--json", options->json, "one JSON object for each event");
  options->tls.add_to(*app);
  return {app, [options] { return run(*options); }};
}

}  // namespace cose::app
