// SPDX-License-Identifier: Apache-2.0
// Methods and instructions.
#include <fmt/format.h>

#include "cap/detail/assembler.h"
#include "cap/limits.h"
#include "cap/opcodes.h"

namespace cose::cap::detail {

namespace {

void put(Bytes& code, std::int64_t value, std::size_t width) {
  for (std::size_t at = width; at-- > 0;) code.push_back(static_cast<std::uint8_t>(value >> (8 * at)));
}

// What a number operand may be: signed, and as its unsigned twin, so that 0xFF and -1 are the same octet.
Result<std::int64_t> signed_number(Arguments& arguments, std::size_t width) {
  const auto limit = std::int64_t{1} << (8 * width - 1);
  return arguments.number("a number", -limit, 2 * limit - 1);
}

constexpr std::int64_t kReach8 = INT8_MAX;
constexpr std::int64_t kReach16 = INT16_MAX;

}  // namespace

MethodBlock& Assembler::current_block() {
  auto& blocks = build_.cap.method_blocks;
  if (blocks.empty()) blocks.emplace_back();
  build_.references.resize(blocks.size());
  return blocks.back();
}

std::size_t Assembler::methods_start(std::size_t block) const {
  const auto handlers = block < symbols_.handler_counts.size() ? symbols_.handler_counts[block] : 0;
  return 1 + kExceptionHandlerSize * handlers;
}

Status Assembler::append_code(ByteView octets, const Token& where) {
  auto& methods = current_block().methods;
  if (methods.size() + octets.size() > kMaximumMethodBlock)
    return fail_at(where, fmt::format("the methods of a block exceed {} octets", kMaximumMethodBlock));
  append(methods, octets);
  return {};
}

Status Assembler::block(Arguments& arguments) {
  auto& blocks = build_.cap.method_blocks;
  if (!format().extended()) return fail_at(arguments.directive(), "a compact CAP file has one block of methods");
  if (blocks.size() == kMaximumMethodBlocks) return fail_at(arguments.directive(), "too many blocks");
  blocks.emplace_back();
  build_.method.clear();
  return {};
}

Status Assembler::data(Arguments& arguments) {
  COSE_TRY(const auto name, arguments.word("a name, or + to go on"));
  COSE_TRY(const auto octets, arguments.hex());
  if (name.text != "+") {
    const auto start = current_block().methods.size();
    const auto number = static_cast<std::uint8_t>(build_.cap.method_blocks.size() - 1);
    COSE_CHECK(define(symbols_.methods, name, {{number, static_cast<std::uint16_t>(start)}, 0, 0, 0}));
    build_.method.clear();
  }
  return append_code(octets, arguments.directive());
}

Status Assembler::method(Arguments& arguments) {
  COSE_TRY(const auto name, arguments.word("a name"));
  MethodHeader header;
  for (;;) {
    if (arguments.take_flag("abstract")) {
      header.flags |= kMethodAbstract;
    } else if (arguments.take_flag("extended")) {
      header.flags |= kMethodExtended;
    } else {
      break;
    }
  }
  COSE_TRY(const auto more_flags, arguments.value_number("flags", 0, 15, 0));
  COSE_TRY(const auto padding, arguments.value_number("padding", 0, 15, 0));
  COSE_TRY(const auto stack, arguments.value_number("stack", 0, UINT8_MAX, 0));
  COSE_TRY(const auto nargs, arguments.value_number("args", 0, UINT8_MAX, 0));
  COSE_TRY(const auto locals, arguments.value_number("locals", 0, UINT8_MAX, 0));
  header.flags = static_cast<std::uint8_t>(header.flags | more_flags);
  header.padding = static_cast<std::uint8_t>(padding);
  header.max_stack = static_cast<std::uint8_t>(stack);
  header.nargs = static_cast<std::uint8_t>(nargs);
  header.max_locals = static_cast<std::uint8_t>(locals);
  const auto octets = write_method_header(header);
  if (!octets) return fail_at(name, octets.error().message);

  const auto start = current_block().methods.size();
  const auto number = static_cast<std::uint8_t>(build_.cap.method_blocks.size() - 1);
  const auto handlers = current_block().handlers.size();
  COSE_CHECK(define(symbols_.methods, name, {{number, static_cast<std::uint16_t>(start)}, 0, handlers, 0}));
  build_.method = name.text;
  build_.code_start = start + octets->size();
  return append_code(*octets, name);
}

Status Assembler::label(const Token& token) {
  if (build_.method.empty()) return fail_at(token, "expected .method before a label");
  const auto name = token.text.substr(0, token.text.size() - 1);
  const auto offset = current_block().methods.size() - build_.code_start;
  return define(symbols_.labels, {build_.method + " " + name, token.line, token.column}, offset);
}

Status Assembler::byte(Arguments& arguments) {
  COSE_TRY(const auto octets, arguments.hex());
  if (build_.method.empty()) return fail_at(arguments.directive(), "expected .method before it");
  COSE_CHECK(append_code(octets, arguments.directive()));
  if (pass_ == Pass::kLearn) symbols_.methods[build_.method].code_size += octets.size();
  return {};
}

Status Assembler::catch_handler(Arguments& arguments) {
  if (build_.method.empty()) return fail_at(arguments.directive(), "expected .method before it");
  COSE_TRY(const auto start_token, arguments.required_value("start"));
  COSE_TRY(const auto end_token, arguments.required_value("end"));
  COSE_TRY(const auto handler_token, arguments.required_value("handler"));
  COSE_TRY(const auto type_token, arguments.required_value("type"));
  COSE_TRY(const auto start, label_offset(start_token));
  COSE_TRY(const auto end, label_offset(end_token));
  COSE_TRY(const auto target, label_offset(handler_token));
  std::uint16_t type = 0;
  if (type_token.text != "any") {
    COSE_TRY(type, constant_index(type_token, UINT16_MAX));
  }
  const bool stop = arguments.take_flag("stop");
  if (pass_ == Pass::kWrite && end < start) return fail_at(end_token, "the end is before the start");
  auto& block = current_block();
  const auto base = methods_start(build_.cap.method_blocks.size() - 1) + build_.code_start;
  const auto active = (end - start) | (stop ? 0x8000U : 0U);
  block.handlers.push_back({static_cast<std::uint16_t>(base + start), static_cast<std::uint16_t>(active),
                            static_cast<std::uint16_t>(base + target), type});
  if (pass_ == Pass::kLearn) ++symbols_.methods[build_.method].handler_count;
  return {};
}

Status Assembler::handler(Arguments& arguments) {
  std::array<std::uint16_t, 4> words{};
  for (auto& word : words) {
    COSE_TRY(const auto number, arguments.number("start, active, handler and type", 0, UINT16_MAX));
    word = static_cast<std::uint16_t>(number);
  }
  current_block().handlers.push_back({words[0], words[1], words[2], words[3]});
  return {};
}

Status Assembler::table_switch(Arguments& arguments, Bytes& code, std::size_t match_width) {
  const auto at = current_block().methods.size() - build_.code_start;
  COSE_TRY(const auto low_token, arguments.required_value("low"));
  const auto limit = std::int64_t{1} << (8 * match_width - 1);
  COSE_TRY(const auto low, parse_number(low_token, -limit, limit - 1));
  COSE_TRY(const auto default_token, arguments.word("the default"));
  COSE_TRY(const auto otherwise, distance(default_token, at, kReach16));
  Bytes cases;
  while (const auto token = arguments.optional_word()) {
    COSE_TRY(const auto each, distance(*token, at, kReach16));
    put(cases, each, 2);
  }
  const auto high = low + static_cast<std::int64_t>(cases.size() / 2) - 1;
  if (high < low || high >= limit) return fail_at(low_token, fmt::format("{} to {} is no range of cases", low, high));
  put(code, otherwise, 2);
  put(code, low, match_width);
  put(code, high, match_width);
  append(code, cases);
  return {};
}

Status Assembler::lookup_switch(Arguments& arguments, Bytes& code, std::size_t match_width) {
  const auto at = current_block().methods.size() - build_.code_start;
  const auto limit = std::int64_t{1} << (8 * match_width - 1);
  COSE_TRY(const auto default_token, arguments.word("the default"));
  COSE_TRY(const auto otherwise, distance(default_token, at, kReach16));
  Bytes cases;
  std::int64_t count = 0;
  for (; const auto token = arguments.optional_word(); ++count) {
    const auto colon = token->text.find(':');
    if (colon == std::string::npos) return fail_at(*token, "expected match:target");
    COSE_TRY(const auto match,
             parse_number({token->text.substr(0, colon), token->line, token->column}, -limit, limit - 1));
    const Token target{token->text.substr(colon + 1), token->line, token->column + colon + 1};
    COSE_TRY(const auto each, distance(target, at, kReach16));
    put(cases, match, match_width);
    put(cases, each, 2);
  }
  if (count > UINT16_MAX) return fail_at(default_token, "too many cases");
  put(code, otherwise, 2);
  put(code, count, 2);
  append(code, cases);
  return {};
}

namespace {

struct NumberShape {
  std::size_t octets_before;  // u1 numbers in front
  std::size_t width;          // of the number behind them, 0 for none
};

std::optional<NumberShape> number_shape(Operands operands) {
  switch (operands) {
    case Operands::kS8: return NumberShape{0, 1};
    case Operands::kS16: return NumberShape{0, 2};
    case Operands::kS32: return NumberShape{0, 4};
    case Operands::kLocal:
    case Operands::kNibbles:
    case Operands::kArrayType: return NumberShape{1, 0};
    case Operands::kLocalS8: return NumberShape{1, 1};
    case Operands::kLocalS16: return NumberShape{1, 2};
    default: return std::nullopt;
  }
}

Status put_octet(Arguments& arguments, Bytes& code, std::string_view what) {
  COSE_TRY(const auto value, arguments.number(what, 0, UINT8_MAX));
  put(code, value, 1);
  return {};
}

}  // namespace

// The octets behind the opcode, for those that are not plain numbers. `code` holds what is there so far.
Status Assembler::references(Arguments& arguments, Operands operands, Bytes& code) {
  switch (operands) {
    case Operands::kBranch8: return branch(arguments, code, 1);
    case Operands::kBranch16: return branch(arguments, code, 2);
    case Operands::kConstant8: return constant_operand(arguments, code, 1);
    case Operands::kConstant16: return constant_operand(arguments, code, 2);
    case Operands::kInterface:
      COSE_CHECK(put_octet(arguments, code, "the argument words"));
      COSE_CHECK(constant_operand(arguments, code, 2));
      return put_octet(arguments, code, "a method token");
    case Operands::kTypeTest:
      COSE_CHECK(put_octet(arguments, code, "a type"));
      return constant_operand(arguments, code, 2);
    case Operands::kTableSwitch16: return table_switch(arguments, code, 2);
    case Operands::kTableSwitch32: return table_switch(arguments, code, 4);
    case Operands::kLookupSwitch16: return lookup_switch(arguments, code, 2);
    case Operands::kLookupSwitch32: return lookup_switch(arguments, code, 4);
    default: return {};
  }
}

Status Assembler::branch(Arguments& arguments, Bytes& code, std::size_t width) {
  const auto at = current_block().methods.size() - build_.code_start;
  COSE_TRY(const auto token, arguments.word("a target"));
  COSE_TRY(const auto value, distance(token, at, width == 1 ? kReach8 : kReach16));
  put(code, value, width);
  return {};
}

Status Assembler::constant_operand(Arguments& arguments, Bytes& code, std::size_t width) {
  COSE_TRY(const auto token, arguments.word("a constant"));
  COSE_TRY(const auto index, constant_index(token, width == 1 ? UINT8_MAX : UINT16_MAX));
  // An array of primitives has no constant; its index is zero (JCVM 3.1 §7.5.14).
  const bool primitive =
      kOpcodeTable[code[0]].operands == Operands::kTypeTest && code[1] >= kArrayOfBoolean && code[1] <= kArrayOfInt;
  const auto position = current_block().methods.size() + code.size();
  auto& used = build_.references[build_.cap.method_blocks.size() - 1];
  if (!primitive) (width == 1 ? used.byte : used.byte2).push_back(position);
  put(code, index, width);
  return {};
}

Status Assembler::instruction(Arguments& arguments) {
  const auto& mnemonic = arguments.directive();
  const auto* info = find_mnemonic(mnemonic.text);
  if (info == nullptr) return fail_at(mnemonic, fmt::format("'{}' is no instruction", mnemonic.text));
  if (build_.method.empty()) return fail_at(mnemonic, "expected .method before an instruction");
  Bytes code{info->opcode};
  if (const auto shape = number_shape(info->operands)) {
    for (std::size_t count = 0; count < shape->octets_before; ++count)
      COSE_CHECK(put_octet(arguments, code, "a number"));
    if (shape->width != 0) {
      COSE_TRY(const auto value, signed_number(arguments, shape->width));
      put(code, value, shape->width);
    }
  } else {
    COSE_CHECK(references(arguments, info->operands, code));
  }
  const bool array_of_int = info->operands == Operands::kArrayType && code[1] == kArrayOfInt;
  if (info->int_family || array_of_int) build_.uses_int = true;
  if (pass_ == Pass::kLearn) symbols_.methods[build_.method].code_size += code.size();
  return append_code(code, mnemonic);
}

}  // namespace cose::cap::detail
