// SPDX-License-Identifier: Apache-2.0
#include "classfile/instruction.h"

#include <algorithm>

#include <fmt/format.h>

#include "bytes/reader.h"

namespace cose::classfile {

namespace {

struct OpInfo {
  std::string_view mnemonic;
  Operands operands;
};

constexpr std::array<OpInfo, kOps> kOpTable = {{
#define JAVA_OPCODE(number, mnemonic, operands) {#mnemonic, Operands::operands},
#include "classfile/java_opcodes.def"
}};

// JVMS 8 §4.7.3: code_length is below this.
constexpr std::size_t kMaximumCode = 65535;

class Decoder {
 public:
  explicit Decoder(ByteView code) : code_(code), reader_(code) {}

  Result<DecodedCode> run() {
    if (code_.empty() || code_.size() > kMaximumCode)
      return fail(ErrorKind::kInvalid,
                  fmt::format("expected 1 to {} octets of code, found {}", kMaximumCode, code_.size()));
    while (!reader_.at_end()) {
      const auto at = reader_.position();
      if (auto read = read_instruction(); !read)
        return std::unexpected(read.error().within(fmt::format("code at {}", at)));
    }
    COSE_CHECK(check_targets());
    return std::move(decoded_);
  }

 private:
  Status read_instruction() {
    Instruction instruction;
    instruction.at = static_cast<std::uint16_t>(reader_.position());
    COSE_TRY(auto number, reader_.u8());
    const bool wide = number < kOps && kOpTable[number].operands == Operands::kWide;
    if (wide) {
      COSE_TRY(number, reader_.u8());
    }
    if (number >= kOps) return fail(ErrorKind::kInvalid, fmt::format("opcode {:02X} is none of Java 8", number));
    const auto general = general_form(static_cast<Op>(number));
    instruction.op = general.op;
    instruction.operand = general.operand;
    if (!general.implied) COSE_CHECK(wide ? read_wide(instruction) : read_operands(instruction));
    instruction.length = static_cast<std::uint16_t>(reader_.position() - instruction.at);
    decoded_.instructions.push_back(instruction);
    return {};
  }

  Status read_wide(Instruction& instruction) {
    const auto form = kOpTable[static_cast<std::size_t>(instruction.op)].operands;
    if (form != Operands::kLocal && form != Operands::kIncrement)
      return fail(ErrorKind::kInvalid, fmt::format("wide before {}", mnemonic_of(instruction.op)));
    COSE_TRY(instruction.operand, reader_.u16());
    if (form == Operands::kIncrement) {
      COSE_TRY(const auto constant, reader_.u16());
      instruction.second = static_cast<std::int16_t>(constant);
    }
    return {};
  }

  Status read_operands(Instruction& instruction) {
    switch (kOpTable[static_cast<std::size_t>(instruction.op)].operands) {
      case Operands::kNone: return {};
      case Operands::kByte: return read_signed8(instruction.operand);
      case Operands::kShort: return read_signed16(instruction.operand);
      case Operands::kConstant8:
      case Operands::kLocal:
      case Operands::kArrayType: return read_unsigned8(instruction.operand);
      case Operands::kIncrement:
        COSE_CHECK(read_unsigned8(instruction.operand));
        return read_signed8(instruction.second);
      case Operands::kBranch16: {
        COSE_CHECK(read_signed16(instruction.operand));
        instruction.operand += instruction.at;
        return {};
      }
      case Operands::kBranch32: {
        COSE_TRY(const auto distance, reader_.u32());
        return target_of(instruction, distance, instruction.operand);
      }
      case Operands::kTableSwitch: return read_table(instruction);
      case Operands::kLookupSwitch: return read_lookup(instruction);
      case Operands::kInterfaceMethod:
      case Operands::kDynamic: COSE_CHECK(read_unsigned16(instruction.operand)); return reader_.skip(2);
      case Operands::kMultiArray:
        COSE_CHECK(read_unsigned16(instruction.operand));
        return read_unsigned8(instruction.second);
      case Operands::kWide: return fail(ErrorKind::kInvalid, "wide before wide");
      default: return read_unsigned16(instruction.operand);
    }
  }

  Status read_unsigned8(std::int32_t& value) {
    COSE_TRY(value, reader_.u8());
    return {};
  }
  Status read_unsigned16(std::int32_t& value) {
    COSE_TRY(value, reader_.u16());
    return {};
  }
  Status read_signed8(std::int32_t& value) {
    COSE_TRY(const auto octet, reader_.u8());
    value = static_cast<std::int8_t>(octet);
    return {};
  }
  Status read_signed16(std::int32_t& value) {
    COSE_TRY(const auto word, reader_.u16());
    value = static_cast<std::int16_t>(word);
    return {};
  }

  template <typename Number>
  Status target_of(const Instruction& instruction, std::uint32_t distance, Number& target) {
    const auto offset = std::int64_t{static_cast<std::int32_t>(distance)} + instruction.at;
    if (offset < 0 || offset >= static_cast<std::int64_t>(code_.size()))
      return fail(ErrorKind::kInvalid, fmt::format("jumps to {}, outside the code", offset));
    target = static_cast<Number>(offset);
    return {};
  }

