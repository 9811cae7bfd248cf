// SPDX-License-Identifier: Apache-2.0
// Uses of slots that outlive their connection for a while, so that a client whose network broke in the middle of a
// command can come back, take its slots up again and fetch the reply that was lost: the KEEP extension of
// docs/protocols/simarray.md and docs/protocols/racs.md.
//
// A kept use has an owner number of its own, by which slots and work are booked instead of the session's. A session is
// attached to it; when the session ends without having said QUIT, the use is parked until it is taken up or its time
// is over. It remembers for each slot the last command that came with an id, and the reply.
//
// Bounds: only uses that hold slots are parked, so there are never more than slots; one reply is kept for each slot.
// Owner: the rack; outlives its sessions. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/clock.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "grid/access.h"
#include "grid/slot_number.h"
#include "grid/slot_table.h"

namespace cose::grid {

// Owners of kept uses and plain sessions share one space of numbers.
inline constexpr SessionId kKeptOwner = SessionId{1} << 63;

// Number of a command; zero: it has none.
using CommandId = std::uint32_t;

struct KeptReply {
  CommandId id = 0;
  Bytes command;
  std::string reply;  // as the front end keeps it
};

struct KeptUse {
  enum class Front : std::uint8_t { kAscii, kRacs };
  SessionId owner = 0;
  std::string key;              // what the client shows to take it up
  Front front = Front::kAscii;  // by which it was made, and is taken up
  bool secured = false;         // made inside TLS, and to be taken up there only
  Session* attached = nullptr;  // the session that has it now; null: parked
  std::string user;             // of the policy, who alone takes it up
  // Of the session that parked it: what is selected on its cards is followed on, for the same user only. Null without
  // a policy.
  std::unique_ptr<Access> access;
  std::vector<SlotNumber> slots;
  std::vector<SlotNumber> powered;             // of those
  std::map<SlotNumber, std::string> elements;  // RACS: the names under which they were locked
  std::map<SlotNumber, KeptReply> last;
  // The work that no session waits for any more: nothing else may be started before it has ended.
  struct Orphan {
    SlotNumber slot;
    std::string seid;
    SlotWork work;  // its command is below
    CommandId id = 0;
    Bytes command;
  };
  std::optional<Orphan> orphan;
  Nanoseconds parked_at{0};
};

class KeepTable {
 public:
  KeepTable(Rng& rng, Nanoseconds patience) : rng_(rng), patience_(patience) {}

  // Under an owner number that no session has. Error: kInternal, no randomness.
  [[nodiscard]] Result<KeptUse*> make(SessionId owner);
  // Null: no such key, or its time is over. Takes the same time for every wrong key of an owner.
  [[nodiscard]] KeptUse* find(std::string_view key);
  [[nodiscard]] KeptUse* find_owner(SessionId owner);
  void park(KeptUse& use, Nanoseconds now);
  void drop(SessionId owner) { uses_.erase(owner); }

  // Owners whose time is over; the caller releases their slots and drops them.
  [[nodiscard]] std::vector<SessionId> expired(Nanoseconds now) const;
  [[nodiscard]] std::size_t size() const { return uses_.size(); }

 private:
  Rng& rng_;
  Nanoseconds patience_;
  std::map<SessionId, KeptUse> uses_;
};

}  // namespace cose::grid
