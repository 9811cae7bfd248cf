// SPDX-License-Identifier: Apache-2.0
// cose kiosk pay: a payment at a terminal.
#include <iostream>
#include <memory>

#include <fmt/core.h>

#include "bytes/hex.h"
#include "console.h"
#include "crypto/random.h"
#include "emv/codes.h"
#include "host/files.h"
#include "host/issuer_file.h"
#include "host/issuer_wire.h"
#include "host/system_clock.h"
#include "host/terminal_file.h"
#include "kiosk/transaction_item.h"
#include "kiosk_output.h"
#include "kiosk_subcommands.h"
#include "pay_cardholder.h"
#include "terminal/contact.h"
#include "terminal/contactless.h"
#include "terminal/receipt.h"

namespace cose::app {

namespace {

constexpr auto kDescription = "A payment with the card: what a shop's terminal does, step by step, with times.";

constexpr auto kExamples = R"(Examples:
  cose kiosk pay pcsc: --amount 12.34 --currency EUR --keys data/emv/ca_keys.txt
  cose kiosk pay grid://127.0.0.1/101 --amount 12.34 --issuer 127.0.0.1:2583 --keys bank/ca_keys.txt
  cose kiosk pay sim:cards/visa --amount 80 --issuer bank --pin-file pin.txt --json
  cose kiosk pay pcsc:ACR --interface contactless --amount 9.99 --issuer bank --details

--issuer DIR asks an issuer in this process (cose emv issuer DIR does the same for others). Without --issuer the
terminal cannot go online. PINs are read from a file or typed without an echo, and stand in no output.
Exit codes: 0 approved, 3 not approved, 1 the way to card or issuer broke.)";

constexpr std::size_t kMaximumKeyFile = 1U << 20;

struct PayOptions {
  std::string uri;
  std::string amount;
  std::string cashback = "0";
  std::string currency;
  std::string terminal_file;
  std::string issuer;
  std::string keys_file;
  std::string html_file;
  std::string aid;
  std::string interface = "auto";
  unsigned type = 0;
  ConsoleCardholder::Options cardholder;
  ItemOutput output;
  ClientTlsOptions tls;
  bool force_online = false;
  bool whole_accounts = false;
  bool details = false;
};

// The issuer by its directory or address, with what it stands on.
struct IssuerSeat {
  std::unique_ptr<issuer::AtcBook> book;
  std::unique_ptr<emv::AuthorisationHost> host;
};

Result<IssuerSeat> make_issuer(const std::string& where) {
  IssuerSeat seat;
  if (where.empty()) return seat;
  if (where.find(':') != std::string::npos) {
    COSE_TRY(auto endpoint, net::Endpoint::parse(where, host::kIssuerPort));
    seat.host = std::make_unique<host::RemoteIssuer>(std::move(endpoint));
    return seat;
  }
  COSE_TRY(auto profile, host::load_issuer(where));
  COSE_TRY(auto book, host::FileAtcBook::open(where + "/atc.txt"));
  seat.book = std::make_unique<host::FileAtcBook>(std::move(book));
  seat.host = std::make_unique<issuer::Issuer>(std::move(profile), *seat.book);
  return seat;
}

// Letters or number.
Result<std::uint16_t> parse_currency(std::string_view text) {
  for (std::uint16_t number = 1; number < 1000; ++number)
    if (emv::currency_letters(number) == text || fmt::format("{:03}", number) == text) return number;
  return fail(ErrorKind::kInvalid, "there is no currency \"" + std::string(text) + "\" in ISO 4217");
}

struct Prepared {
  terminal::Configuration configuration;
  terminal::Payment payment;
  emv::CaKeys keys;
  bool has_keys = false;
  IssuerSeat issuer;
};

Result<std::uint64_t> amount_of(const std::string& text, const terminal::Configuration& configuration) {
  const auto amount = terminal::parse_amount(text, configuration.currency_exponent);
  if (amount) return *amount;
  return fail(ErrorKind::kInvalid, "expected an amount such as 12.34, found \"" + text + "\"");
}

Result<Prepared> prepare(const PayOptions& options) {
  Prepared made;
  made.configuration = terminal::Configuration::standard();
  if (!options.terminal_file.empty()) {
    COSE_TRY(made.configuration, host::load_terminal(options.terminal_file));
  }
  if (!options.currency.empty()) {
    COSE_TRY(made.configuration.currency, parse_currency(options.currency));
  }
  COSE_TRY(made.payment.amount, amount_of(options.amount, made.configuration));
  COSE_TRY(made.payment.cashback, amount_of(options.cashback, made.configuration));
  made.payment.type = made.payment.cashback != 0 ? std::uint8_t{0x09} : static_cast<std::uint8_t>(options.type);
  made.payment.force_online = options.force_online;
  COSE_TRY(made.issuer, make_issuer(options.issuer));
  if (!options.keys_file.empty()) {
    COSE_TRY(const auto text, host::read_file(options.keys_file, kMaximumKeyFile));
    auto keys = emv::CaKeys::parse(text);
    if (!keys) return std::unexpected(keys.error().within(options.keys_file));
    made.keys = *std::move(keys);
    made.has_keys = true;
  }
  return made;
}

// By the wish, or by what the reader's answer to reset says of the card.
Result<bool> is_contactless(iso7816::Card& card, const std::string& interface) {
  if (interface != "auto") return interface == "contactless";
  COSE_TRY(const auto atr, card.power_up(iso7816::ResetKind::kCold));
  return terminal::is_contactless_atr(atr);
}

// A torn tap is recovered by presenting the card again, which here is at once.
Result<terminal::Outcome> pay_with(iso7816::Card& card, const Prepared& prepared, const PayOptions& options,
                                   const terminal::Parties& parties) {
  COSE_TRY(const auto contactless, is_contactless(card, options.interface));
  if (!contactless) return terminal::pay_by_contact(card, prepared.configuration, prepared.payment, parties);
  constexpr int kMaximumTaps = 3;
  terminal::TornLog torn;
  for (int tap = 1;; ++tap) {
    auto outcome = terminal::pay_contactless(card, prepared.configuration, prepared.payment, parties, torn);
    if (outcome.decision != terminal::Decision::kTryAgain || tap == kMaximumTaps) return outcome;
  }
}

void report(const terminal::Outcome& outcome, const Prepared& prepared, const PayOptions& options) {
  const auto item = kiosk::item_of(outcome, options.whole_accounts ? emv::Accounts::kWhole : emv::Accounts::kMasked);
  const auto receipt = terminal::receipt(outcome, prepared.configuration);
  if (options.output.json) {
    nlohmann::ordered_json json{{"decision", terminal::to_string(outcome.decision)},
                                {"reason", outcome.reason},
                                {"online", outcome.online},
                                {"kernel", outcome.kernel},
                                {"aid", to_hex(outcome.aid)},
                                {"time_ns", outcome.time().count()},
                                {"card_time_ns", outcome.card_time().count()},
                                {"receipt", receipt},
                                {"report", to_json(item)}};
    return print_json(json);
  }
  if (options.details || options.output.xml) print(item, options.output);
  if (options.output.xml) return;
  std::cout << receipt << "\n";
  const auto line = fmt::format("{}: {}", terminal::to_string(outcome.decision), outcome.reason);
  std::cout << coloured(outcome.decision == terminal::Decision::kApproved ? Colour::kGood : Colour::kBad, line) << "\n"
            << std::flush;
}

int pay(const PayOptions& options) {
  auto prepared = prepare(options);
  if (!prepared) return complain_of_usage(prepared.error());
  auto holder = options.cardholder;
  if (!options.aid.empty()) {
    const auto aid = from_hex(options.aid);
    if (!aid) return complain_of_usage(aid.error().within("--aid"));
    holder.aid = *aid;
  }
  const host::SystemClock clock;
  const auto defaults = options.tls.defaults();
  if (!defaults) return complain_of_usage(defaults.error());
  host::CardOpener opener(clock, *defaults);
  const auto source = opener.source(options.uri);
  if (!source) return complain_of_usage(source.error());
  const auto card = (*source)->open();
  if (!card) return complain(card.error());
  crypto::SystemRng rng;
  ConsoleCardholder cardholder(holder);
  const terminal::Parties parties{.clock = clock,
                                  .rng = rng,
                                  .cardholder = cardholder,
                                  .authorities = prepared->has_keys ? &prepared->keys : nullptr,
                                  .host = prepared->issuer.host.get()};
  const auto paid = pay_with(**card, *prepared, options, parties);
  static_cast<void>((*card)->power_down());
  if (!paid) return complain(paid.error());
  const auto& outcome = *paid;
  report(outcome, *prepared, options);
  if (!options.html_file.empty()) {
    const auto page = kiosk::to_html(kiosk::item_of(outcome, emv::Accounts::kMasked));
    if (const auto written = write_text(options.html_file, page); !written) return complain(written.error());
  }
  if (outcome.error) return complain(*outcome.error);
  return outcome.decision == terminal::Decision::kApproved ? kSuccess : kCardRefused;
}

}  // namespace

