// SPDX-License-Identifier: Apache-2.0
#include "cap/opcodes.h"

#include <set>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "cap/disassemble.h"
#include "cap/instruction.h"

namespace cose::cap {
namespace {

using namespace literals;

TEST(Opcodes, AreOneToALineInOrder) {
  std::set<std::string_view> mnemonics;
  for (std::size_t number = 0; number < kOpcodeTable.size(); ++number) {
    EXPECT_EQ(kOpcodeTable[number].opcode, number);
    EXPECT_TRUE(mnemonics.insert(kOpcodeTable[number].mnemonic).second) << kOpcodeTable[number].mnemonic;
    EXPECT_EQ(find_mnemonic(kOpcodeTable[number].mnemonic), &kOpcodeTable[number]);
  }
  EXPECT_EQ(find_opcode(0xB9), nullptr);
  EXPECT_EQ(find_opcode(0xFE), nullptr);
  EXPECT_EQ(find_mnemonic("iload_4"), nullptr);
}

// Anchors from JCVM 3.1 table 8-1, some from each group.
TEST(Opcodes, HaveTheNumbersOfTheSpecification) {
  const std::map<std::string_view, int> expected = {{"nop", 0},
                                                    {"sconst_5", 8},
                                                    {"bspush", 16},
                                                    {"iipush", 20},
                                                    {"aload_0", 24},
                                                    {"iload_3", 35},
                                                    {"baload", 37},
                                                    {"astore_0", 43},
                                                    {"bastore", 56},
                                                    {"pop", 59},
                                                    {"swap_x", 64},
                                                    {"sadd", 65},
                                                    {"sshr", 79},
                                                    {"iushr", 82},
                                                    {"sinc", 89},
                                                    {"i2s", 94},
                                                    {"icmp", 95},
                                                    {"ifnonnull", 103},
                                                    {"goto", 112},
                                                    {"jsr", 113},
                                                    {"ret", 114},
                                                    {"stableswitch", 115},
                                                    {"ilookupswitch", 118},
                                                    {"return", 122},
                                                    {"getstatic_a", 123},
                                                    {"putfield_i", 138},
                                                    {"invokevirtual", 139},
                                                    {"invokeinterface", 142},
                                                    {"new", 143},
                                                    {"newarray", 144},
                                                    {"athrow", 147},
                                                    {"instanceof", 149},
                                                    {"iinc_w", 151},
                                                    {"ifeq_w", 152},
                                                    {"goto_w", 168},
                                                    {"getfield_a_w", 169},
                                                    {"getfield_i_this", 176},
                                                    {"putfield_a_w", 177},
                                                    {"putfield_i_this", 184}};
  for (const auto& [mnemonic, number] : expected) {
    const auto* info = find_mnemonic(mnemonic);
    ASSERT_NE(info, nullptr) << mnemonic;
    EXPECT_EQ(info->opcode, number) << mnemonic;
  }
}

TEST(Opcodes, SayWhatTheyNeed) {
  for (const auto& info : kOpcodeTable) {
    const bool has_constant = info.constants != 0;
    const bool names_constant = info.operands == Operands::kConstant8 || info.operands == Operands::kConstant16 ||
                                info.operands == Operands::kInterface || info.operands == Operands::kTypeTest;
    EXPECT_EQ(has_constant, names_constant) << info.mnemonic;
    // What moves an int is of the int family.
    EXPECT_TRUE(info.stack.find('i') == std::string_view::npos || info.int_family) << info.mnemonic;
    EXPECT_TRUE(info.stack == "*" || info.stack.find(':') != std::string_view::npos) << info.mnemonic;
  }
  EXPECT_EQ(find_mnemonic("invokespecial")->constants,
            set_of(ConstantTag::kStaticMethodref) | set_of(ConstantTag::kSuperMethodref));
}

TEST(Instruction, DecodesOperands) {
  const auto code = "8E 02 0103 07"_hex;
  const auto call = decode(code, 0).value();
  EXPECT_EQ(call.length, 5U);
  EXPECT_EQ(call.operands[0].value, 2);
  EXPECT_EQ(call.constant()->value, 0x0103);
  EXPECT_EQ(call.constant()->position, 2);
  EXPECT_EQ(call.operands[2].value, 7);
  EXPECT_EQ(decode("70FE"_hex, 0).value().find(OperandKind::kBranch)->value, -2);
  EXPECT_EQ(decode("14 80000000"_hex, 0).value().operands[0].value, INT32_MIN);
  EXPECT_EQ(decode("94 0B 0000"_hex, 0).value().constant(), nullptr);
  EXPECT_NE(decode("94 0E 0000"_hex, 0).value().constant(), nullptr);
}

TEST(Instruction, ReadsSwitches) {
  const auto table = "74 0010 7FFFFFFE 7FFFFFFF 0001 FFFF"_hex;
  const auto decoded = decode(table, 0).value();
  EXPECT_EQ(decoded.length, table.size());
  const auto cases = switch_cases(table, decoded);
  ASSERT_EQ(cases.size(), 2U);
  EXPECT_EQ(cases[1].match, INT32_MAX);
  EXPECT_EQ(branch_distances(table, decoded), (std::vector<std::int32_t>{0x10, 1, -1}));
  EXPECT_EQ(switch_cases("75 0000 0001 FFFF 0002"_hex, decode("75 0000 0001 FFFF 0002"_hex, 0).value())[0].match, -1);
  // The whole range of int: no overflow on the way to "too short".
  EXPECT_EQ(decode("74 0000 80000000 7FFFFFFF"_hex, 0).error().message,
            "itableswitch: expected 8589934603 octets, found 11");
}

TEST(Instruction, NamesWhatIsWrong) {
  EXPECT_EQ(decode("B9"_hex, 0).error().message, "B9 is no opcode");
  EXPECT_EQ(decode("1100"_hex, 0).error().message, "sspush: expected 3 octets, found 2");
  EXPECT_EQ(decode({}, 0).error().message, "expected an opcode, found the end of the code");
  EXPECT_EQ(decode("73 0000 0002 0001"_hex, 0).error().message, "stableswitch: high 1 is less than low 2");
}

TEST(Disassemble, LabelsTargetsAndShowsWhatItCannotRead) {
  EXPECT_EQ(disassemble("60 04 03 78 02 B9 70 7F"_hex),
            "    ifeq L4\n    sconst_0\n    sreturn\nL4:\n    sconst_m1\n    .byte B9\n    goto +127\n");
}

}  // namespace
}  // namespace cose::cap
