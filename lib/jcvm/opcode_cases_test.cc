// SPDX-License-Identifier: Apache-2.0
// Each opcode has a case of its own in tests/jcvm/opcodes_*.jca, which would notice another one in its place.
//
// The case of an opcode is the exported method of its mnemonic, with what is expected of it; the opcode stands in that
// method or in one whose name goes on behind it (sadd, sadd_more). A neighbour is an opcode with operands of the same
// shape that takes and gives as many words.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cap/opcodes.h"
#include "jcvm/testing/program.h"

namespace cose::jcvm {
namespace {

using cap::OpcodeInfo;
using testing::Program;

const std::vector<Program>& opcode_programs() {
  static const auto kPrograms = [] {
    std::vector<Program> read;
    for (const auto& path : testing::program_paths())
      if (std::filesystem::path(path).filename().string().starts_with("opcodes_"))
        read.push_back(testing::read_program(path));
    return read;
  }();
  return kPrograms;
}

std::string first_word(const std::string& line) {
  std::istringstream words(line);
  std::string word;
  words >> word;
  return word;
}

// The source with `by` in place of the opcode in the methods of its case.
std::string replaced(const std::string& source, const std::string& opcode, std::string_view by) {
  std::istringstream lines(source);
  std::string made;
  bool inside = false;
  for (std::string line; std::getline(lines, line); made += line + "\n") {
    if (line.starts_with(".method ")) {
      const auto name = first_word(line.substr(8));
      inside = name == opcode || name.starts_with(opcode + "_");
    }
    if (inside && first_word(line) == opcode) line.replace(line.find(opcode), opcode.size(), by);
  }
  return made;
}

bool is_case(const Program& program, const std::string& opcode) {
  return replaced(program.source, opcode, "?") != program.source &&
         std::ranges::find(program.expectations, opcode, &testing::Expectation::method) != program.expectations.end();
}

const Program* case_of(const std::string& opcode) {
  for (const auto& program : opcode_programs())
    if (is_case(program, opcode)) return &program;
  return nullptr;
}

std::size_t words(std::string_view kinds) {
  return kinds.size() + static_cast<std::size_t>(std::ranges::count(kinds, 'i'));
}

bool are_neighbours(const OpcodeInfo& left, const OpcodeInfo& right) {
  const auto takes = [](const OpcodeInfo& info) { return words(info.stack.substr(0, info.stack.find(':'))); };
  const auto gives = [](const OpcodeInfo& info) { return words(info.stack.substr(info.stack.find(':') + 1)); };
  return left.opcode != right.opcode && left.operands == right.operands && left.flow == right.flow &&
         takes(left) == takes(right) && gives(left) == gives(right);
}

// Reading a field of a byte and of a short is one operation: each is a word, and what is written is a byte already
// (JCVM 3.1 §7.5.30).
bool are_one(std::string_view left, std::string_view right) {
  constexpr std::string_view kByte = "getfield_b";
  constexpr std::string_view kShort = "getfield_s";
  if (left.starts_with(kShort)) std::swap(left, right);
  return left.starts_with(kByte) && right.starts_with(kShort) &&
         left.substr(kByte.size()) == right.substr(kShort.size());
}

// kRefused: the verifier tells them apart by kinds of values, as aload and sload.
enum class Verdict { kRefused, kNoticed, kUnnoticed };

// All that the program expects, with another opcode in the case of one.
Verdict try_with(const Program& program, const std::string& opcode, std::string_view neighbour) {
  testing::ProgramCard card;
  const auto package = card.load(replaced(program.source, opcode, neighbour), program.kinds);
  if (!package) return Verdict::kRefused;
  for (const auto& expectation : program.expectations)
    if (card.run(**package, program, expectation) != expectation.outcome) return Verdict::kNoticed;
  return Verdict::kUnnoticed;
}

TEST(OpcodeCases, AreThereForEachOpcode) {
  for (const auto& info : cap::kOpcodeTable) EXPECT_NE(case_of(std::string(info.mnemonic)), nullptr) << info.mnemonic;
}

TEST(OpcodeCases, NoticeAnotherOpcode) {
  std::size_t noticed = 0;
  for (const auto& info : cap::kOpcodeTable) {
    const std::string opcode(info.mnemonic);
    const auto* program = case_of(opcode);
    ASSERT_NE(program, nullptr) << opcode;
    for (const auto& other : cap::kOpcodeTable) {
      if (!are_neighbours(info, other) || are_one(info.mnemonic, other.mnemonic)) continue;
      const auto verdict = try_with(*program, opcode, other.mnemonic);
      noticed += verdict == Verdict::kNoticed ? 1 : 0;
      EXPECT_NE(verdict, Verdict::kUnnoticed) << opcode << " with " << other.mnemonic << " in its place";
    }
  }
  // Many neighbours can be put there, or this test tests nothing.
  EXPECT_GT(noticed, std::size_t{500});
}

}  // namespace
}  // namespace cose::jcvm
