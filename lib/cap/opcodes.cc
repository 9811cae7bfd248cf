// SPDX-License-Identifier: Apache-2.0
#include "cap/opcodes.h"

#include <algorithm>

namespace cose::cap {

namespace {

enum class Family { kAny, kInt };

namespace sets {
constexpr ConstantSet kNone = 0;
constexpr ConstantSet kClass = set_of(ConstantTag::kClassref);
constexpr ConstantSet kInstanceField = set_of(ConstantTag::kInstanceFieldref);
constexpr ConstantSet kStaticField = set_of(ConstantTag::kStaticFieldref);
constexpr ConstantSet kVirtualMethod = set_of(ConstantTag::kVirtualMethodref);
constexpr ConstantSet kStaticMethod = set_of(ConstantTag::kStaticMethodref);
// JCVM 3.1 §7.5.58: constructors and private methods as static references, super methods as their own kind.
constexpr ConstantSet kSpecialMethod = kStaticMethod | set_of(ConstantTag::kSuperMethodref);
}  // namespace sets

using ByMnemonic = std::array<const OpcodeInfo*, kOpcodes>;

ByMnemonic sort_by_mnemonic() {
  ByMnemonic sorted{};
  std::ranges::transform(kOpcodeTable, sorted.begin(), [](const OpcodeInfo& info) { return &info; });
  std::ranges::sort(sorted, {}, &OpcodeInfo::mnemonic);
  return sorted;
}

}  // namespace

constexpr std::array<OpcodeInfo, kOpcodes> kOpcodeTable = {{
#define OPCODE(number, mnemonic, operands, stack, flow, family, constants) \
  {number, #mnemonic, Operands::operands, stack, Flow::flow, Family::family == Family::kInt, sets::constants},
#include "cap/opcodes.def"
}};

const OpcodeInfo* find_opcode(std::uint8_t number) {
  return number < kOpcodeTable.size() ? &kOpcodeTable[number] : nullptr;
}

const OpcodeInfo* find_mnemonic(std::string_view mnemonic) {
  static const ByMnemonic kSorted = sort_by_mnemonic();
  const auto found = std::ranges::lower_bound(kSorted, mnemonic, {}, &OpcodeInfo::mnemonic);
  return found != kSorted.end() && (*found)->mnemonic == mnemonic ? *found : nullptr;
}

}  // namespace cose::cap
