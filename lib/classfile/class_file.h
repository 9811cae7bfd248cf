// SPDX-License-Identifier: Apache-2.0
// A Java class file as typed values (JVMS 8 chapter 4), major versions 45 to 52: up to what `javac --release 8` makes.
//
// parse() accepts only files whose every index names a constant of the right kind, whose descriptors are well-formed
// and whose code decodes with all jumps at instructions, so the accessors cannot miss. What it does not prove is what a
// verifier proves: types on the stack. Attributes that a converter has no use for are skipped.
// Values own what they hold; no thread rule. Work and memory are linear in the size of the input.
// Errors: kInvalid ("constant 7: ...", "method process: code at 12: ..."), kUnsupported (a newer version), kLimit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "classfile/instruction.h"

namespace cose::classfile {

inline constexpr std::uint32_t kClassFileMagic = 0xCAFEBABE;
inline constexpr std::uint16_t kOldestMajor = 45;
inline constexpr std::uint16_t kNewestMajor = 52;
inline constexpr std::size_t kMaximumClassFile = std::size_t{4} << 20;

// JVMS 8 tables 4.1-A, 4.5-A, 4.6-A.
enum Access : std::uint16_t {
  kPublic = 0x0001,
  kPrivate = 0x0002,
  kProtected = 0x0004,
  kStatic = 0x0008,
  kFinal = 0x0010,
  kSynchronized = 0x0020,
  kBridge = 0x0040,
  kVarargs = 0x0080,
  kNative = 0x0100,
  kInterface = 0x0200,
  kAbstract = 0x0400,
  kSynthetic = 0x1000,
  kAnnotation = 0x2000,
  kEnum = 0x4000,
};

enum class ConstantKind : std::uint8_t {
  kNone = 0,  // index 0, and the second half of a long or double
  kUtf8 = 1,
  kInteger = 3,
  kFloat = 4,
  kLong = 5,
  kDouble = 6,
  kClass = 7,
  kString = 8,
  kField = 9,
  kMethod = 10,
  kInterfaceMethod = 11,
  kNameAndType = 12,
  kMethodHandle = 15,
  kMethodType = 16,
  kInvokeDynamic = 18,
};

struct Constant {
  ConstantKind kind = ConstantKind::kNone;
  std::string text;  // of Utf8: modified UTF-8 as it stands in the file
  std::int32_t integer = 0;
  std::uint16_t first = 0;
  std::uint16_t second = 0;
};

struct Member {
  std::string_view class_name;
  std::string_view name;
  std::string_view descriptor;
  bool of_interface = false;
};

// Views into the pool; they live as long as it does.
class ConstantPool {
 public:
  [[nodiscard]] const Constant& at(std::size_t index) const { return constants_.at(index); }
  [[nodiscard]] std::size_t size() const { return constants_.size(); }
  [[nodiscard]] std::string_view text(std::size_t index) const { return at(index).text; }
  [[nodiscard]] std::string_view class_name(std::size_t index) const { return text(at(index).first); }
  [[nodiscard]] Member member(std::size_t index) const;

  [[nodiscard]] Status expect(std::size_t index, ConstantKind kind) const;
  void add(Constant constant) { constants_.push_back(std::move(constant)); }

 private:
  std::vector<Constant> constants_;
};

struct ExceptionRange {
  std::uint16_t start = 0;
  std::uint16_t end = 0;
  std::uint16_t handler = 0;
  std::string catch_type;  // empty: any
};

struct LineNumber {
  std::uint16_t at = 0;
  std::uint16_t line = 0;
};

struct LocalVariable {
  std::uint16_t start = 0;
  std::uint16_t length = 0;
  std::string name;
  std::string descriptor;
  std::uint16_t index = 0;
};

struct Code {
  std::uint16_t max_stack = 0;
  std::uint16_t max_locals = 0;
  DecodedCode decoded;
  std::vector<ExceptionRange> exceptions;
  std::vector<LineNumber> lines;         // as the file has them
  std::vector<LocalVariable> variables;  // with javac -g only

  [[nodiscard]] std::optional<std::uint16_t> line_at(std::size_t at) const;
  // Null when the file does not say.
  [[nodiscard]] const LocalVariable* variable_at(std::size_t index, std::size_t at) const;
};

struct Field {
  std::uint16_t access = 0;
  std::string name;
  std::string descriptor;
  std::optional<std::uint16_t> constant_value;  // index of an integer, or of what Java Card has not

  [[nodiscard]] bool is(std::uint16_t flags) const { return (access & flags) != 0; }
};

struct Method {
  std::uint16_t access = 0;
  std::string name;
  std::string descriptor;
  std::optional<Code> code;

  [[nodiscard]] bool is(std::uint16_t flags) const { return (access & flags) != 0; }
};

struct ClassFile {
  std::uint16_t major = 0;
  std::uint16_t minor = 0;
  std::uint16_t access = 0;
  std::string name;   // "com/example/Wallet$Entry"
  std::string super;  // empty: java/lang/Object itself
  std::vector<std::string> interfaces;
  std::vector<Field> fields;
  std::vector<Method> methods;
  std::string source_file;  // empty when the file does not say
  ConstantPool constants;

  [[nodiscard]] bool is(std::uint16_t flags) const { return (access & flags) != 0; }
};

[[nodiscard]] Result<ClassFile> parse(ByteView file);

}  // namespace cose::classfile
