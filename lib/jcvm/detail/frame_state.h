// SPDX-License-Identifier: Apache-2.0
// The verifier's values: what a word of the stack or of a local variable is known to be, and which kinds of words
// instructions move.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "cap/instruction.h"

namespace cose::jcvm::detail {

enum class Word : std::uint8_t { kUnset, kAny, kShort, kIntHigh, kIntLow, kReference, kReturnAddress };

[[nodiscard]] std::string_view to_string(Word word);

// kAny fits everything but nothing; what is unset or of two kinds fits nothing but kAny.
[[nodiscard]] bool accepts(Word wanted, Word found);

struct FrameState {
  std::vector<Word> stack;
  std::vector<Word> locals;
};

// Weakens `into` to what holds for both; the stacks are of one depth. True: it changed.
bool merge(FrameState& into, const FrameState& from);

// The words of a letter of cap::OpcodeInfo::stack and Method::arguments.
void append_kinds(std::vector<Word>& words, char letter);

// 's', 'i', 'a', or 0 for instructions that do not read (write) a local variable.
[[nodiscard]] char letter_of_load(const cap::Instruction& instruction);
[[nodiscard]] char letter_of_store(const cap::Instruction& instruction);
[[nodiscard]] bool is_reference_store(const cap::Instruction& instruction);

// 'a', 'b', 's' or 'i': the suffix of getfield_b_this and its like.
[[nodiscard]] char letter_of_access(const cap::Instruction& instruction);

}  // namespace cose::jcvm::detail
