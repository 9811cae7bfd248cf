// SPDX-License-Identifier: Apache-2.0
#include "pcsc/scard_error.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include <winscard.h>

#include "bytes/hex.h"
#include "bytes/writer.h"

namespace cose::pcsc {
namespace {

struct Meaning {
  LONG code;
  ErrorKind kind;
  std::string_view name;
  std::string_view words;
};

#define COSE_MEANING(code, kind, words) \
  Meaning {                             \
    code, ErrorKind::kind, #code, words \
  }

constexpr std::array kMeanings{
    // pcscd.
    COSE_MEANING(SCARD_E_NO_SERVICE, kClosed,
                 "pcscd is not running: start it (systemctl start pcscd.socket, or pcscd as root), then power the "
                 "card up again"),
    COSE_MEANING(SCARD_E_SERVICE_STOPPED, kClosed,
                 "pcscd has stopped: start it again (systemctl start pcscd.socket), then power the card up again"),
    COSE_MEANING(SCARD_E_INVALID_HANDLE, kClosed,
                 "pcscd does not know this connection, as after a restart: power the card up again"),
    COSE_MEANING(SCARD_F_COMM_ERROR, kClosed,
                 "the connection to pcscd broke: see that pcscd runs, then power the card up again"),
    COSE_MEANING(SCARD_E_SERVER_TOO_BUSY, kBusy, "pcscd serves as many programs as it can: close one of them"),
    COSE_MEANING(SCARD_E_NO_MEMORY, kLimit, "pcscd is out of memory or of connections: close other programs"),
    COSE_MEANING(SCARD_W_SECURITY_VIOLATION, kRefused,
                 "pcscd does not serve this user: allow the polkit actions org.debian.pcsc-lite.access_pcsc and "
                 "access_card"),
    COSE_MEANING(SCARD_F_INTERNAL_ERROR, kIo, "pcscd reports a fault of its own: see its log"),
    COSE_MEANING(SCARD_E_CANCELLED, kClosed, "the wait was cancelled"),
    COSE_MEANING(SCARD_E_TIMEOUT, kTimeout, "nothing happened in time"),
    // The reader.
    COSE_MEANING(SCARD_E_NO_READERS_AVAILABLE, kNotFound,
                 "no reader is connected: plug one in, and see that its driver is installed (pcsc_scan -r lists them)"),
    COSE_MEANING(SCARD_E_UNKNOWN_READER, kNotFound, "there is no such reader: is it plugged in?"),
    COSE_MEANING(SCARD_E_READER_UNAVAILABLE, kClosed,
                 "the reader was unplugged: plug it in, then power the card up again"),
    COSE_MEANING(SCARD_E_SHARING_VIOLATION, kBusy,
                 "another program holds the card: close that program, or have it share the card"),
    COSE_MEANING(SCARD_E_NOT_READY, kUnresponsive, "the reader is not ready: try again"),
    COSE_MEANING(SCARD_E_UNSUPPORTED_FEATURE, kUnsupported, "the reader or its driver cannot do this"),
    COSE_MEANING(SCARD_E_INSUFFICIENT_BUFFER, kLimit, "the answer is longer than a response APDU may be"),
    COSE_MEANING(SCARD_E_INVALID_PARAMETER, kInvalid, "the reader's driver refused the command's form"),
    COSE_MEANING(SCARD_E_INVALID_VALUE, kInvalid, "the reader's driver refused a value"),
    // The card.
    COSE_MEANING(SCARD_E_NO_SMARTCARD, kCardRemoved, "there is no card in the reader: insert one"),
    COSE_MEANING(SCARD_W_REMOVED_CARD, kCardRemoved, "the card was taken out: insert it, then power it up again"),
    COSE_MEANING(SCARD_W_RESET_CARD, kCardRemoved,
                 "another program reset the card, so its session is lost: power it up again, or ask for exclusive use"),
    COSE_MEANING(SCARD_W_UNPOWERED_CARD, kCardRemoved, "the card lost its power: power it up again"),
    COSE_MEANING(SCARD_W_UNRESPONSIVE_CARD, kUnresponsive,
                 "the card does not answer to reset: is it the right way round, and its contacts clean?"),
    COSE_MEANING(SCARD_W_UNSUPPORTED_CARD, kUnresponsive,
                 "the card's answer to reset is one that the reader does not understand"),
    COSE_MEANING(SCARD_E_PROTO_MISMATCH, kUnsupported,
                 "the card does not speak the protocol asked for, or another program fixed another one: ask for any"),
    COSE_MEANING(SCARD_E_NOT_TRANSACTED, kUnresponsive, "the card or the reader broke the exchange off"),
    COSE_MEANING(SCARD_E_COMM_DATA_LOST, kUnresponsive, "octets were lost between reader and card: try again"),
};

#undef COSE_MEANING

std::string in_hex(long code) {
  return "0x" + to_hex(Writer().u32(static_cast<std::uint32_t>(code)).view());
}

}  // namespace

std::string quoted_reader(std::string_view name) {
  return "reader \"" + std::string(name) + "\"";
}

Error scard_error(long code, std::string_view where) {
  const auto* const meaning =
      std::find_if(kMeanings.begin(), kMeanings.end(), [&](const Meaning& row) { return row.code == code; });
  std::string message(where);
  if (meaning == kMeanings.end()) {
    return {ErrorKind::kIo, message + ": PC/SC says " + in_hex(code) + ", see PC/SC part 5 §3.1.2"};
  }
  message.append(": ").append(meaning->words).append(" (").append(meaning->name).append(")");
  return {meaning->kind, std::move(message)};
}

bool service_is_gone(long code) {
  return code == SCARD_E_NO_SERVICE || code == SCARD_E_SERVICE_STOPPED || code == SCARD_E_INVALID_HANDLE ||
         code == SCARD_F_COMM_ERROR;
}

}  // namespace cose::pcsc
