// SPDX-License-Identifier: Apache-2.0
#include "classfile/class_file.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "classfile/descriptor.h"

namespace cose::classfile {
namespace {

using namespace literals;

// Made by javac 17 with -source 8 -target 8 -g.
Bytes seed(const std::string& name) {
  std::ifstream file(std::string(COSE_TESTS_DIR) + "/../fuzz/corpus/class_file/" + name, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  return to_bytes(as_bytes(content.str()));
}

std::string error_of(ByteView octets) {
  const auto file = parse(octets);
  return file ? "read" : file.error().message;
}

TEST(ClassFile, HasWhatJavacPutThere) {
  const auto file = parse(seed("Seed.class"));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->major, 52);
  EXPECT_EQ(file->name, "seed/Seed");
  EXPECT_EQ(file->super, "javacard/framework/Applet");
  EXPECT_EQ(file->source_file, "Seed.java");
  ASSERT_EQ(file->fields.size(), 5U);
  EXPECT_EQ(file->fields[0].name, "TABLE");
  EXPECT_TRUE(file->fields[0].is(kStatic));
  EXPECT_EQ(file->fields[0].descriptor, "[B");
  ASSERT_EQ(file->methods.size(), 4U);
  const auto& process = file->methods[2];
  EXPECT_EQ(process.name, "process");
  ASSERT_TRUE(process.code);
  EXPECT_EQ(process.code->exceptions.size(), 4U);
  EXPECT_EQ(process.code->exceptions[0].catch_type, "java/lang/ArithmeticException");
  EXPECT_EQ(process.code->exceptions[1].catch_type, "");
  ASSERT_NE(process.code->variable_at(1, 0), nullptr);
  EXPECT_EQ(process.code->variable_at(1, 0)->name, "apdu");
  EXPECT_EQ(process.code->line_at(0), process.code->lines.front().line);
  EXPECT_EQ(process.code->decoded.switches.size(), 1U);
  EXPECT_EQ(process.code->decoded.switches[0].cases.size(), 3U);
  EXPECT_EQ(file->constants.member(static_cast<std::size_t>(process.code->decoded.instructions[1].operand)).name,
            "getBuffer");
}

TEST(ClassFile, TellsWhatIsWrong) {
  EXPECT_EQ(error_of({}), "expected 4 octets at position 0, found 0");
  EXPECT_EQ(error_of("CAFED00D 0000 0034"_hex), "expected a class file (CAFEBABE), found CAFED00D");
  EXPECT_EQ(error_of("CAFEBABE 0000 0035"_hex), "class file version 53, expected 45 to 52: compile with --release 8");
  EXPECT_EQ(error_of("CAFEBABE 0000 0034 0002 02"_hex), "constant 1: tag 2 is none of Java 8");
  EXPECT_EQ(error_of("CAFEBABE 0000 0034 0002 07 0001"_hex),
            "constant 1: expected constant 1 to be a text, found a class");
  EXPECT_EQ(error_of("CAFEBABE 0000 0034 0002 07 0009"_hex), "constant 1: index 9 of a pool of 2");
  EXPECT_EQ(error_of("CAFEBABE 0000 0034 0002 01 0001 F0"_hex), "constant 1: malformed text");
  EXPECT_EQ(error_of(Bytes(kMaximumClassFile + 1)).substr(0, 10), "class file");
}

TEST(ClassFile, IsReadWholeOrNotAtAll) {
  for (const auto* name : {"Seed.class", "Ints.class"}) {
    const auto whole = seed(name);
    ASSERT_GT(whole.size(), 500U);
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(parse(ByteView(whole).first(size))) << size;
    EXPECT_FALSE(parse(concat(whole, Bytes{0})));
  }
}

// What is accepted after a change can be asked for everything.
TEST(ClassFile, SurvivesChangedOctets) {
  const auto whole = seed("Seed.class");
  std::size_t refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const auto value : Bytes{0x00, 0x01, 0x7F, 0x80, 0xFF}) {
      auto changed = whole;
      changed[at] = value;
      const auto file = parse(changed);
      if (!file) {
        ++refused;
        continue;
      }
      for (const auto& method : file->methods) {
        EXPECT_TRUE(parse_method_descriptor(method.descriptor));
        EXPECT_FALSE(method.code && method.code->decoded.instructions.empty());
      }
    }
  EXPECT_GT(refused, whole.size());
}

TEST(Decode, ResolvesShortAndWideForms) {
  // iload_2, wide iinc 300 -2, iconst_m1, goto 0
  const auto decoded = decode("1C C4 84 012C FFFE 02 A7 FFF8"_hex);
  ASSERT_TRUE(decoded) << decoded.error().message;
  const auto& instructions = decoded->instructions;
  ASSERT_EQ(instructions.size(), 4U);
  EXPECT_EQ(instructions[0].op, Op::k_iload);
  EXPECT_EQ(instructions[0].operand, 2);
  EXPECT_EQ(instructions[1].op, Op::k_iinc);
  EXPECT_EQ(instructions[1].operand, 300);
  EXPECT_EQ(instructions[1].second, -2);
  EXPECT_EQ(instructions[2].op, Op::k_bipush);
  EXPECT_EQ(instructions[2].operand, -1);
  EXPECT_EQ(instructions[3].operand, 0);
}

TEST(Decode, RefusesBadJumpsAndTables) {
  const auto error = [](ByteView code) { return decode(code) ? "decoded" : decode(code).error().message; };
  EXPECT_EQ(error("A7 0001"_hex), "code at 0: goto jumps to 1, where no instruction starts");
  EXPECT_EQ(error("A7 0100"_hex), "code at 0: goto jumps to 256, where no instruction starts");
  EXPECT_EQ(error("AA 000000 00000000 00000000 7FFFFFFF"_hex),
            "code at 0: tableswitch with 2147483648 cases in 0 octets");
  EXPECT_EQ(error("AB 000000 00000000 00000002 00000005 00000000 00000005 00000000"_hex),
            "code at 0: lookupswitch with cases that do not ascend");
  EXPECT_EQ(error("CA"_hex), "code at 0: opcode CA is none of Java 8");
  EXPECT_EQ(error("C4 00"_hex), "code at 0: wide before nop");
  EXPECT_EQ(error({}), "expected 1 to 65535 octets of code, found 0");
}

TEST(Descriptor, HasTypes) {
  const auto method = parse_method_descriptor("([BSLa/B;Z)[[I");
  ASSERT_TRUE(method);
  ASSERT_EQ(method->parameters.size(), 4U);
  EXPECT_EQ(to_java(method->parameters[0]), "byte[]");
  EXPECT_EQ(to_java(method->parameters[2]), "a.B");
  EXPECT_EQ(to_java(method->result), "int[][]");
  for (const auto* text : {"", "(", "()", "V", "(V)V", "()[V", "(L;)V", "(La)V", "()VV", "(X)V", "[B"})
    EXPECT_FALSE(parse_method_descriptor(text)) << text;
  for (const auto* text : {"", "V", "[", "L;", "BB", "()V"}) EXPECT_FALSE(parse_field_descriptor(text)) << text;
}

}  // namespace
}  // namespace cose::classfile
