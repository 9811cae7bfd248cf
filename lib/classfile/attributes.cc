// SPDX-License-Identifier: Apache-2.0
#include "classfile/detail/attributes.h"

#include <algorithm>

#include <fmt/format.h>

#include "classfile/descriptor.h"

namespace cose::classfile::detail {

namespace {

// Whether a constant is what the instruction needs.
Status check_constant(const ConstantPool& constants, const Instruction& instruction) {
  const auto index = static_cast<std::size_t>(instruction.operand);
  switch (instruction.op) {
    case Op::k_getstatic:
    case Op::k_putstatic:
    case Op::k_getfield:
    case Op::k_putfield: return constants.expect(index, ConstantKind::kField);
    case Op::k_invokevirtual: return constants.expect(index, ConstantKind::kMethod);
    case Op::k_invokespecial:
    case Op::k_invokestatic:
      // JVMS 8 §6.5: since Java 8 a method of an interface as well.
      if (index < constants.size() && constants.at(index).kind == ConstantKind::kInterfaceMethod) return {};
      return constants.expect(index, ConstantKind::kMethod);
    case Op::k_invokeinterface: return constants.expect(index, ConstantKind::kInterfaceMethod);
    case Op::k_invokedynamic: return constants.expect(index, ConstantKind::kInvokeDynamic);
    case Op::k_new:
    case Op::k_anewarray:
    case Op::k_checkcast:
    case Op::k_instanceof:
    case Op::k_multianewarray: return constants.expect(index, ConstantKind::kClass);
    case Op::k_ldc:
    case Op::k_ldc_w:
    case Op::k_ldc2_w:
      if (index == 0 || index >= constants.size() || constants.at(index).kind == ConstantKind::kNone)
        return fail(ErrorKind::kInvalid, fmt::format("index {} of a pool of {}", index, constants.size()));
      return {};
    default: return {};
  }
}

bool uses_local(Op op) {
  return (op >= Op::k_iload && op <= Op::k_aload) || (op >= Op::k_istore && op <= Op::k_astore) || op == Op::k_iinc ||
         op == Op::k_ret;
}

std::size_t width_of_local(Op op) {
  return op == Op::k_lload || op == Op::k_dload || op == Op::k_lstore || op == Op::k_dstore ? 2 : 1;
}

Status check_code(const Code& code, const ConstantPool& constants) {
  for (const auto& each : code.decoded.instructions) {
    const auto where = [&] { return fmt::format("code at {}: {}", each.at, mnemonic_of(each.op)); };
    if (const auto checked = check_constant(constants, each); !checked)
      return std::unexpected(checked.error().within(where()));
    const auto end = static_cast<std::size_t>(each.operand) + width_of_local(each.op);
    if (uses_local(each.op) && end > code.max_locals)
      return fail(ErrorKind::kInvalid,
                  fmt::format("{}: local variable {} of {}", where(), each.operand, code.max_locals));
  }
  return {};
}

class CodeReader {
 public:
  CodeReader(ByteView info, const ConstantPool& constants) : reader_(info), constants_(constants) {}

  Result<Code> run() {
    COSE_TRY(code_.max_stack, reader_.u16());
    COSE_TRY(code_.max_locals, reader_.u16());
    COSE_TRY(const auto size, reader_.u32());
    COSE_TRY(const auto octets, reader_.take(size));
    COSE_TRY(code_.decoded, decode(octets));
    size_ = octets.size();
    COSE_CHECK(check_code(code_, constants_));
    COSE_TRY(const auto count, reader_.u16());
    for (unsigned each = 0; each < count; ++each) COSE_CHECK(read_exception());
    COSE_TRY(const auto attributes, reader_.u16());
    for (unsigned each = 0; each < attributes; ++each) COSE_CHECK(read_inner_attribute());
    COSE_CHECK(reader_.expect_end());
    return std::move(code_);
  }

 private:
  [[nodiscard]] bool is_start(std::size_t at) const {
    return std::ranges::binary_search(code_.decoded.instructions, at, {}, &Instruction::at);
  }

