// SPDX-License-Identifier: Apache-2.0
// What one logical channel remembers between commands of the security domain selected there. All of it goes when the
// channel is closed, something else is selected or the card is reset.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "bytes/bytes.h"
#include "gpcard/record.h"
#include "jcvm/package.h"
#include "scp/card_channel.h"
#include "scp/scp11.h"

namespace cose::gpcard {

// Between INSTALL [for load] and the last LOAD.
struct Loading {
  Bytes file_aid;
  Slot domain = kNoSlot;  // the one that the load file will belong to
  Bytes expected_hash;    // empty: none was announced
  Bytes receipt_data;     // what a receipt is made over
  std::uint8_t next_block = 0;
  Bytes octets;              // DAP blocks and load file data block, as received so far
  bool is_combined = false;  // INSTALL [for load, install and make selectable]: the file waits for its instance
};

// A load file that is complete and right, and comes onto the card together with an instance.
struct Loaded {
  Loading loading;
  std::shared_ptr<const jcvm::Package> package;
};

// What GET STATUS [next] goes on with.
struct StatusQuery {
  std::uint8_t what = 0;    // P1
  std::uint8_t format = 0;  // b2 of P2
  Bytes criteria;
  std::size_t next = 0;  // the entry to begin with
};

// STORE DATA until its last block.
struct Storing {
  std::uint8_t next_block = 0;
  std::uint8_t structure = 0;  // b5 and b4 of P1
  Bytes octets;
};

struct Session {
  // ---- secure channel ----
  Slot keys_domain = kNoSlot;  // whose keys
  Slot counter_slot = kNoSlot;
  std::uint32_t counter = 0;
  bool counted = false;  // the counter has gone up for this session
  std::optional<scp::CardChannel> channel;
  // Not in SCP11b, where the card proves itself only: such a channel protects what anybody may ask.
  bool host_is_known = false;
  std::optional<scp::Scp11Card> host_certificates;  // from PERFORM SECURITY OPERATION on

  // ---- commands that span several ----
  std::optional<Slot> personalized;  // INSTALL [for personalization]
  std::optional<Loading> loading;
  std::optional<Loaded> loaded;
  std::optional<StatusQuery> query;
  std::optional<Storing> storing;

  // Rest of an answer that was longer than Le.
  Bytes rest;

  [[nodiscard]] bool authenticated() const { return channel && channel->is_open(); }
};

}  // namespace cose::gpcard
