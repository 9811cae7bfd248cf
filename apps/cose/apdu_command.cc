// SPDX-License-Identifier: Apache-2.0
// cose apdu: raw exchanges with any card.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "bytes/hex.h"
#include "command.h"
#include "console.h"
#include "host/system_clock.h"
#include "iso7816/atr.h"
#include "iso7816/completing_card.h"
#include "iso7816/recording_card.h"
#include "iso7816/response_apdu.h"
#include "iso7816/status_word.h"

namespace cose::app {

namespace {

constexpr auto kDescription = "Powers a card up, sends commands, prints answers and what their status words mean.";

constexpr auto kExamples = R"(Examples:
  cose apdu pcsc: 00A4000C023F00 00B0000010
  cose apdu grid://127.0.0.1/101 '00 A4 04 00 07 A0 00 00 00 04 10 10'
  cose apdu replay:card.apdu < commands.txt
  cose apdu pcsc: --record card.apdu --json 00CA9F7F00

Without HEX, commands are read from standard input: one a line, blanks allowed, '#' starts a comment, `reset` and
`reset warm` reset the card. An answer is fetched whole (61xx, 6Cxx) unless --raw is given.)";

struct ApduOptions {
  std::string uri;
  std::vector<std::string> commands;
  std::string record_file;
  ClientTlsOptions tls;
  bool json = false;
  bool raw = false;
};

// CLA INS P1 P2 (ISO/IEC 7816-4 §5.1).
constexpr std::size_t kShortestCommand = 4;

// Writes entry by entry: a recording is there to read when the card, or the program, breaks off.
class FileSink final : public iso7816::TranscriptSink {
 public:
  explicit FileSink(const std::string& name) : file_(name, std::ios::trunc) {}
  [[nodiscard]] bool good() const { return file_.good(); }
  void append(iso7816::TranscriptEntry entry) override { file_ << iso7816::to_text(entry) << std::flush; }

 private:
  std::ofstream file_;
};

class Conversation {
 public:
  Conversation(iso7816::Card& card, bool json) : card_(card), json_(json) {}

  [[nodiscard]] Status power_up(iso7816::ResetKind kind) {
    COSE_TRY(const auto atr, card_.power_up(kind));
    const auto parsed = iso7816::Atr::parse(atr);
    if (json_) {
      print({{"event", "power-up"}, {"atr", to_hex(atr)}});
      return {};
    }
    fmt::print("ATR {}\n", to_hex(atr));
    if (parsed)
      print_indented(parsed->describe());
    else
      fmt::print("    {}\n", coloured(Colour::kWarning, parsed.error().message));
    return {};
  }

  // One line as a person types it.
  [[nodiscard]] Status handle(std::string_view line) {
    line = line.substr(0, line.find('#'));
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back())) != 0) line.remove_suffix(1);
    if (line.empty()) return {};
    if (line == "reset") return power_up(iso7816::ResetKind::kCold);
    if (line == "reset warm") return power_up(iso7816::ResetKind::kWarm);
    COSE_TRY(const auto command, from_loose_hex(line));
    return exchange(command);
  }

  [[nodiscard]] int exit_code() const { return last_refused_ ? kCardRefused : kSuccess; }

 private:
  [[nodiscard]] Status exchange(const Bytes& command) {
    const auto start = std::chrono::steady_clock::now();
    COSE_TRY(const auto answer, iso7816::transceive(card_, command));
    const auto spent = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    COSE_TRY(const auto response, iso7816::ResponseApdu::parse(answer));
    const auto status = response.status;
    last_refused_ = !status.is_success();
    if (json_) {
      print({{"event", "exchange"},
             {"command", to_hex(command)},
             {"data", to_hex(response.data)},
             {"status", iso7816::to_string(status)},
             {"meaning", iso7816::meaning(status)},
             {"milliseconds", spent}});
      return {};
    }
    fmt::print("> {}\n", to_hex(command));
    if (!response.data.empty()) fmt::print("< {}\n", to_hex(response.data));
    const auto colour = status.is_success() ? Colour::kGood : status.is_warning() ? Colour::kWarning : Colour::kBad;
    fmt::print("< {} {} {}\n", coloured(colour, iso7816::to_string(status)), iso7816::meaning(status),
               coloured(Colour::kDim, fmt::format("({:.1f} ms)", spent)));
    std::fflush(stdout);
    return {};
  }

  static void print_indented(const std::string& lines) {
    std::istringstream stream(lines);
    for (std::string line; std::getline(stream, line);) fmt::print("    {}\n", coloured(Colour::kDim, line));
  }

  static void print(const nlohmann::ordered_json& line) {
    std::cout << line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) << "\n" << std::flush;
  }

  iso7816::Card& card_;
  bool json_;
  bool last_refused_ = false;
};

