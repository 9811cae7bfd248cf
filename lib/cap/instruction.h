// SPDX-License-Identifier: Apache-2.0
// One instruction out of a method's code: opcode, operands, length (JCVM 3.1 §7.5).
//
// Decoding takes constant time whatever the code says, switches too: their cases are read on request. It reads
// nothing outside the given code.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "cap/opcodes.h"

namespace cose::cap {

enum class OperandKind : std::uint8_t {
  kNumber,    // signed
  kUnsigned,  // nargs, token, nibbles, array types
  kLocal,
  kBranch,  // distance from the opcode
  kConstant8,
  kConstant16,
  kLow,  // of a table switch
  kHigh,
  kPairs,  // of a lookup switch
};

struct Operand {
  OperandKind kind{};
  std::int32_t value = 0;
  std::uint8_t position = 0;  // octets after the opcode's own position
};

struct Instruction {
  const OpcodeInfo* info = nullptr;
  std::size_t offset = 0;  // in the code it was decoded from
  std::size_t length = 0;
  std::array<Operand, 3> operands{};
  std::uint8_t operand_count = 0;

  [[nodiscard]] std::size_t end() const { return offset + length; }
  // Null when it has none of that kind.
  [[nodiscard]] const Operand* find(OperandKind kind) const;
  // The index into the constant pool; null when there is none, or when the type test names an array of primitives.
  [[nodiscard]] const Operand* constant() const;
};

struct SwitchCase {
  std::int32_t match = 0;
  std::int32_t distance = 0;
};

// Errors: kInvalid; "opcode BA is not one", "sspush: expected 3 octets, found 2", "stableswitch: high 1 < low 3".
[[nodiscard]] Result<Instruction> decode(ByteView code, std::size_t offset);

// The cases of a switch without its default; empty for other instructions.
[[nodiscard]] std::vector<SwitchCase> switch_cases(ByteView code, const Instruction& instruction);

// All distances that the instruction may jump, default and cases included.
[[nodiscard]] std::vector<std::int32_t> branch_distances(ByteView code, const Instruction& instruction);

}  // namespace cose::cap
