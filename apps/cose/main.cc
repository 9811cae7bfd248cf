// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>

#include "command.h"

namespace {

constexpr auto kDescription =
    R"(CoSE, the Cloud of Secure Elements: a grid that serves smart cards over TCP, and what makes them useful.

A card has one name everywhere:
  sim:                          a fresh software card: a Java Card with GlobalPlatform
  sim:DIR/NAME                  a software card that is kept in a state directory
  pcsc:                         the first PC/SC reader
  pcsc:TEXT                     the reader whose name holds TEXT, or whose serial number it is
  grid://HOST[:2310]/SLOT       a slot of a grid
  racs://HOST[:7777]/SEID       a secure element of a grid, over RACS
  replay:FILE                   a recorded exchange
  echo:                         answers what it is sent

Try:
  cose list                                      which readers are here
  cose apdu pcsc: 00A4000C023F00                 select the master file of the first reader's card
  cose serve --slot 101=pcsc: --slot 102=sim:    a grid with that card and a software card
  cose admin grid://127.0.0.1/102 list           what the software card holds
  cose cap build applets/hello                   a card application from Java source
  cose relay grid://127.0.0.1/102                the card in a reader of this machine
  cose kiosk pcsc:                               what is on a payment card
  cose kiosk pay pcsc: --amount 12.34            a payment with it)";

constexpr auto kFooter =
    R"(Exit codes: 0 success, 1 failure, 2 wrong usage, 3 the card's last status word is no success,
4 stopped while a card still held its command, 5 the state of cards could not be made durable.)";

int run(int count, char** words) {
  CLI::App app(kDescription, "cose");
  app.footer(kFooter);
  app.set_version_flag("--version", "cose " COSE_VERSION);
  app.require_subcommand(1);
  const std::array commands{cose::app::make_serve(app), cose::app::make_apdu(app),  cose::app::make_list(app),
                            cose::app::make_bench(app), cose::app::make_cap(app),   cose::app::make_relay(app),
                            cose::app::make_admin(app), cose::app::make_kiosk(app), cose::app::make_card(app),
                            cose::app::make_store(app), cose::app::make_racs(app),  cose::app::make_emv(app),
                            cose::app::make_audit(app), cose::app::make_pki(app),   cose::app::make_agent(app)};
  const auto is_named = [&](const auto& command) { return command.app->get_name() == words[1]; };
  if (count > 1 && words[1][0] != '-' && std::ranges::none_of(commands, is_named)) {
    std::fprintf(stderr, "cose: there is no command \"%s\"; cose --help shows what there is\n", words[1]);
    return cose::app::kUsage;
  }
  try {
    app.parse(count, words);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? cose::app::kSuccess : cose::app::kUsage;
  }
  for (const auto& command : commands)
    if (*command.app) return command.run();
  return cose::app::kUsage;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run(count, words);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cose: %s\n", error.what());
    return cose::app::kFailure;
  }
}
