// SPDX-License-Identifier: Apache-2.0
// What clients of the API write: JSON of batches and messages, queries, frames of WebSockets. Everything that is taken
// keeps the bounds.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "grid/limits.h"
#include "web/batch.h"
#include "web/limits.h"
#include "web/message.h"
#include "web/websocket.h"

using namespace cose;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto text = as_text(input);
  if (const auto steps = web::parse_batch(text)) {
    COSE_ASSERT(!steps->empty() && steps->size() <= web::kMaximumBatch);
    for (const auto& step : *steps)
      COSE_ASSERT(step.command.size() >= 4 && step.command.size() <= grid::kMaximumCommand);
  } else {
    COSE_ASSERT(!web::respond(steps.error()).body.empty());
  }
  if (const auto message = web::parse_message(text))
    COSE_ASSERT(message->warm_reset.has_value() == message->steps.empty());
  static_cast<void>(web::parse_reset(text));
  static_cast<void>(web::query_fields(text));
  web::SocketReader reader;
  for (std::size_t at = 0; at < size; at += 7) {
    reader.feed(input.subspan(at, std::min<std::size_t>(7, size - at)));
    const auto message = reader.next();
    if (!message) break;
    if (!*message) continue;
    COSE_ASSERT((*message)->octets.size() <= web::kMaximumMessage);
    if ((*message)->kind == web::SocketMessage::Kind::kText) COSE_ASSERT(web::is_utf8((*message)->octets));
  }
  return 0;
}
