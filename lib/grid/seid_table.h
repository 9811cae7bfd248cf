// SPDX-License-Identifier: Apache-2.0
// Names of secure elements: which slot of the rack is behind a SEID, and lists of SEIDs as RACS writes them.
//
// A SEID has 1 to 63 printable characters without blank and without [ ] ; which lists use. Names are unique, one slot
// may have several. A list is SEIDs separated by blanks, where "Device[1000-2000]" is a range and "Serial[567;789]"
// are several with one prefix (draft-urien-core-racs-13 §2). A table is built once; sessions only read it.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/result.h"
#include "grid/slot_number.h"

namespace cose::grid {

inline constexpr std::size_t kMaximumSeid = 63;

[[nodiscard]] bool is_seid(std::string_view text);

class SeidTable {
 public:
  // Error: kInvalid, no such name; kBusy, the name is taken.
  [[nodiscard]] Status add(std::string_view seid, SlotNumber slot);
  [[nodiscard]] std::optional<SlotNumber> find(std::string_view seid) const;
  // The first of its names, or its number: how a protocol that speaks of slots is judged and written down.
  [[nodiscard]] std::string name_of(SlotNumber slot) const;
  // Sorted.
  [[nodiscard]] std::vector<std::string_view> names() const;

 private:
  std::map<std::string, SlotNumber, std::less<>> slots_;
  std::map<SlotNumber, std::string> names_;  // the first of each
};

// One after the other, separated by blanks.
[[nodiscard]] std::string plain_seid_list(std::span<const std::string_view> seids);
// Names that differ only in a number at their end, and have equally many digits, share a prefix.
[[nodiscard]] std::string compact_seid_list(std::span<const std::string_view> seids);
// Either form, as a client reads it. Errors: kInvalid, kLimit (more than kMaximumSeids).
inline constexpr std::size_t kMaximumSeids = 100'000;
[[nodiscard]] Result<std::vector<std::string>> expand_seid_list(std::string_view list);

}  // namespace cose::grid
