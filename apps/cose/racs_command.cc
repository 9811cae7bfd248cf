// SPDX-License-Identifier: Apache-2.0
// cose racs: a console of RACS: scripts, a dialogue, benches of requests.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "command.h"
#include "console.h"
#include "host/files.h"
#include "host/system_clock.h"
#include "line_editor.h"
#include "remote/racs_script.h"

namespace cose::app {

namespace {

constexpr auto kDescription = "Speaks RACS with a grid: scripts of requests, typed ones, and how long they take.";

constexpr auto kExamples = R"(Examples:
  cose racs rack.example --tls-ca ca.pem --tls-certificate me.pem --tls-key me.key
  cose racs 'rack.example:7777?ca=ca.pem&cert=me.pem&key=me.key' pay.racs
  cose racs rack.example read.racs --repeat 100      the median of each request of the script
  echo LIST | cose racs rack.example --json

A script holds requests in the draft's syntax, from BEGIN [label] to END; a command outside is a request of its own.
Lines that start with // or # are comments. Each request is one round trip; its answer is shown as it came. Ends with 1
when a request failed. Without SCRIPT, standard input is read; a terminal gets a prompt, history and completion.)";

struct RacsOptions {
  std::string where;
  std::vector<std::string> scripts;
  ClientTlsOptions tls;
  unsigned repeat = 1;
  int timeout = 60;
  bool json = false;
};

using Batches = std::vector<remote::RacsBatch>;
using Milliseconds = std::chrono::duration<double, std::milli>;

void print(const nlohmann::ordered_json& line) {
  std::cout << line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) << "\n" << std::flush;
}

void show(const remote::RacsResponse& response, double milliseconds, bool json) {
  if (json) {
    auto statuses = nlohmann::ordered_json::array();
    for (const auto& answer : response.answers)
      statuses.push_back({{"success", answer.success},
                          {"status", answer.whole.substr(0, 4)},
                          {"line", answer.line},
                          {"text", answer.text}});
    return print({{"label", response.label}, {"milliseconds", milliseconds}, {"statuses", statuses}});
  }
  fmt::print("BEGIN{}{}\n", response.label.empty() ? "" : " ", response.label);
  for (const auto& answer : response.answers)
    fmt::print("{}\n", coloured(answer.success ? Colour::kGood : Colour::kBad, answer.whole));
  fmt::print("END {}\n", coloured(Colour::kDim, fmt::format("({:.1f} ms)", milliseconds)));
  std::fflush(stdout);
}

struct Timed {
  remote::RacsResponse response;
  double milliseconds = 0;
};

Result<Timed> run_timed(remote::RacsClient& client, const remote::RacsBatch& batch) {
  // The handshake is no part of a request's time.
  COSE_CHECK(client.connect());
  const auto began = std::chrono::steady_clock::now();
  COSE_TRY(auto response, client.run(batch));
  return Timed{std::move(response), Milliseconds(std::chrono::steady_clock::now() - began).count()};
}

int play(remote::RacsClient& client, const Batches& batches, const RacsOptions& options) {
  bool failed = false;
  for (const auto& batch : batches) {
    const auto done = run_timed(client, batch);
    if (!done) return complain(done.error());
    show(done->response, done->milliseconds, options.json);
    failed = failed || done->response.failure() != nullptr;
  }
  return failed ? kFailure : kSuccess;
}

void show_times(const remote::RacsBatch& batch, std::vector<double> times, bool json) {
  std::ranges::sort(times);
  const auto at = [&](double share) {
    return times[static_cast<std::size_t>(std::floor(share * static_cast<double>(times.size() - 1)))];
  };
  if (json)
    return print({{"label", batch.label()},
                  {"commands", batch.size()},
                  {"runs", times.size()},
                  {"median_milliseconds", at(0.5)},
                  {"p99_milliseconds", at(0.99)},
                  {"least_milliseconds", times.front()}});
  fmt::print("{:<16} {:>8} {:>6} {:>10.3f} {:>10.3f} {:>10.3f}\n", batch.label().empty() ? "-" : batch.label(),
             batch.size(), times.size(), at(0.5), at(0.99), times.front());
}

// The whole script again and again, as its author's console does: requests meet the card in the state that the ones
// before leave.
int bench(remote::RacsClient& client, const Batches& batches, const RacsOptions& options) {
  std::vector<std::vector<double>> times(batches.size());
  for (unsigned run = 0; run < options.repeat; ++run)
    for (std::size_t at = 0; at < batches.size(); ++at) {
      const auto done = run_timed(client, batches[at]);
      if (!done) return complain(done.error());
      if (const auto* failure = done->response.failure())
        return complain({ErrorKind::kRefused, fmt::format("run {}: {}", run + 1, failure->whole)});
      times[at].push_back(done->milliseconds);
    }
  if (!options.json)
    fmt::print("{:<16} {:>8} {:>6} {:>10} {:>10} {:>10}\n", "request", "commands", "runs", "median ms", "p99 ms",
               "least ms");
  for (std::size_t at = 0; at < batches.size(); ++at) show_times(batches[at], std::move(times[at]), options.json);
  return kSuccess;
}

