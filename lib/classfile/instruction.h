// SPDX-License-Identifier: Apache-2.0
// The code of a Java method as instructions (JVMS 8 chapter 6). Decoding reads nothing outside the code and checks that
// jumps lead to instructions. `wide` and the short forms (iload_0) are resolved: an operand is where it is looked for.
// Error: kInvalid, with the offset and what was expected.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::classfile {

enum class Operands : std::uint8_t {
  kNone,
  kByte,
  kShort,
  kConstant8,
  kConstant16,
  kWideConstant,
  kLocal,
  kIncrement,
  kBranch16,
  kBranch32,
  kTableSwitch,
  kLookupSwitch,
  kField,
  kMethod,
  kInterfaceMethod,
  kDynamic,
  kClass,
  kArrayType,
  kMultiArray,
  kWide,
};

enum class Op : std::uint8_t {
#define JAVA_OPCODE(number, mnemonic, operands) k_##mnemonic = (number),
#include "classfile/java_opcodes.def"
};

inline constexpr std::size_t kOps = 202;

[[nodiscard]] std::string_view mnemonic_of(Op op);

struct Switch {
  std::uint16_t otherwise = 0;                                // offset in the code
  std::vector<std::pair<std::int32_t, std::uint16_t>> cases;  // ascending by value
};

struct Instruction {
  std::uint16_t at = 0;
  std::uint16_t length = 0;
  Op op{};
  // The constant of a push, the index of a local variable or a constant, the offset that a branch leads to, the type of
  // a new array, the index into Code's switches.
  std::int32_t operand = 0;
  std::int32_t second = 0;  // what iinc adds; dimensions of multianewarray

  [[nodiscard]] std::size_t end() const { return std::size_t{at} + length; }
};

struct DecodedCode {
  std::vector<Instruction> instructions;  // ascending by offset
  std::vector<Switch> switches;
};

[[nodiscard]] Result<DecodedCode> decode(ByteView code);

// What the mnemonic itself says: the general form (iload for iload_2) and the local variable or constant it implies.
struct GeneralForm {
  Op op{};
  bool implied = false;
  std::int32_t operand = 0;
};
[[nodiscard]] GeneralForm general_form(Op op);

// JVMS 8 table 6.5.newarray-A.
enum ArrayType : std::uint8_t {
  kArrayBoolean = 4,
  kArrayChar = 5,
  kArrayFloat = 6,
  kArrayDouble = 7,
  kArrayByte = 8,
  kArrayShort = 9,
  kArrayInt = 10,
  kArrayLong = 11,
};

}  // namespace cose::classfile
