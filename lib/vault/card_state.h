// SPDX-License-Identifier: Apache-2.0
// A card's lasting state as the vault sees it: numbered sections, each a run of octets kept in pages.
//
// Section 0 is the heap's image (jcvm/memory.h, whose pages are as large as these); what the others mean is the card's
// business. A page that nobody wrote is the template's, or zeros.
#pragma once

#include <map>
#include <vector>

#include "bytes/bytes.h"
#include "store/store.h"

namespace cose::vault {

inline constexpr std::uint32_t kPageSize = 256;
inline constexpr std::size_t kMaximumSections = 255;
inline constexpr std::uint32_t kMaximumSection = 4U << 20;  // octets
inline constexpr std::size_t kMaximumName = 64;

using SectionNumber = std::uint8_t;
using Sections = std::map<SectionNumber, Bytes>;

// What a command changed of one section.
struct SectionChange {
  SectionNumber section = 0;
  ByteView octets;                   // the whole section as it is now; empty: it is gone
  std::vector<std::uint32_t> dirty;  // numbers of the pages that changed, ascending
};

[[nodiscard]] constexpr store::PageNumber page_number(SectionNumber section, std::uint32_t index) {
  return static_cast<store::PageNumber>(section) << 24 | index;
}

[[nodiscard]] constexpr std::uint32_t pages_of(std::size_t octets) {
  return static_cast<std::uint32_t>((octets + kPageSize - 1) / kPageSize);
}

// Changes that make these sections out of nothing.
[[nodiscard]] std::vector<SectionChange> whole(const Sections& sections);

}  // namespace cose::vault
