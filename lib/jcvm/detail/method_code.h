// SPDX-License-Identifier: Apache-2.0
// One method's code as instructions: what scan, verifier and translator share.
#pragma once

#include <map>
#include <vector>

#include "cap/instruction.h"
#include "cap/methods.h"

namespace cose::jcvm::detail {

// Offsets count from the first octet of code, behind the method's header.
struct CodeHandler {
  std::size_t start = 0;
  std::size_t end = 0;
  std::size_t target = 0;
  std::uint16_t catch_type = 0;  // constant pool index; 0: any
};

struct MethodCode {
  cap::MethodHeader header;
  ByteView code;
  std::map<std::size_t, cap::Instruction> instructions;  // by offset: all that can be reached
  std::vector<CodeHandler> handlers;
};

// The structure has passed cap::verify(), which has proven that all of it decodes and stays inside.
[[nodiscard]] MethodCode read_code(const cap::CapFile& cap, const cap::MethodSpan& span);

// The targets of a branch or switch; behind a jsr comes its subroutine only.
[[nodiscard]] std::vector<std::size_t> targets_of(const MethodCode& code, const cap::Instruction& instruction);

// The local variable that an instruction names, in the opcode or as its operand.
[[nodiscard]] std::uint8_t local_of(const cap::Instruction& instruction);

}  // namespace cose::jcvm::detail
