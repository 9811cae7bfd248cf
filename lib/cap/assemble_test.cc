// SPDX-License-Identifier: Apache-2.0
#include "cap/assemble.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "cap/dump.h"
#include "cap/instruction.h"
#include "cap/limits.h"
#include "cap/parse.h"

namespace cose::cap {
namespace {

using namespace literals;

constexpr std::string_view kStart = ".cap 2.2\n.package A000000062 1.0 \"a\"\n";

std::string error_of(std::string_view rest) {
  const auto assembled = assemble(std::string(kStart) + std::string(rest));
  return assembled ? "assembled" : assembled.error().message;
}

TEST(Assemble, WritesTheOctetsOfTheSpecification) {
  const auto components = assemble(R"(.cap 2.1
.package A00000006203010C01 1.0
.import A0000000620101 1.0
.constant x static_method 0.3.1
.class C
  .extends 0.3
  .public base=7 m
.method m stack=2 args=1 locals=0
  invokestatic x
  return
.static
)")
                              .value();
  // JCVM 3.1 §6.4, the octets of §6.4's structure for format 2.1.
  EXPECT_EQ(*components.find(ComponentTag::kHeader), "DECAFFED 01 02 00 00 01 09 A00000006203010C01"_hex);
  EXPECT_EQ(*components.find(ComponentTag::kDirectory),
            "0013 001F 0000 000B 0006 000C 0007 000A 0005 0000 0000 0000 0000 0000 01 00 00"_hex);
  EXPECT_EQ(*components.find(ComponentTag::kImport), "01 00 01 07 A0000000620101"_hex);
  EXPECT_EQ(*components.find(ComponentTag::kConstantPool), "0001 06 800301"_hex);
  EXPECT_EQ(*components.find(ComponentTag::kClass), "00 8003 00 FF 00 07 01 00 00 0001"_hex);
  EXPECT_EQ(*components.find(ComponentTag::kMethod), "00 02 10 8D0000 7A"_hex);
  EXPECT_EQ(*components.find(ComponentTag::kStaticField), "0000 0000 0000 0000 0000"_hex);
  EXPECT_EQ(*components.find(ComponentTag::kReferenceLocation), "0000 0001 04"_hex);
}

// Every opcode with operands, there and back.
TEST(Assemble, KnowsEveryInstruction) {
  for (const auto& info : kOpcodeTable) {
    Bytes code{info.opcode};
    code.resize(13, 0x01);
    if (info.operands == Operands::kLookupSwitch16) code = Bytes{info.opcode, 0, 0, 0, 1, 0, 5, 0, 0};
    if (info.operands == Operands::kLookupSwitch32) code = Bytes{info.opcode, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0};
    const auto instruction = decode(code, 0);
    ASSERT_TRUE(instruction) << info.mnemonic;
    code.resize(instruction->length);
    const auto source = std::string(kStart) + ".class C\n.public m\n.method m\n.byte " + to_hex(code) + "\n";
    const auto components = assemble(source).value();
    const auto text = dump_text(components, Comments::kNo);
    EXPECT_NE(text.find("\n    " + std::string(info.mnemonic)), std::string::npos) << info.mnemonic << "\n" << text;
    EXPECT_EQ(assemble(text).value().infos, components.infos) << text;
  }
}

TEST(Assemble, NamesLineAndColumn) {
  EXPECT_EQ(assemble("").error().message, "line 1, column 1: expected .cap first, found nothing");
  EXPECT_EQ(assemble("  nop").error().message, "line 1, column 3: expected .cap first, found 'nop'");
  EXPECT_EQ(error_of(".frob"), "line 3, column 1: '.frob' is no directive");
  EXPECT_EQ(error_of("nop"), "line 3, column 1: expected .method before an instruction");
  EXPECT_EQ(error_of(".method m\n  nopp"), "line 4, column 3: 'nopp' is no instruction");
  EXPECT_EQ(error_of(".method m\nbspush 256"), "line 4, column 8: expected a number from -128 to 255, found 256");
  EXPECT_EQ(error_of(".method m\nbspush 0x1G"), "line 4, column 8: expected a number, found '0x1G'");
  EXPECT_EQ(error_of(".method m\ngoto nowhere"), "line 4, column 6: no label of method is called 'm nowhere'");
  EXPECT_EQ(error_of(".method m\nnew thing"), "line 4, column 5: no constant is called 'thing'");
  EXPECT_EQ(error_of(".method m\nnop nop"), "line 4, column 5: 'nop' is one word too many");
  EXPECT_EQ(error_of(".method m stack=16"),
            "line 3, column 9: stack 16, args 0, locals 0: more than 15 needs an extended header");
  EXPECT_EQ(error_of(".method m depth=1"), "line 3, column 11: .method has no depth=");
  EXPECT_EQ(error_of(".method m\nL:\nL:"), "line 5, column 1: 'm L' is defined twice");
  EXPECT_EQ(error_of(".import A0"), "line 3, column 1: .import: expected a version");
  EXPECT_EQ(error_of(".import XY 1.0"), "line 3, column 9: expected hexadecimal digits, found 'X' at position 1");
  EXPECT_EQ(error_of(".constant k class 200.0"), "line 3, column 19: expected a number from 0 to 127, found 200");
  EXPECT_EQ(error_of(".constant k class 1.2.3"),
            "line 3, column 19: expected 2 numbers with dots between, found '1.2.3'");
  EXPECT_EQ(error_of(".package A000000063 1.0"), "line 3, column 1: a compact CAP file has one package");
  EXPECT_EQ(error_of(".public x"), "line 3, column 1: expected .class before it");
  EXPECT_EQ(error_of(".method \"open"), "line 3, column 9: this quote is not closed");
  EXPECT_EQ(error_of(".method \"\\q\""), "line 3, column 10: expected \\\", \\\\ or \\xNN");
  EXPECT_EQ(error_of(".directory Nothing 1"), "line 3, column 20: .directory has no 'Nothing'");
}

TEST(Assemble, RefusesBranchesThatDoNotReach) {
  std::string far = ".method m\ngoto end\n";
  for (int count = 0; count < 126; ++count) far += "nop\n";
  EXPECT_EQ(error_of(far + "nop\nend:\nreturn"),
            "line 4, column 6: 'end' is 129 octets away, this instruction reaches 127");
  EXPECT_EQ(error_of(far + "end:\nreturn"), "line 4, column 6: 'end' is 128 octets away, this instruction reaches 127");
}

TEST(Assemble, HasBounds) {
  EXPECT_EQ(assemble(std::string(kMaximumSourceLine + 1, 'x')).error().kind, ErrorKind::kLimit);
  std::string methods = ".method m\n";
  const auto line = ".byte " + std::string(2000, '0') + "\n";
  for (int count = 0; count < 66; ++count) methods += line;
  EXPECT_EQ(error_of(methods), "line 69, column 1: the methods of a block exceed 65535 octets");
}

}  // namespace
}  // namespace cose::cap