Command make_kiosk_pay(CLI::App& kiosk) {
  auto* app = kiosk.add_subcommand("pay", kDescription);
  const auto options = std::make_shared<PayOptions>();
  app->footer(kExamples);
  app->add_option("URI", options->uri, "the card")->required();
  app->add_option("--amount", options->amount, "such as 12.34")->required();
  app->add_option("--cashback", options->cashback, "besides, in cash");
  app->add_option("--currency", options->currency, "EUR or 978; default: the terminal's");
  app->add_option("--interface", options->interface, "contact or contactless; default: as the answer to reset says")
      ->check(CLI::IsMember({"auto", "contact", "contactless"}));
  app->add_option("--type", options->type, "transaction type: 0 purchase, 1 cash, 32 refund")
      ->check(CLI::Range(0, 255));
  app->add_option("--terminal", options->terminal_file, "its configuration (docs/formats/terminal-toml.md)")
      ->type_name("FILE");
  app->add_option("--issuer", options->issuer, "who authorises: an issuer host, or an issuer's directory")
      ->type_name("HOST:PORT|DIR");
  app->add_option("--keys", options->keys_file, "public keys of authorities: check signatures")->type_name("FILE");
  app->add_option("--aid", options->aid, "the application to use")->type_name("HEX");
  app->add_flag("--choose", options->cardholder.asks_application, "ask which application");
  app->add_option("--pin-file", options->cardholder.pin_file, "the cardholder's PIN, in its first line")
      ->type_name("FILE");
  app->add_flag("--ask-pin", options->cardholder.asks_pin, "ask for the PIN when the card wants one");
  app->add_flag("--force-online", options->force_online, "the merchant wants an authorisation");
  app->add_flag("--details", options->details, "each step, its commands and times");
  app->add_flag("--json", options->output.json, "outcome, receipt and report as JSON");
  app->add_flag("--xml", options->output.xml, "the report as XML");
  app->add_flag("--bytes", options->output.parts, "show which octets each part of a value is");
  app->add_option("--html", options->html_file, "also write the report as a page")->type_name("FILE");
  app->add_flag("--whole-accounts", options->whole_accounts, "show account numbers whole");
  options->tls.add_to(*app);
  return {app, [options] { return pay(*options); }};
}

}  // namespace cose::app
