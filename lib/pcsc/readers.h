// SPDX-License-Identifier: Apache-2.0
// Which readers there are, what is in them, and how a person's TEXT picks one.
//
// Thread rule: that of the Context passed in. Every call is bounded: pcscd answers lists and states from memory,
// without asking a reader; only serial numbers ask the driver, and those have a deadline (kSerialPatience).
// Source: PC/SC part 5 §3.2.4, §3.2.5; pcsc-lite's winscard.h.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "iso7816/card_source.h"
#include "pcsc/context.h"

namespace cose::pcsc {

// How programs hold a reader's card at the moment.
enum class Use { kFree, kShared, kExclusive };

struct ReaderStatus {
  std::string name;
  std::string serial;  // the vendor's, empty when not asked for or not given
  iso7816::Presence presence = iso7816::Presence::kAbsent;
  Use use = Use::kFree;
  bool mute = false;  // the card does not answer to reset
  Bytes atr;          // empty without card, and for a mute one
};

enum class SerialNumbers {
  kSkip,
  kAsk,  // connects to each reader for a moment, without touching its card; a reader in exclusive use gives none
};

// How long all readers together may take over their serial numbers.
inline constexpr std::chrono::milliseconds kSerialPatience{2000};

// In pcscd's order. No reader is an empty list, not an error.
[[nodiscard]] Result<std::vector<ReaderStatus>> list_readers(Context& context,
                                                             SerialNumbers serials = SerialNumbers::kSkip);

// The reader that TEXT means: none given, the first; else the one of exactly that name; else the first in order whose
// name holds TEXT (letter case counts); else the one of exactly that serial number. kNotFound lists what there is.
[[nodiscard]] Result<ReaderStatus> choose_reader(std::span<const ReaderStatus> readers, std::string_view text);

// The same over what pcscd has now; serial numbers are asked for only when no name fits.
[[nodiscard]] Result<ReaderStatus> find_reader(Context& context, std::string_view text);

}  // namespace cose::pcsc
