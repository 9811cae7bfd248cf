// SPDX-License-Identifier: Apache-2.0
// The code of one method for the card, with labels instead of distances, and its layout.
#pragma once

#include <cstdint>
#include <vector>

#include "bytes/bytes.h"
#include "cap/methods.h"
#include "cap/opcodes.h"
#include "convert/detail/program.h"

namespace cose::convert::detail {

struct CardInstruction {
  cap::Opcode op{};
  std::int32_t first = 0;   // constant, local variable, nibbles, array type, nargs
  std::int32_t second = 0;  // what sinc adds, token of an interface's method
  int symbol = -1;
  int target = -1;  // index of the Java instruction that it leads to
  int table = -1;   // of a switch
  // Words taken and given by calls, dup_x and swap_x; the table of opcodes says it for all others.
  std::size_t taken = 0;
  std::size_t given = 0;
  std::size_t source = 0;  // index of the Java instruction that it comes from
  std::size_t offset = 0;  // in the code, once laid out
};

struct CardSwitch {
  int otherwise = 0;
  std::vector<std::pair<std::int32_t, int>> cases;  // ascending
};

struct CardHandler {
  std::size_t start = 0;  // offsets in the code
  std::size_t end = 0;
  std::size_t handler = 0;
  int symbol = -1;  // none: any
  bool stop = true;
};

struct CardReference {
  std::size_t offset = 0;  // in the code
  int symbol = -1;
  bool two_octets = false;
};

struct CardCode {
  MethodUnit* method = nullptr;
  std::vector<CardInstruction> instructions;
  std::vector<CardSwitch> switches;
  std::vector<std::size_t> labels;  // by index of a Java instruction: the first of these from there on
  cap::MethodHeader header;
  // Once laid out:
  Bytes octets;
  std::vector<CardHandler> handlers;
  std::vector<CardReference> references;
  std::vector<std::uint8_t> variables;  // by Java local variable: the card's
};

// Words on the stack at most. Error: kInvalid, code that no stack fits.
[[nodiscard]] Result<std::size_t> stack_words(const CardCode& code, const std::vector<int>& handlers);
// Chooses the widths of jumps and writes octets and references; indices stay zero where a symbol belongs.
[[nodiscard]] Status lay_out(CardCode& code);

}  // namespace cose::convert::detail