Status converse(const ApduOptions& options, Conversation& conversation) {
  COSE_CHECK(conversation.power_up(iso7816::ResetKind::kCold));
  for (const auto& command : options.commands) COSE_CHECK(conversation.handle(command));
  if (!options.commands.empty()) return {};
  const bool prompting = isatty(STDIN_FILENO) == 1 && !options.json;
  std::string line;
  for (;;) {
    if (prompting) fmt::print("apdu> ");
    std::fflush(stdout);
    if (!std::getline(std::cin, line)) return {};
    const auto handled = conversation.handle(line);
    // A person may type again; a script must not go on as if nothing had happened.
    if (!handled && !prompting) return handled;
    if (!handled) complain(handled.error());
  }
}

// What is wrong with the command line is said before any card is touched. A wrong Lc is not: how a card takes that
// may be what somebody wants to see.
Status check_commands(const ApduOptions& options) {
  for (const auto& command : options.commands) {
    COSE_TRY(const auto octets, from_loose_hex(command));
    if (octets.size() < kShortestCommand)
      return fail(ErrorKind::kInvalid, "expected a command of at least 4 octets, found " + to_hex(octets));
  }
  return {};
}

int run(const ApduOptions& options) {
  if (const auto checked = check_commands(options); !checked) return complain_of_usage(checked.error());
  const host::SystemClock clock;
  const auto defaults = options.tls.defaults();
  if (!defaults) return complain_of_usage(defaults.error());
  host::CardOpener opener(clock, *defaults);
  auto source = opener.source(options.uri);
  if (!source) return complain_of_usage(source.error());
  auto card = (*source)->open();
  if (!card) return complain(card.error());

  // The recording holds what really passed, so it sits below the completion of answers.
  std::unique_ptr<FileSink> sink;
  std::unique_ptr<iso7816::Card> used = *std::move(card);
  if (!options.record_file.empty()) {
    sink = std::make_unique<FileSink>(options.record_file);
    if (!sink->good()) return complain({ErrorKind::kIo, options.record_file + ": cannot be written"});
    used = std::make_unique<iso7816::RecordingCard>(std::move(used), *sink);
  }
  if (!options.raw) used = std::make_unique<iso7816::CompletingCard>(std::move(used));

  Conversation conversation(*used, options.json);
  const auto ended = converse(options, conversation);
  const auto down = used->power_down();
  if (!ended) return complain(ended.error());
  if (!down) return complain(down.error());
  return conversation.exit_code();
}

}  // namespace

Command make_apdu(CLI::App& parent) {
  auto* app = parent.add_subcommand("apdu", kDescription);
  const auto options = std::make_shared<ApduOptions>();
  app->footer(kExamples);
  app->add_option("URI", options->uri, "the card")->required();
  app->add_option("HEX", options->commands, "commands; without any, standard input is read");
  app->add_option("--record", options->record_file,
                  "write the exchange to this file, for replay:FILE; it holds PINs too");
  app->add_flag("--json", options->json, "one JSON object a line");
  app->add_flag("--raw", options->raw, "show 61xx and 6Cxx instead of fetching the whole answer");
  options->tls.add_to(*app);
  return {app, [options] { return run(*options); }};
}

}  // namespace cose::app