  Status read_exception() {
    ExceptionRange range;
    COSE_TRY(range.start, reader_.u16());
    COSE_TRY(range.end, reader_.u16());
    COSE_TRY(range.handler, reader_.u16());
    COSE_TRY(const auto type, reader_.u16());
    if (type != 0) {
      COSE_CHECK(constants_.expect(type, ConstantKind::kClass));
      range.catch_type = constants_.class_name(type);
    }
    if (range.start >= range.end || !is_start(range.start) || !is_start(range.handler) ||
        (range.end != size_ && !is_start(range.end)))
      return fail(ErrorKind::kInvalid,
                  fmt::format("exception handler for {} to {} at {}: expected starts of instructions", range.start,
                              range.end, range.handler));
    code_.exceptions.push_back(std::move(range));
    return {};
  }

  Status read_inner_attribute() {
    COSE_TRY(const auto attribute, read_attribute(reader_, constants_));
    Reader info(attribute.info);
    if (attribute.name == "LineNumberTable") return read_lines(info);
    if (attribute.name == "LocalVariableTable") return read_variables(info);
    return {};
  }

  Status read_lines(Reader& info) {
    COSE_TRY(const auto count, info.u16());
    for (unsigned each = 0; each < count; ++each) {
      LineNumber line;
      COSE_TRY(line.at, info.u16());
      COSE_TRY(line.line, info.u16());
      code_.lines.push_back(line);
    }
    return info.expect_end();
  }

  Status read_variables(Reader& info) {
    COSE_TRY(const auto count, info.u16());
    for (unsigned each = 0; each < count; ++each) {
      LocalVariable variable;
      COSE_TRY(variable.start, info.u16());
      COSE_TRY(variable.length, info.u16());
      COSE_TRY(const auto name, info.u16());
      COSE_TRY(const auto descriptor, info.u16());
      COSE_TRY(variable.index, info.u16());
      COSE_CHECK(constants_.expect(name, ConstantKind::kUtf8));
      COSE_CHECK(constants_.expect(descriptor, ConstantKind::kUtf8));
      variable.name = constants_.text(name);
      variable.descriptor = constants_.text(descriptor);
      COSE_TRY(const auto type, parse_field_descriptor(variable.descriptor));
      code_.variables.push_back(std::move(variable));
    }
    return info.expect_end();
  }

  Reader reader_;
  const ConstantPool& constants_;
  Code code_;
  std::size_t size_ = 0;
};

}  // namespace

Result<Attribute> read_attribute(Reader& reader, const ConstantPool& constants) {
  COSE_TRY(const auto name, reader.u16());
  COSE_CHECK(constants.expect(name, ConstantKind::kUtf8));
  COSE_TRY(const auto size, reader.u32());
  COSE_TRY(const auto info, reader.take(size));
  return Attribute{constants.text(name), info};
}

Result<std::optional<std::uint16_t>> read_field_attributes(Reader& reader, const ConstantPool& constants) {
  std::optional<std::uint16_t> value;
  COSE_TRY(const auto count, reader.u16());
  for (unsigned each = 0; each < count; ++each) {
    COSE_TRY(const auto attribute, read_attribute(reader, constants));
    if (attribute.name != "ConstantValue") continue;
    Reader info(attribute.info);
    COSE_TRY(value, info.u16());
    COSE_CHECK(info.expect_end());
    if (*value == 0 || *value >= constants.size())
      return fail(ErrorKind::kInvalid,
                  fmt::format("constant value: index {} of a pool of {}", *value, constants.size()));
  }
  return value;
}

Result<std::optional<Code>> read_method_attributes(Reader& reader, const ConstantPool& constants) {
  std::optional<Code> code;
  COSE_TRY(const auto count, reader.u16());
  for (unsigned each = 0; each < count; ++each) {
    COSE_TRY(const auto attribute, read_attribute(reader, constants));
    if (attribute.name != "Code") continue;
    if (code) return fail(ErrorKind::kInvalid, "a second Code attribute");
    COSE_TRY(code, CodeReader(attribute.info, constants).run());
  }
  return code;
}

}  // namespace cose::classfile::detail
