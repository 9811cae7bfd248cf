// SPDX-License-Identifier: Apache-2.0
// Where the state of cards lasts: a port, so that an embedded engine, memory, or a database shared by many machines
// can stand behind it.
//
// A card is a head (a few octets that its owner understands) and numbered pages. All that one command changed is one
// Change; a Group of changes is committed as a whole or not at all, with one flush. Records are octets under a name
// that belong to no card: templates' names, wrapped keys.
//
// Whose word counts: an owner of cards raises the store's fence when it starts, and each change carries it. A change
// with an older fence is refused in the commit itself, so an owner that slept through its replacement cannot do harm.
// Changes of a card count up from 1 (Sequence), checked there, too: none is lost, doubled or out of order.
//
// The octets are opaque here: what must not be read from a disk is sealed before it comes (lib/vault).
//
// Thread rule: reads may come from any thread at any time; raise_fence(), commit() and sync() are one thread's at a
// time. Errors: kRefused (a stale fence), kInvalid (a sequence or shape that does not fit; nothing was changed),
// kLimit (no room left on the disk; nothing was changed), kIo (a failed write or flush: what is on disk is unknown,
// and the store refuses everything from then on; open it anew).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::store {

using CardId = std::uint64_t;
using Fence = std::uint64_t;
using Sequence = std::uint64_t;
using PageNumber = std::uint32_t;

inline constexpr std::size_t kMaximumPage = 4096;            // octets
inline constexpr std::size_t kMaximumPagesOfChange = 65536;  // a whole card can come at once
inline constexpr std::size_t kMaximumHead = 4096;
inline constexpr std::size_t kMaximumRequestId = 64;
inline constexpr std::size_t kMaximumResponse = 65600;  // an extended response with its status word, sealed
inline constexpr std::size_t kMaximumRecordKey = 128;
inline constexpr std::size_t kMaximumRecord = 1024 * 1024;

// What an acknowledged commit survives.
enum class Durability {
  kDurable,  // the loss of power
  kRelaxed,  // the end of the process; a loss of power takes what came after the last sync()
  kNone,     // nothing before the next sync() or an orderly end
};

struct Page {
  PageNumber number = 0;
  Bytes octets;  // in a change: empty removes the page
  friend bool operator==(const Page&, const Page&) = default;
};

// The last request of a client that numbers them, so that a repeated one is answered and not executed again.
struct Answer {
  Bytes request;
  Bytes response;
  friend bool operator==(const Answer&, const Answer&) = default;
};

struct Change {
  enum class Kind : std::uint8_t { kUpdate, kCreate, kDestroy };
  Kind kind = Kind::kUpdate;
  CardId card = 0;
  Fence fence = 0;
  Sequence sequence = 0;  // one more than the card's last; 1 for kCreate
  Bytes head;
  std::vector<Page> pages;
  std::optional<Answer> answer;  // none: the stored one stays
};

struct Record {
  std::string key;
  Bytes octets;  // empty removes it
  friend bool operator==(const Record&, const Record&) = default;
};

struct Group {
  std::vector<Change> changes;
  std::vector<Record> records;
};

struct Head {
  Fence fence = 0;
  Sequence sequence = 0;
  Bytes octets;
  friend bool operator==(const Head&, const Head&) = default;
};

class Store {
 public:
  virtual ~Store() = default;

  // Larger than every fence before, and durable when it returns. From then on only changes with it are accepted.
  [[nodiscard]] virtual Result<Fence> raise_fence() = 0;

  [[nodiscard]] virtual Status commit(const Group& group, Durability durability) = 0;
  // All that was committed is durable when it returns.
  [[nodiscard]] virtual Status sync() = 0;

  // Missing: std::nullopt. Of committed state only.
  [[nodiscard]] virtual Result<std::optional<Head>> head(CardId card) const = 0;
  [[nodiscard]] virtual Result<std::vector<Page>> pages(CardId card) const = 0;  // ascending
  [[nodiscard]] virtual Result<std::optional<Answer>> answer(CardId card) const = 0;
  [[nodiscard]] virtual Result<std::optional<Bytes>> record(std::string_view key) const = 0;

  // In ascending order; a visitor's error ends the walk and is returned.
  using HeadVisitor = std::function<Status(CardId, const Head&)>;
  using RecordVisitor = std::function<Status(std::string_view key, ByteView octets)>;
  [[nodiscard]] virtual Status visit_heads(const HeadVisitor& visitor) const = 0;
  [[nodiscard]] virtual Status visit_records(std::string_view prefix, const RecordVisitor& visitor) const = 0;
};

}  // namespace cose::store
