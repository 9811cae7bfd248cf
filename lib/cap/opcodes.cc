// SPDX-License-Identifier: Apache-2.0
#include "cap/opcodes.h"

#include <algorithm>

namespace cose::cap {

namespace {

using ByMnemonic = std::array<const OpcodeInfo*, kOpcodes>;

ByMnemonic sort_by_mnemonic() {
  ByMnemonic sorted{};
  std::ranges::transform(kOpcodeTable, sorted.begin(), [](const OpcodeInfo& info) { return &info; });
  std::ranges::sort(sorted, {}, &OpcodeInfo::mnemonic);
  return sorted;
}

}  // namespace

const OpcodeInfo* find_opcode(std::uint8_t number) {
  return number < kOpcodeTable.size() ? &kOpcodeTable[number] : nullptr;
}

const OpcodeInfo* find_mnemonic(std::string_view mnemonic) {
  static const ByMnemonic kSorted = sort_by_mnemonic();
  const auto found = std::ranges::lower_bound(kSorted, mnemonic, {}, &OpcodeInfo::mnemonic);
  return found != kSorted.end() && (*found)->mnemonic == mnemonic ? *found : nullptr;
}

}  // namespace cose::cap
