// SPDX-License-Identifier: Apache-2.0
// The instruction set as a table (cap/opcodes.def): decoder, assembler, verifier and interpreter all read this one.
// Immutable, any thread. Source: JCVM 3.1 chapter 7 and table 8-1.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "cap/model.h"

namespace cose::cap {

enum class Operands : std::uint8_t {
  kNone,
  kS8,  // a signed constant
  kS16,
  kS32,
  kLocal,    // u1 local variable
  kLocalS8,  // u1 local variable, signed constant
  kLocalS16,
  kNibbles,  // u1: m in the high nibble, n in the low one
  kBranch8,  // signed distance from the opcode
  kBranch16,
  kConstant8,  // constant pool index
  kConstant16,
  kInterface,       // u1 nargs, u2 constant pool index, u1 method token
  kArrayType,       // u1: 10 boolean, 11 byte, 12 short, 13 int
  kTypeTest,        // u1: 0 class, 10 to 13 array of primitives, 14 array of references; u2 constant pool index
  kTableSwitch16,   // s2 default, low, high; (high - low + 1) s2 distances
  kTableSwitch32,   // the same, low and high as s4
  kLookupSwitch16,  // s2 default, u2 npairs; npairs of s2 match, s2 distance
  kLookupSwitch32,  // the same, matches as s4
};

enum class Flow : std::uint8_t {
  kNext,
  kBranch,  // to the target or on
  kGoto,
  kSubroutine,  // jsr: to the target; `ret` comes back behind it
  kSwitch,
  kReturn,  // also ret: no successor that the code names
  kThrow,
};

// Bit n: constants of tag n (cap/model.h, ConstantTag).
using ConstantSet = std::uint8_t;

[[nodiscard]] constexpr ConstantSet set_of(ConstantTag tag) {
  return static_cast<ConstantSet>(1U << static_cast<unsigned>(tag));
}

struct OpcodeInfo {
  std::uint8_t opcode;
  std::string_view mnemonic;
  Operands operands;
  std::string_view stack;
  Flow flow;
  bool int_family;
  ConstantSet constants;
};

enum class Opcode : std::uint8_t {
#define OPCODE(number, mnemonic, operands, stack, flow, family, constants) k_##mnemonic = (number),
#include "cap/opcodes.def"
};

inline constexpr std::size_t kOpcodes = 185;

namespace opcode_table {

enum class Family { kAny, kInt };

inline constexpr ConstantSet kNone = 0;
inline constexpr ConstantSet kClass = set_of(ConstantTag::kClassref);
inline constexpr ConstantSet kInstanceField = set_of(ConstantTag::kInstanceFieldref);
inline constexpr ConstantSet kStaticField = set_of(ConstantTag::kStaticFieldref);
inline constexpr ConstantSet kVirtualMethod = set_of(ConstantTag::kVirtualMethodref);
inline constexpr ConstantSet kStaticMethod = set_of(ConstantTag::kStaticMethodref);
// JCVM 3.1 §7.5.58: constructors and private methods as static references, super methods as their own kind.
inline constexpr ConstantSet kSpecialMethod = kStaticMethod | set_of(ConstantTag::kSuperMethodref);

inline constexpr std::array<OpcodeInfo, kOpcodes> kRows = {{
#define OPCODE(number, mnemonic, operands, stack, flow, family, constants) \
  {(number), #mnemonic, Operands::operands, (stack), Flow::flow, Family::family == Family::kInt, (constants)},
#include "cap/opcodes.def"
}};

}  // namespace opcode_table

// By opcode, 0x00 to 0xB8.
inline constexpr const auto& kOpcodeTable = opcode_table::kRows;

// Null for numbers that are no opcode; impdep1 and impdep2 (0xFE, 0xFF) are none in a CAP file (JCVM 3.1 §7.2).
[[nodiscard]] const OpcodeInfo* find_opcode(std::uint8_t number);
[[nodiscard]] const OpcodeInfo* find_mnemonic(std::string_view mnemonic);

// newarray's operand and the middle of checkcast's and instanceof's range.
inline constexpr std::uint8_t kArrayOfBoolean = 10;
inline constexpr std::uint8_t kArrayOfInt = 13;
inline constexpr std::uint8_t kArrayOfReference = 14;

}  // namespace cose::cap
