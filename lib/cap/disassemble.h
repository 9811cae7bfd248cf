// SPDX-License-Identifier: Apache-2.0
// The code of one method as text, one instruction a line, in the syntax that cap/assemble.h reads. Octets that are no
// instruction come as .byte lines, so any octets can be shown and assembled back to the same.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "bytes/bytes.h"
#include "cap/instruction.h"

namespace cose::cap {

struct DisassembleOptions {
  // How a constant is written, "k3"; "#3" when not given.
  std::function<std::string(std::size_t)> constant;
  // What stands behind the instruction that uses the constant, without the semicolon.
  std::function<std::string(const Instruction&, std::size_t)> comment;
  // Offsets that get a label besides the targets of branches. Those that are no start of an instruction, nor the
  // end of the code, get none.
  std::set<std::size_t> labels;
};

[[nodiscard]] std::string disassemble(ByteView code, const DisassembleOptions& options = {});

// Where instructions start when the octets are read one after the other.
[[nodiscard]] std::set<std::size_t> instruction_starts(ByteView code);

// "L12", the label of an offset in a method's code.
[[nodiscard]] std::string label_of(std::size_t offset);

}  // namespace cose::cap
