// SPDX-License-Identifier: Apache-2.0
// Commands for a card, one or many, as JSON tells them, and what became of them.
//
//   {"command": "00A4040000"}                                   one
//   {"commands": ["00A4040000", {"command": "00C00000", "more": "61", "fetch": "00C00000", "continue": "9000"}]}
//
//   {"responses": [{"data": "6F00", "status": "9000"}], "complete": true}
//
// `more`, `fetch` and `continue` are those of RACS (grid/racs_exchange.h): while the card answers with SW1 `more`, the
// rest is fetched; another status word than `continue` ends the batch. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "grid/racs_request.h"
#include "web/message.h"

namespace cose::web {

struct Step {
  Bytes command;
  std::optional<std::uint16_t> continue_on;
  std::optional<std::uint8_t> more_on;
  std::uint32_t fetch = grid::RacsRequest::kDefaultFetch;
  std::string name;  // by which the card may know the request again (iso7816/card.h); empty: none
};

struct Outcome {
  Bytes atr;                       // of power-up and reset
  std::vector<Bytes> responses;    // data and status word of each command that the card answered
  std::optional<Problem> problem;  // of the command behind the last response
  bool untouched = false;          // the card has not seen any of it
  bool stopped = false;            // a status word was not the one to continue on
};

// A JSON object as above. Errors: kInvalid, naming the command; kLimit.
[[nodiscard]] Result<std::vector<Step>> parse_batch(std::string_view json);
// What a WebSocket sends is a batch, or {"reset": "cold"} or "warm".
struct Message {
  std::vector<Step> steps;
  std::optional<bool> warm_reset;
};
[[nodiscard]] Result<Message> parse_message(std::string_view json);

// "cold" or "warm"; nothing is cold. True: warm.
[[nodiscard]] Result<bool> parse_reset(std::string_view json);

// The JSON of what became of a batch.
[[nodiscard]] std::string batch_text(const Outcome& outcome);
// 200, or the problem if nothing came of it.
[[nodiscard]] Response batch_response(const Outcome& outcome);

}  // namespace cose::web
