// SPDX-License-Identifier: Apache-2.0
// cose list: what readers and grids hold.
#include <cstdio>
#include <iostream>
#include <memory>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "bytes/hex.h"
#include "command.h"
#include "console.h"
#include "host/system_clock.h"
#include "pcsc/monitor.h"
#include "pcsc/readers.h"
#include "remote/racs_client.h"

namespace cose::app {

namespace {

constexpr auto kDescription = "Shows the PC/SC readers with their cards or, with a grid's URI, its slots.";

constexpr auto kExamples = R"(Examples:
  cose list
  cose list --watch                  until interrupted: readers and cards as they come and go
  cose list grid://127.0.0.1:2310
  cose list racs://127.0.0.1 --tls-ca ca.pem --tls-certificate me.pem --tls-key me.key
  cose list --json)";

struct ListOptions {
  std::string uri;
  ClientTlsOptions tls;
  bool json = false;
  bool watch = false;
};

std::string_view to_string(pcsc::Use use) {
  switch (use) {
    case pcsc::Use::kFree: return "free";
    case pcsc::Use::kShared: return "shared";
    case pcsc::Use::kExclusive: break;
  }
  return "exclusive";
}

bool holds_card(const pcsc::ReaderStatus& reader) {
  return reader.presence == iso7816::Presence::kPresent;
}

void print_json(const std::vector<pcsc::ReaderStatus>& readers) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& reader : readers)
    list.push_back({{"reader", reader.name},
                    {"serial", reader.serial},
                    {"card", holds_card(reader)},
                    {"use", to_string(reader.use)},
                    {"atr", to_hex(reader.atr)}});
  std::cout << list.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) << "\n";
}

void print_table(const std::vector<pcsc::ReaderStatus>& readers) {
  std::size_t width = 0;
  for (const auto& reader : readers) width = std::max(width, reader.name.size());
  for (const auto& reader : readers) {
    const auto name = fmt::format("{:{}}", reader.name, width);
    const auto serial = reader.serial.empty() ? "" : "  serial " + reader.serial;
    if (!holds_card(reader))
      fmt::print("{}  {}{}\n", name, coloured(Colour::kDim, "no card"), serial);
    else if (reader.mute)
      fmt::print("{}  {}{}\n", name, coloured(Colour::kBad, "card does not answer"), serial);
    else
      fmt::print("{}  {}  ATR {}  {}{}\n", name, coloured(Colour::kGood, "card"), to_hex(reader.atr),
                 to_string(reader.use), serial);
  }
}

int list_readers(const ListOptions& options) {
  pcsc::Context context;
  const auto readers = pcsc::list_readers(context, pcsc::SerialNumbers::kAsk);
  if (!readers) return complain(readers.error());
  if (options.json)
    print_json(*readers);
  else if (readers->empty())
    fmt::print("no readers; plug one in, or start the virtual one (docs/guide/virtual-reader.md)\n");
  else
    print_table(*readers);
  return kSuccess;
}

std::string_view to_string(pcsc::ReaderChange::Kind kind) {
  using Kind = pcsc::ReaderChange::Kind;
  switch (kind) {
    case Kind::kReaderAdded: return "reader added";
    case Kind::kReaderRemoved: return "reader removed";
    case Kind::kCardInserted: return "card inserted";
    case Kind::kCardRemoved: return "card removed";
    case Kind::kServiceLost: return "pcscd lost";
    case Kind::kServiceBack: break;
  }
  return "pcscd back";
}

void print_change(const pcsc::ReaderChange& change, bool json) {
  if (json) {
    const nlohmann::ordered_json line{
        {"event", to_string(change.kind)}, {"reader", change.reader}, {"atr", to_hex(change.atr)}};
    std::cout << line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) << "\n" << std::flush;
    return;
  }
  fmt::print("{:14}  {}  {}\n", to_string(change.kind), change.reader,
             change.atr.empty() ? "" : "ATR " + to_hex(change.atr));
  std::fflush(stdout);
}

int watch_readers(const ListOptions& options) {
  pcsc::ReaderMonitor monitor;
  for (;;) {
    const auto changes = monitor.wait(std::chrono::hours(1));
    if (!changes) return complain(changes.error());
    for (const auto& change : *changes) print_change(change, options.json);
  }
}

int list_elements(const std::shared_ptr<remote::LineConnector>& connector, bool json) {
  const auto seids = remote::RacsClient(connector, remote::kConnectPatience).list();
  if (!seids) return complain(seids.error());
  if (json) {
    std::cout << nlohmann::ordered_json{{"grid", connector->address()}, {"elements", *seids}}.dump(2) << "\n";
    return kSuccess;
  }
  for (const auto& seid : *seids) fmt::print("{}\n", seid);
  return kSuccess;
}

int list_slots(const ListOptions& options) {
  const auto uri = host::CardUri::parse(options.uri);
  if (!uri) return complain_of_usage(uri.error());
  if (uri->scheme != host::CardScheme::kGrid && uri->scheme != host::CardScheme::kRacs)
    return complain_of_usage(
        {ErrorKind::kInvalid, "expected a grid's URI, such as grid://127.0.0.1:2310 or racs://127.0.0.1:7777"});
  const host::SystemClock clock;
  const auto defaults = options.tls.defaults();
  if (!defaults) return complain_of_usage(defaults.error());
  host::CardOpener opener(clock, *defaults);
  const auto connector = opener.connector(*uri);
  if (!connector) return complain_of_usage(connector.error());
  if (uri->scheme == host::CardScheme::kRacs) return list_elements(*connector, options.json);
  const auto boards = remote::fetch_inventory(**connector);
  if (!boards) return complain(boards.error());
  if (options.json) {
    auto list = nlohmann::ordered_json::array();
    for (const auto slot : grid::present_slots(*boards)) list.push_back(slot.value());
    std::cout << nlohmann::ordered_json{{"grid", (*connector)->address()}, {"cards", list}}.dump(2) << "\n";
    return kSuccess;
  }
  for (const auto& board : *boards) {
    std::string cards;
    for (const auto slot : grid::present_slots({board})) cards += " " + slot.text();
    fmt::print("board {:2} ({} slots from {}): {}\n", board.first.board(), board.count, board.first.text(),
               cards.empty() ? coloured(Colour::kDim, "no cards") : "cards in" + cards);
  }
  return kSuccess;
}

}  // namespace

Command make_list(CLI::App& parent) {
  auto* app = parent.add_subcommand("list", kDescription);
  const auto options = std::make_shared<ListOptions>();
  app->footer(kExamples);
  app->add_option("URI", options->uri,
                  "grid://HOST[:PORT] or racs://HOST[:PORT]; without it, the PC/SC readers of this machine");
  app->add_flag("--json", options->json, "for machines");
  app->add_flag("--watch", options->watch, "show readers and cards as they come and go");
  options->tls.add_to(*app);
  return {app, [options] {
            if (!options->uri.empty() && options->watch)
              return complain_of_usage({ErrorKind::kInvalid, "--watch is for the readers of this machine"});
            if (!options->uri.empty()) return list_slots(*options);
            return options->watch ? watch_readers(*options) : list_readers(*options);
          }};
}

}  // namespace cose::app