  Status skip_padding() {
    while (reader_.position() % 4 != 0) COSE_CHECK(reader_.skip(1));
    return {};
  }

  Status read_table(Instruction& instruction) {
    Switch table;
    COSE_CHECK(skip_padding());
    COSE_TRY(const auto otherwise, reader_.u32());
    COSE_CHECK(target_of(instruction, otherwise, table.otherwise));
    COSE_TRY(const auto low_word, reader_.u32());
    COSE_TRY(const auto high_word, reader_.u32());
    const auto low = static_cast<std::int32_t>(low_word);
    const auto count = std::int64_t{static_cast<std::int32_t>(high_word)} - low + 1;
    if (count < 1 || count > static_cast<std::int64_t>(reader_.remaining() / 4))
      return fail(ErrorKind::kInvalid,
                  fmt::format("tableswitch with {} cases in {} octets", count, reader_.remaining()));
    for (std::int64_t each = 0; each < count; ++each) {
      COSE_TRY(const auto distance, reader_.u32());
      auto& added = table.cases.emplace_back(static_cast<std::int32_t>(low + each), std::uint16_t{0});
      COSE_CHECK(target_of(instruction, distance, added.second));
    }
    return add(instruction, std::move(table));
  }

  Status read_lookup(Instruction& instruction) {
    Switch table;
    COSE_CHECK(skip_padding());
    COSE_TRY(const auto otherwise, reader_.u32());
    COSE_CHECK(target_of(instruction, otherwise, table.otherwise));
    COSE_TRY(const auto count, reader_.u32());
    if (count > reader_.remaining() / 8)
      return fail(ErrorKind::kInvalid,
                  fmt::format("lookupswitch with {} cases in {} octets", count, reader_.remaining()));
    for (std::uint32_t each = 0; each < count; ++each) {
      COSE_TRY(const auto match, reader_.u32());
      COSE_TRY(const auto distance, reader_.u32());
      if (!table.cases.empty() && table.cases.back().first >= static_cast<std::int32_t>(match))
        return fail(ErrorKind::kInvalid, "lookupswitch with cases that do not ascend");
      auto& added = table.cases.emplace_back(static_cast<std::int32_t>(match), std::uint16_t{0});
      COSE_CHECK(target_of(instruction, distance, added.second));
    }
    return add(instruction, std::move(table));
  }

  Status add(Instruction& instruction, Switch table) {
    instruction.operand = static_cast<std::int32_t>(decoded_.switches.size());
    decoded_.switches.push_back(std::move(table));
    return {};
  }

  [[nodiscard]] Status check_target(const Instruction& from, std::int32_t target) const {
    if (target >= 0 && std::ranges::binary_search(decoded_.instructions, target, {}, &Instruction::at)) return {};
    return fail(ErrorKind::kInvalid, fmt::format("code at {}: {} jumps to {}, where no instruction starts", from.at,
                                                 mnemonic_of(from.op), target));
  }

  [[nodiscard]] Status check_targets() const {
    for (const auto& each : decoded_.instructions) {
      const auto form = kOpTable[static_cast<std::size_t>(each.op)].operands;
      if (form == Operands::kBranch16 || form == Operands::kBranch32) COSE_CHECK(check_target(each, each.operand));
      if (form != Operands::kTableSwitch && form != Operands::kLookupSwitch) continue;
      const auto& table = decoded_.switches[static_cast<std::size_t>(each.operand)];
      COSE_CHECK(check_target(each, table.otherwise));
      for (const auto& [match, target] : table.cases) COSE_CHECK(check_target(each, target));
    }
    return {};
  }

  ByteView code_;
  Reader reader_;
  DecodedCode decoded_;
};

constexpr int number(Op op) {
  return static_cast<int>(op);
}

}  // namespace

std::string_view mnemonic_of(Op op) {
  const auto index = static_cast<std::size_t>(op);
  return index < kOps ? kOpTable[index].mnemonic : "?";
}

GeneralForm general_form(Op op) {
  if (op >= Op::k_iconst_m1 && op <= Op::k_iconst_5) return {Op::k_bipush, true, number(op) - number(Op::k_iconst_0)};
  // Four variables for each of five types, in the order of the general forms.
  if (op >= Op::k_iload_0 && op <= Op::k_aload_3) {
    const int index = number(op) - number(Op::k_iload_0);
    return {static_cast<Op>(number(Op::k_iload) + index / 4), true, index % 4};
  }
  if (op >= Op::k_istore_0 && op <= Op::k_astore_3) {
    const int index = number(op) - number(Op::k_istore_0);
    return {static_cast<Op>(number(Op::k_istore) + index / 4), true, index % 4};
  }
  return {op, false, 0};
}

Result<DecodedCode> decode(ByteView code) {
  return Decoder(code).run();
}

}  // namespace cose::classfile
