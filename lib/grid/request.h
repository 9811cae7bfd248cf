// SPDX-License-Identifier: Apache-2.0
// One request line of the ASCII grid protocol. Verbs in either case; parameters separated by blanks.
//
//   HELLO <client> [KEEP]   CONTENT          USE <slot>          FREE <slot>          QUIT
//   RESET                   all slots of this connection         RESET <slot> [WARM]
//   apdu <slot> <HEX> [id [key]]   one command; the card's answer untouched
//   tpdu <slot> r|w <HEX>   the same for the forms of T=0: r with 5 octets and P3 not 00, w with others
//   KEEP                    keeps slots when the connection breaks        KEEP <key>   takes them up again
//
// Source: SIM Array protocol (docs/protocols/simarray.md). Bounds: grid/limits.h.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "bytes/bytes.h"
#include "grid/keep_table.h"
#include "grid/reply.h"
#include "grid/slot_number.h"
#include "iso7816/card.h"

namespace cose::grid {

enum class Verb { kHello, kContent, kUse, kFree, kReset, kApdu, kTpdu, kKeep, kQuit };

[[nodiscard]] std::string_view to_string(Verb verb);

// Re-used from line to line, so that its buffers are as well. Only the fields of its verb mean something.
struct Request {
  Verb verb = Verb::kQuit;
  std::optional<SlotNumber> slot;  // always there but for HELLO, CONTENT, KEEP, QUIT and a bare RESET
  iso7816::ResetKind reset = iso7816::ResetKind::kCold;
  Bytes command;
  std::string client;
  bool keep = false;  // of HELLO: the client knows KEEP
  CommandId id = 0;
  std::string key;  // of KEEP, empty: a new one; of apdu, empty: what this connection keeps
};

struct RequestRefusal {
  ReplyCode code;
  std::string detail;

  friend bool operator==(const RequestRefusal&, const RequestRefusal&) = default;
};

[[nodiscard]] std::expected<void, RequestRefusal> parse_request(std::string_view line, Request& request);

}  // namespace cose::grid
