// SPDX-License-Identifier: Apache-2.0
#include "jcvm/detail/frame_state.h"

namespace cose::jcvm::detail {

std::string_view to_string(Word word) {
  switch (word) {
    case Word::kUnset: return "nothing of one kind";
    case Word::kAny: return "any word";
    case Word::kShort: return "a short";
    case Word::kIntHigh: return "the first half of an int";
    case Word::kIntLow: return "the second half of an int";
    case Word::kReference: return "a reference";
    case Word::kReturnAddress: return "a return address";
  }
  return "?";
}

bool accepts(Word wanted, Word found) {
  return wanted == found || wanted == Word::kAny || found == Word::kAny;
}

namespace {

bool merge(std::vector<Word>& into, const std::vector<Word>& from) {
  bool changed = false;
  for (std::size_t at = 0; at < into.size(); ++at) {
    const auto word = into[at];
    if (word == from[at] || word == Word::kUnset) continue;
    // Downwards only: a kind, any word, nothing. So the work ends.
    if (word == Word::kAny && from[at] != Word::kUnset) continue;
    into[at] = from[at] == Word::kAny ? Word::kAny : Word::kUnset;
    changed = true;
  }
  return changed;
}

}  // namespace

bool merge(FrameState& into, const FrameState& from) {
  const bool stack = merge(into.stack, from.stack);
  const bool locals = merge(into.locals, from.locals);
  return stack || locals;
}

void append_kinds(std::vector<Word>& words, char letter) {
  switch (letter) {
    case 'i':
      words.push_back(Word::kIntHigh);
      words.push_back(Word::kIntLow);
      break;
    case 'a': words.push_back(Word::kReference); break;
    case 'r': words.push_back(Word::kReturnAddress); break;
    case 's': words.push_back(Word::kShort); break;
    default: words.push_back(Word::kAny); break;
  }
}

char letter_of_load(const cap::Instruction& instruction) {
  const auto name = instruction.info->mnemonic;
  if (name == "sload" || name.starts_with("sload_") || name.starts_with("sinc")) return 's';
  if (name.starts_with("iinc") || name == "iload" || name.starts_with("iload_")) return 'i';
  if (name == "aload" || name.starts_with("aload_")) return 'a';
  return name.ends_with("_this") ? 'a' : 0;
}

char letter_of_store(const cap::Instruction& instruction) {
  const auto name = instruction.info->mnemonic;
  if (name == "sstore" || name.starts_with("sstore_")) return 's';
  if (name == "istore" || name.starts_with("istore_")) return 'i';
  return is_reference_store(instruction) ? 'a' : 0;
}

bool is_reference_store(const cap::Instruction& instruction) {
  const auto name = instruction.info->mnemonic;
  return name == "astore" || name.starts_with("astore_");
}

char letter_of_access(const cap::Instruction& instruction) {
  const auto name = instruction.info->mnemonic;
  return name[name.find('_') + 1];
}

}  // namespace cose::jcvm::detail
