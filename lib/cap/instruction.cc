// SPDX-License-Identifier: Apache-2.0
#include "cap/instruction.h"

#include <algorithm>

#include <fmt/format.h>

namespace cose::cap {

namespace {

enum class Width : std::uint8_t { kU8, kS8, kU16, kS16, kS32 };

struct Field {
  OperandKind kind{};
  Width width{};
};

using Fields = std::array<Field, 3>;

struct Shape {
  std::uint8_t count = 0;
  Fields fields{};
};

constexpr std::size_t octets_of(Width width) {
  switch (width) {
    case Width::kU8:
    case Width::kS8: return 1;
    case Width::kU16:
    case Width::kS16: return 2;
    case Width::kS32: return 4;
  }
  return 0;
}

// What stands behind the opcode before the cases of a switch.
constexpr Shape shape_of(Operands operands) {
  using enum OperandKind;
  switch (operands) {
    case Operands::kNone: return {};
    case Operands::kS8: return {1, {{{kNumber, Width::kS8}}}};
    case Operands::kS16: return {1, {{{kNumber, Width::kS16}}}};
    case Operands::kS32: return {1, {{{kNumber, Width::kS32}}}};
    case Operands::kLocal: return {1, {{{kLocal, Width::kU8}}}};
    case Operands::kLocalS8: return {2, {{{kLocal, Width::kU8}, {kNumber, Width::kS8}}}};
    case Operands::kLocalS16: return {2, {{{kLocal, Width::kU8}, {kNumber, Width::kS16}}}};
    case Operands::kNibbles:
    case Operands::kArrayType: return {1, {{{kUnsigned, Width::kU8}}}};
    case Operands::kBranch8: return {1, {{{kBranch, Width::kS8}}}};
    case Operands::kBranch16: return {1, {{{kBranch, Width::kS16}}}};
    case Operands::kConstant8: return {1, {{{kConstant8, Width::kU8}}}};
    case Operands::kConstant16: return {1, {{{kConstant16, Width::kU16}}}};
    case Operands::kInterface:
      return {3, {{{kUnsigned, Width::kU8}, {kConstant16, Width::kU16}, {kUnsigned, Width::kU8}}}};
    case Operands::kTypeTest: return {2, {{{kUnsigned, Width::kU8}, {kConstant16, Width::kU16}}}};
    case Operands::kTableSwitch16: return {3, {{{kBranch, Width::kS16}, {kLow, Width::kS16}, {kHigh, Width::kS16}}}};
    case Operands::kTableSwitch32: return {3, {{{kBranch, Width::kS16}, {kLow, Width::kS32}, {kHigh, Width::kS32}}}};
    case Operands::kLookupSwitch16:
    case Operands::kLookupSwitch32: return {2, {{{kBranch, Width::kS16}, {kPairs, Width::kU16}}}};
  }
  return {};
}

std::int32_t read_field(ByteView octets, Width width) {
  std::uint32_t value = 0;
  for (const auto octet : octets.first(octets_of(width))) value = value << 8 | octet;
  switch (width) {
    case Width::kS8: return static_cast<std::int8_t>(value);
    case Width::kS16: return static_cast<std::int16_t>(value);
    case Width::kU8:
    case Width::kU16:
    case Width::kS32: break;
  }
  return static_cast<std::int32_t>(value);
}

bool is_table(Operands operands) {
  return operands == Operands::kTableSwitch16 || operands == Operands::kTableSwitch32;
}

std::size_t match_size(Operands operands) {
  return operands == Operands::kLookupSwitch32 ? 4 : 2;
}

// The octets that a switch's cases take; an error when low and high are the wrong way round.
Result<std::size_t> cases_size(const Instruction& instruction) {
  if (instruction.info->flow != Flow::kSwitch) return std::size_t{0};
  if (!is_table(instruction.info->operands))
    return static_cast<std::size_t>(instruction.operands[1].value) * (match_size(instruction.info->operands) + 2);
  const std::int64_t low = instruction.operands[1].value;
  const std::int64_t high = instruction.operands[2].value;
  if (high < low)
    return fail(ErrorKind::kInvalid,
                fmt::format("{}: high {} is less than low {}", instruction.info->mnemonic, high, low));
  return static_cast<std::size_t>(high - low + 1) * 2;
}

std::unexpected<Error> too_short(const OpcodeInfo& info, std::size_t expected, std::size_t found) {
  return fail(ErrorKind::kInvalid, fmt::format("{}: expected {} octets, found {}", info.mnemonic, expected, found));
}

std::size_t fixed_size(const Shape& shape) {
  std::size_t size = 1;
  for (std::size_t at = 0; at < shape.count; ++at) size += octets_of(shape.fields[at].width);
  return size;
}

}  // namespace

const Operand* Instruction::find(OperandKind kind) const {
  for (std::size_t at = 0; at < operand_count; ++at)
    if (operands[at].kind == kind) return &operands[at];
  return nullptr;
}

const Operand* Instruction::constant() const {
  // JCVM 3.1 §7.5.14: with an array of primitives the index is zero and names nothing.
  if (info->operands == Operands::kTypeTest && operands[0].value >= kArrayOfBoolean && operands[0].value <= kArrayOfInt)
    return nullptr;
  const auto* narrow = find(OperandKind::kConstant8);
  return narrow != nullptr ? narrow : find(OperandKind::kConstant16);
}

Result<Instruction> decode(ByteView code, std::size_t offset) {
  if (offset >= code.size()) return fail(ErrorKind::kInvalid, "expected an opcode, found the end of the code");
  const auto rest = code.subspan(offset);
  Instruction instruction;
  instruction.offset = offset;
  instruction.info = find_opcode(rest[0]);
  if (instruction.info == nullptr) return fail(ErrorKind::kInvalid, fmt::format("{:02X} is no opcode", rest[0]));
  const auto shape = shape_of(instruction.info->operands);
  const auto fixed = fixed_size(shape);
  if (rest.size() < fixed) return too_short(*instruction.info, fixed, rest.size());
  std::size_t position = 1;
  for (std::size_t at = 0; at < shape.count; ++at) {
    const auto [kind, width] = shape.fields[at];
    instruction.operands[at] = {kind, read_field(rest.subspan(position), width), static_cast<std::uint8_t>(position)};
    position += octets_of(width);
  }
  instruction.operand_count = shape.count;
  COSE_TRY(const auto cases, cases_size(instruction));
  if (rest.size() - fixed < cases) return too_short(*instruction.info, fixed + cases, rest.size());
  instruction.length = fixed + cases;
  return instruction;
}

std::vector<SwitchCase> switch_cases(ByteView code, const Instruction& instruction) {
  std::vector<SwitchCase> cases;
  if (instruction.info->flow != Flow::kSwitch) return cases;
  const auto operands = instruction.info->operands;
  const auto fixed = fixed_size(shape_of(operands));
  auto rest = code.subspan(instruction.offset + fixed, instruction.length - fixed);
  if (is_table(operands)) {
    for (std::int64_t match = instruction.operands[1].value; !rest.empty(); ++match, rest = rest.subspan(2))
      cases.push_back({static_cast<std::int32_t>(match), read_field(rest, Width::kS16)});
    return cases;
  }
  const auto width = match_size(operands) == 4 ? Width::kS32 : Width::kS16;
  for (; !rest.empty(); rest = rest.subspan(octets_of(width) + 2))
    cases.push_back({read_field(rest, width), read_field(rest.subspan(octets_of(width)), Width::kS16)});
  return cases;
}

std::vector<std::int32_t> branch_distances(ByteView code, const Instruction& instruction) {
  std::vector<std::int32_t> distances;
  if (const auto* branch = instruction.find(OperandKind::kBranch)) distances.push_back(branch->value);
  for (const auto& each : switch_cases(code, instruction)) distances.push_back(each.distance);
  return distances;
}

}  // namespace cose::cap
