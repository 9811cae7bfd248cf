// SPDX-License-Identifier: Apache-2.0
#include "cap/disassemble.h"

#include <fmt/format.h>

namespace cose::cap {

namespace {

class Disassembler {
 public:
  Disassembler(ByteView code, const DisassembleOptions& options) : code_(code), options_(options) {
    starts_ = instruction_starts(code);
    labels_ = options.labels;
    for (const auto start : starts_)
      if (const auto instruction = decode(code, start))
        for (const auto distance : branch_distances(code, *instruction))
          if (const auto target = target_of(*instruction, distance)) labels_.insert(*target);
  }

  std::string run() {
    std::string text;
    for (std::size_t at = 0; at < code_.size();) {
      if (labels_.contains(at) && starts_.contains(at)) text += label_of(at) + ":\n";
      const auto instruction = decode(code_, at);
      text += instruction ? line_of(*instruction) : byte_line(at, instruction.error().message);
      at += instruction ? instruction->length : 1;
    }
    if (labels_.contains(code_.size())) text += label_of(code_.size()) + ":\n";
    return text;
  }

 private:
  // Only starts of instructions can carry a label.
  [[nodiscard]] std::optional<std::size_t> target_of(const Instruction& instruction, std::int32_t distance) const {
    const auto target = static_cast<std::int64_t>(instruction.offset) + distance;
    if (target < 0 || !starts_.contains(static_cast<std::size_t>(target))) return std::nullopt;
    return static_cast<std::size_t>(target);
  }

  [[nodiscard]] std::string branch_text(const Instruction& instruction, std::int32_t distance) const {
    const auto target = target_of(instruction, distance);
    return target ? label_of(*target) : fmt::format("{:+}", distance);
  }

  [[nodiscard]] std::string operand_text(const Instruction& instruction, const Operand& operand) const {
    switch (operand.kind) {
      case OperandKind::kBranch: return " " + branch_text(instruction, operand.value);
      case OperandKind::kConstant8:
      case OperandKind::kConstant16: {
        const auto index = static_cast<std::size_t>(operand.value);
        // An index that names nothing is written as the number that it is.
        const bool named = options_.constant && instruction.constant() == &operand;
        return " " + (named ? options_.constant(index) : fmt::format("#{}", index));
      }
      case OperandKind::kLow: return fmt::format(" low={}", operand.value);
      case OperandKind::kHigh:
      case OperandKind::kPairs: return "";
      case OperandKind::kNumber:
      case OperandKind::kUnsigned:
      case OperandKind::kLocal: return fmt::format(" {}", operand.value);
    }
    return "";
  }

  [[nodiscard]] std::string line_of(const Instruction& instruction) const {
    std::string line = "    " + std::string(instruction.info->mnemonic);
    for (std::size_t at = 0; at < instruction.operand_count; ++at)
      line += operand_text(instruction, instruction.operands[at]);
    const bool lookup = instruction.find(OperandKind::kPairs) != nullptr;
    for (const auto& each : switch_cases(code_, instruction))
      line += (lookup ? fmt::format(" {}:", each.match) : " ") + branch_text(instruction, each.distance);
    if (const auto* constant = instruction.constant(); constant != nullptr && options_.comment)
      if (const auto comment = options_.comment(instruction, static_cast<std::size_t>(constant->value));
          !comment.empty())
        line = fmt::format("{:<40}; {}", line, comment);
    return line + "\n";
  }

  [[nodiscard]] std::string byte_line(std::size_t at, const std::string& reason) const {
    return fmt::format("    .byte {:02X}{}", code_[at], options_.comment ? "  ; " + reason : "") + "\n";
  }

  ByteView code_;
  const DisassembleOptions& options_;
  std::set<std::size_t> starts_;
  std::set<std::size_t> labels_;
};

}  // namespace

std::set<std::size_t> instruction_starts(ByteView code) {
  std::set<std::size_t> starts;
  for (std::size_t at = 0; at < code.size();) {
    const auto instruction = decode(code, at);
    if (instruction) starts.insert(at);
    at += instruction ? instruction->length : 1;
  }
  return starts;
}

std::string label_of(std::size_t offset) {
  return "L" + std::to_string(offset);
}

std::string disassemble(ByteView code, const DisassembleOptions& options) {
  return Disassembler(code, options).run();
}

}  // namespace cose::cap
