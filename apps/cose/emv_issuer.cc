// SPDX-License-Identifier: Apache-2.0
// cose emv issuer: the host that terminals ask.
#include <memory>

#include <fmt/core.h>

#include "console.h"
#include "emv_subcommands.h"
#include "host/issuer_file.h"
#include "host/issuer_wire.h"
#include "net/line_server.h"

namespace cose::app {

namespace {

constexpr auto kDescription =
    "An issuer host: verifies cryptograms, answers with ARPC and scripts, watches the counters.";

constexpr auto kExamples = R"(Examples:
  cose emv issuer bank                                     with the keys of bank/issuer.toml, on 127.0.0.1:2583
  cose emv issuer bank --script put=9F14:05                the first approval of each card brings a script
  cose kiosk pay pcsc: --amount 1.00 --issuer 127.0.0.1:2583

Scripts: block, unblock, block-card, unblock-pin, pin=4321, put=TAG:HEX, record=FILE:RECORD:HEX.
The counters of cards are kept in DIR/atc.txt; a card whose counter goes back is refused.)";

struct IssuerOptions {
  std::string directory;
  std::string listen = "127.0.0.1:2583";
  std::vector<std::string> scripts;
  bool quiet = false;
};

// A line about each answer, without the account.
std::string answer_and_tell(emv::AuthorisationHost& issuer, std::string_view line, bool quiet) {
  auto answer = host::answer_line(issuer, line);
  if (quiet) return answer;
  const auto request = host::request_of_line(line);
  const auto response = host::response_of_line(answer);
  const bool confirms = request && request->kind == emv::AuthorisationKind::kConfirmation;
  if (response)
    fmt::print("{} {}: {}\n", confirms ? "confirmation" : "request", response->response_code, response->reason);
  std::fflush(stdout);
  return answer;
}

Status serve(const IssuerOptions& options) {
  COSE_TRY(const auto endpoint, net::Endpoint::parse(options.listen, host::kIssuerPort));
  COSE_TRY(auto profile, host::load_issuer(options.directory));
  for (const auto& text : options.scripts) {
    COSE_TRY(auto order, issuer::ScriptOrder::parse(text));
    profile.orders.push_back(std::move(order));
  }
  COSE_TRY(auto book, host::FileAtcBook::open(options.directory + "/atc.txt"));
  const auto name = profile.name;
  issuer::Issuer issuer(std::move(profile), book);
  COSE_TRY(const auto server, net::LineServer::listen(endpoint, [&](std::string_view line) {
             return answer_and_tell(issuer, line, options.quiet);
           }));
  fmt::print("{} answers on {}\n", name, server->endpoint().text());
  std::fflush(stdout);
  server->serve();
  return {};
}

}  // namespace

Command make_emv_issuer(CLI::App& emv) {
  auto* app = emv.add_subcommand("issuer", kDescription);
  const auto options = std::make_shared<IssuerOptions>();
  app->footer(kExamples);
  app->add_option("DIR", options->directory, "issuer.toml with its keys, as cose emv personalize makes it")->required();
  app->add_option("--listen", options->listen, "where; port 0: any free one")->type_name("HOST:PORT");
  app->add_option("--script", options->scripts, "an order to each card, once")->type_name("ORDER");
  app->add_flag("--quiet", options->quiet, "no line about each answer");
  return {app, [options] {
            const auto done = serve(*options);
            return done ? kSuccess : complain_of_usage(done.error());
          }};
}

}  // namespace cose::app
