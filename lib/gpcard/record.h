// SPDX-License-Identifier: Apache-2.0
// What the registry holds, one value for each entry, and how it stands in the card's memory.
//
// Plain values that own their octets. An encoded record begins with its kind and its state, so that a change of state
// is the writing of one octet. Errors of decode(): kInvalid; they mean that the image is not ours.
// Source: GPC 2.3.1 chapter 6 (§6.4, registry).
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/secret.h"
#include "gpcard/life_cycle.h"
#include "gpcard/privileges.h"
#include "jcvm/object.h"
#include "scp/protocol.h"

namespace cose::gpcard {

// The place of an entry in the registry; it keeps it as long as it is there.
using Slot = std::uint16_t;
inline constexpr Slot kNoSlot = 0xFFFF;

enum class RecordKind : std::uint8_t { kCard = 1, kLoadFile = 2, kApplication = 3, kKey = 4, kData = 5, kPin = 6 };

// The card as a whole: the first entry of each registry.
struct CardRecord {
  static constexpr RecordKind kKind = RecordKind::kCard;
  std::uint8_t state = static_cast<std::uint8_t>(CardState::kOpReady);
  std::uint8_t failures = 0;        // authentications failed in a row
  std::uint16_t confirmations = 0;  // receipts given so far, GPC 2.3.1 §C.5
  Bytes historical;                 // replaces the ATR's historical bytes (GPSystem.setATRHistBytes)

  [[nodiscard]] CardState card_state() const { return static_cast<CardState>(state); }
};

// An executable load file.
struct LoadFile {
  static constexpr RecordKind kKind = RecordKind::kLoadFile;
  std::uint8_t state = kLoaded;
  Bytes aid;
  Slot domain = kNoSlot;        // the security domain it belongs to
  std::uint8_t package = 0xFF;  // the machine's number
};

// Bounds that INSTALL set (GPC 2.3.1 table 11-49), zero: none.
struct Quota {
  std::uint32_t code = 0;
  std::uint32_t transient = 0;
  std::uint32_t persistent = 0;
  friend bool operator==(const Quota&, const Quota&) = default;
};

// An application or a security domain.
struct Application {
  static constexpr RecordKind kKind = RecordKind::kApplication;
  std::uint8_t state = kInstalled;
  Bytes aid;
  Slot domain = kNoSlot;     // the security domain it belongs to; a domain may be its own
  Slot load_file = kNoSlot;  // none: a domain, whose code is the card's own
  Bytes module_aid;
  Privileges privileges;
  jcvm::AppletId applet = jcvm::kNoApplet;
  Quota quota;
  std::vector<std::uint16_t> services;   // global services registered, GPC 2.3.1 §8.1
  Bytes implicit_selection;              // one parameter octet for each channel, GPC 2.3.1 table 11-50
  std::vector<scp::Protocol> protocols;  // of a domain: secure channels that it offers, the preferred one first

  [[nodiscard]] bool is_domain() const { return privileges.has(Privilege::kSecurityDomain); }
};

struct KeyComponent {
  std::uint8_t type = 0;  // GPC 2.3.1 table 11-16
  Secret value;
};

// One key of a domain. Wiped when it goes, so it is moved and not copied.
struct Key {
  static constexpr RecordKind kKind = RecordKind::kKey;
  std::uint8_t state = 0;
  Slot domain = kNoSlot;
  std::uint8_t version = 0;
  std::uint8_t id = 0;
  std::uint32_t counter = 0;  // sequence counter; counts in the key with the lowest id of a version
  std::vector<KeyComponent> components;
  // GPC 2.3.1 tables 11-17 and 11-18; only keys in the extended format have them.
  Bytes usage;
  std::optional<std::uint8_t> access;

  // An application's key: its domain keeps it and does not use it.
  [[nodiscard]] bool is_for_domains() const { return access != kForApplications; }
  static constexpr std::uint8_t kForApplications = 0x02;
};

// A data object of a domain, from the profile or by STORE DATA.
struct DataObject {
  static constexpr RecordKind kKind = RecordKind::kData;
  std::uint8_t state = 0;
  Slot domain = kNoSlot;
  std::uint32_t tag = 0;
  Bytes value;
};

// The global PIN of GPC 2.3.1 §8.2.
struct Pin {
  static constexpr RecordKind kKind = RecordKind::kPin;
  std::uint8_t state = 0;  // tries used; written alone and outside of transactions
  std::uint8_t limit = 0;
  std::uint8_t format = 0;
  std::uint8_t blocked = 0;
  Secret value;
};

using Record = std::variant<CardRecord, LoadFile, Application, Key, DataObject, Pin>;

// Secret: keys pass through it.
[[nodiscard]] Secret encode(const Record& record);
[[nodiscard]] Result<Record> decode(ByteView octets);
[[nodiscard]] std::optional<RecordKind> kind_of(ByteView octets);

inline constexpr std::size_t kStateOffset = 1;

}  // namespace cose::gpcard
