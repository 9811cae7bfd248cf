// SPDX-License-Identifier: Apache-2.0
// GPShell's readers are card URIs: those of the environment variable COSE_CARDS (with blanks between), and any that a
// script names with card_connect -reader.
//
//   COSE_CARDS="grid://127.0.0.1/101" LD_LIBRARY_PATH=build/release/gpplugin gpshell script.txt
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "host/admin_cards.h"
#include "host/card_opener.h"
#include "host/system_clock.h"
#include "iso7816/completing_card.h"
#include "iso7816/response_apdu.h"
#include "plugin_interface.h"

namespace {

using cose::Bytes;
using cose::ByteView;
using cose::Error;
using cose::ErrorKind;
using cose::Status;

std::vector<std::string> cards_of_environment() {
  const auto* text = std::getenv("COSE_CARDS");
  std::vector<std::string> uris;
  std::string_view rest = text == nullptr ? "" : text;
  while (true) {
    const auto from = rest.find_first_not_of(" \t\n");
    if (from == std::string_view::npos) return uris;
    rest.remove_prefix(from);
    const auto size = std::min(rest.find_first_of(" \t\n"), rest.size());
    uris.emplace_back(rest.substr(0, size));
    rest.remove_prefix(size);
  }
}

// What one context of the shell owns: it has one card at a time.
struct Connection {
  cose::host::SystemClock clock;
  cose::host::CardOpener opener{clock};
  cose::host::AdminCards cards{opener, cards_of_environment()};
  std::unique_ptr<cose::iso7816::CompletingCard> card;

  [[nodiscard]] static Connection* of(const PluginContext& context) {
    return static_cast<Connection*>(context.connection);
  }
};

PluginStatus answer(long failed, long code, std::string_view message) {
  PluginStatus status{};
  status.failed = failed;
  status.code = code;
  std::ranges::copy(message.substr(0, sizeof status.message - 1), status.message);
  return status;
}

PluginStatus success() {
  return answer(0, 0, "Success");
}

PluginStatus failure(std::string_view message) {
  return answer(1, 1, message);
}

// No exception may reach the shell, which is C.
template <typename Work>
PluginStatus guarded(const Work& work) noexcept {
  try {
    return work();
  } catch (const std::exception& error) {
    return failure(error.what());
  }
}

Status connect(Connection& connection, const char* name, PluginCard& card) {
  COSE_TRY(auto opened, connection.cards.open(name));
  COSE_TRY(const auto atr, opened->power_up(cose::iso7816::ResetKind::kCold));
  connection.card = std::make_unique<cose::iso7816::CompletingCard>(std::move(opened));
  card = {};
  card.atr_size = std::min(atr.size(), sizeof card.atr);
  std::ranges::copy(ByteView(atr).first(card.atr_size), card.atr);
  card.connection = &connection;
  return {};
}

}  // namespace

PluginStatus OPGP_PL_establish_context(PluginContext* context) {
  return guarded([&] {
    context->connection = std::make_unique<Connection>().release();
    return success();
  });
}

PluginStatus OPGP_PL_release_context(PluginContext* context) {
  return guarded([&] {
    const std::unique_ptr<Connection> owner(Connection::of(*context));
    context->connection = nullptr;
    return success();
  });
}

PluginStatus OPGP_PL_list_readers(PluginContext context, char* names, unsigned long* size) {
  return guarded([&] {
    auto* connection = Connection::of(context);
    if (connection == nullptr) return failure("establish_context comes first");
    const auto found = connection->cards.names();
    if (!found) return failure(found.error().message);
    std::string joined;
    for (const auto& name : *found) joined.append(name).push_back('\0');
    joined.push_back('\0');
    const auto room = *size;
    *size = joined.size();
    if (names == nullptr) return success();
    if (room < joined.size()) return failure("the names of the readers do not fit the buffer");
    std::ranges::copy(joined, names);
    return success();
  });
}

PluginStatus OPGP_PL_card_connect(PluginContext context, const char* name, PluginCard* card, unsigned long) {
  return guarded([&] {
    auto* connection = Connection::of(context);
    if (connection == nullptr) return failure("establish_context comes first");
    const auto connected = connect(*connection, name, *card);
    return connected ? success() : failure(connected.error().message);
  });
}

PluginStatus OPGP_PL_card_disconnect(PluginContext context, PluginCard* card) {
  return guarded([&] {
    auto* connection = Connection::of(context);
    if (connection != nullptr && connection->card) {
      static_cast<void>(connection->card->power_down());
      connection->card.reset();
    }
    card->connection = nullptr;
    card->atr_size = 0;
    return success();
  });
}

PluginStatus OPGP_PL_send_APDU(PluginContext context, PluginCard, unsigned char* command, unsigned long command_size,
                               unsigned char* response, unsigned long* response_size) {
  return guarded([&] {
    auto* connection = Connection::of(context);
    if (connection == nullptr || !connection->card) return failure("no card is connected");
    const auto octets = cose::iso7816::transceive(*connection->card, ByteView(command, command_size));
    if (!octets) return failure(octets.error().message);
    const auto parsed = cose::iso7816::ResponseApduView::parse(*octets);
    if (!parsed) return failure(parsed.error().message);
    if (octets->size() > *response_size) return failure("the answer does not fit the buffer");
    std::ranges::copy(*octets, response);
    *response_size = octets->size();
    const auto code = static_cast<long>(kStatusWordPrefix | parsed->status.value());
    return answer(0, code, cose::iso7816::meaning(parsed->status));
  });
}