constexpr std::string_view kTyped[] = {
    "APDU",  "BEGIN",       "ECHO", "END",      "GET-ATR",  "GET-SEN", "LIST",  "POWERON", "QUIT", "GET-VERSION",
    "RESET", "SET-VERSION", "SEN",  "SHUTDOWN", "CONTINUE", "MORE",    "FETCH", "APPEND",  "WARM"};

// Commands and options; behind a command, the names of secure elements.
std::vector<std::string> complete(std::string_view line, const std::vector<std::string>& seids) {
  const auto blank = line.find_last_of(' ');
  const auto word = blank == std::string_view::npos ? line : line.substr(blank + 1);
  std::vector<std::string> candidates;
  for (const auto name : kTyped)
    if (name.starts_with(word)) candidates.emplace_back(name);
  if (blank == std::string_view::npos) return candidates;
  for (const auto& seid : seids)
    if (seid.starts_with(word)) candidates.push_back(seid);
  return candidates;
}

int converse(remote::RacsClient& client, const RacsOptions& options) {
  const auto seids = client.list();
  if (!seids) return complain(seids.error());
  fmt::print(
      "{} secure elements. Commands as in the draft; BEGIN opens a request, END sends it; tab completes, exit "
      "ends.\n",
      seids->size());
  LineEditor editor([&](std::string_view line) { return complete(line, *seids); });
  remote::RacsScriptReader reader;
  while (const auto line = editor.read(reader.inside_request() ? "  ... " : "racs> ")) {
    if (*line == "exit") break;
    const auto batch = reader.take(*line);
    if (!batch) {
      complain(batch.error());
      reader.abandon();
    }
    if (!batch || !*batch) continue;
    const auto done = run_timed(client, **batch);
    if (done)
      show(done->response, done->milliseconds, options.json);
    else
      complain(done.error());
  }
  return kSuccess;
}

Result<Batches> read_scripts(const RacsOptions& options) {
  Batches batches;
  auto scripts = options.scripts;
  if (scripts.empty()) scripts.emplace_back("-");
  for (const auto& file : scripts) {
    Result<std::string> text = std::string();
    if (file == "-")
      text = std::string(std::istreambuf_iterator<char>(std::cin), {});
    else
      text = host::read_file(file, remote::kMaximumRacsScript);
    if (!text) return std::unexpected(std::move(text).error());
    auto parsed = remote::parse_racs_script(*text);
    if (!parsed) return std::unexpected(parsed.error().within(file));
    std::ranges::move(*parsed, std::back_inserter(batches));
  }
  return batches;
}

int run(const RacsOptions& options) {
  constexpr std::string_view kScheme = "racs://";
  const auto uri =
      host::CardUri::parse(options.where.starts_with(kScheme) ? options.where : std::string(kScheme) + options.where);
  if (!uri) return complain_of_usage(uri.error());
  const host::SystemClock clock;
  const auto defaults = options.tls.defaults();
  if (!defaults) return complain_of_usage(defaults.error());
  host::CardOpener opener(clock, *defaults);
  auto connector = opener.connector(*uri);
  if (!connector) return complain_of_usage(connector.error());
  remote::RacsClient client(*connector, std::chrono::seconds(options.timeout));
  if (options.scripts.empty() && isatty(STDIN_FILENO) == 1 && options.repeat == 1) return converse(client, options);
  const auto batches = read_scripts(options);
  if (!batches) return complain_of_usage(batches.error());
  return options.repeat > 1 ? bench(client, *batches, options) : play(client, *batches, options);
}

}  // namespace

Command make_racs(CLI::App& parent) {
  auto* app = parent.add_subcommand("racs", kDescription);
  const auto options = std::make_shared<RacsOptions>();
  app->footer(kExamples);
  app->add_option("HOST", options->where, "HOST[:PORT] of the grid, with the options of a racs:// URI if need be")
      ->required();
  app->add_option("SCRIPT", options->scripts, "files of requests, - for standard input");
  app->add_option("--repeat", options->repeat, "run the scripts so often, and show medians")
      ->check(CLI::Range(1U, 1'000'000U));
  app->add_option("--timeout", options->timeout, "seconds that a request may take")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app->add_flag("--json", options->json, "one JSON object a request");
  options->tls.add_to(*app);
  return {app, [options] { return run(*options); }};
}

}  // namespace cose::app
