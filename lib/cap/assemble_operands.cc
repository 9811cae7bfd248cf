// SPDX-License-Identifier: Apache-2.0
// How references are written: a name, "2.5" for class 5 of import 2, "2.5.1" for its static member 1, "@0x12" for an
// offset as it is.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cap/detail/assembler.h"
#include "cap/type_text.h"

namespace cose::cap::detail {

namespace {

constexpr std::int64_t kTokenLimit = 255;
constexpr std::int64_t kPackageTokenLimit = 127;

bool starts_with_digit(const Token& token) {
  return !token.text.empty() && token.text.front() >= '0' && token.text.front() <= '9';
}

// "2.5.1" as {2, 5, 1}; nothing when it is not `count` numbers.
Result<std::vector<std::uint8_t>> tokens_of(const Token& token, std::size_t count) {
  std::vector<std::uint8_t> numbers;
  std::size_t from = 0;
  while (from <= token.text.size()) {
    const auto dot = std::min(token.text.find('.', from), token.text.size());
    const Token part{token.text.substr(from, dot - from), token.line, token.column + from};
    COSE_TRY(const auto number, parse_number(part, 0, numbers.empty() ? kPackageTokenLimit : kTokenLimit));
    numbers.push_back(static_cast<std::uint8_t>(number));
    from = dot + 1;
  }
  if (numbers.size() != count)
    return fail_at(token, fmt::format("expected {} numbers with dots between, found '{}'", count, token.text));
  return numbers;
}

Token behind_at(const Token& token) {
  return {token.text.substr(1), token.line, token.column + 1};
}

struct PrimitiveName {
  std::string_view name;
  TypeKind kind;
};

constexpr std::array<PrimitiveName, 5> kPrimitives = {{{"void", TypeKind::kVoid},
                                                       {"boolean", TypeKind::kBoolean},
                                                       {"byte", TypeKind::kByte},
                                                       {"short", TypeKind::kShort},
                                                       {"int", TypeKind::kInt}}};

}  // namespace

Result<ClassRef> Assembler::class_ref(const Token& token) {
  if (token.text == "none") return ClassRef{};
  if (token.text.starts_with('@')) {
    COSE_TRY(const auto value, parse_number(behind_at(token), 0, UINT16_MAX));
    return ClassRef{static_cast<std::uint16_t>(value)};
  }
  if (starts_with_digit(token)) {
    COSE_TRY(const auto tokens, tokens_of(token, 2));
    return ClassRef{static_cast<std::uint16_t>(0x8000 | tokens[0] << 8 | tokens[1])};
  }
  COSE_TRY(const auto offset, look_up(symbols_.classes, token, "class or interface"));
  return ClassRef{offset};
}

Result<MethodLocation> Assembler::method_ref(const Token& token) {
  if (token.text == "inherited") return MethodLocation{0, kInherited};
  if (!token.text.starts_with('@')) {
    COSE_TRY(const auto found, look_up(symbols_.methods, token, "method"));
    return found.location;
  }
  auto offset = behind_at(token);
  MethodLocation location;
  if (const auto colon = offset.text.find(':'); colon != std::string::npos) {
    const Token block{offset.text.substr(0, colon), offset.line, offset.column};
    COSE_TRY(const auto number, parse_number(block, 0, UINT8_MAX));
    location.block = static_cast<std::uint8_t>(number);
    offset = {offset.text.substr(colon + 1), offset.line, offset.column + colon + 1};
  }
  COSE_TRY(const auto number, parse_number(offset, 0, UINT16_MAX));
  location.offset = static_cast<std::uint16_t>(number);
  return location;
}

Result<std::uint16_t> Assembler::constant_index(const Token& token, std::int64_t maximum) {
  if (token.text.starts_with('#')) {
    COSE_TRY(const auto index, parse_number(behind_at(token), 0, maximum));
    return static_cast<std::uint16_t>(index);
  }
  COSE_TRY(const auto index, look_up(symbols_.constants, token, "constant"));
  if (index > maximum)
    return fail_at(token,
                   fmt::format("constant '{}' is number {}, this instruction reaches {}", token.text, index, maximum));
  return index;
}

Result<std::array<std::uint8_t, 3>> Assembler::static_ref(const Token& token, ConstantTag tag) {
  if (token.text.find('.') != std::string::npos && starts_with_digit(token)) {
    COSE_TRY(const auto tokens, tokens_of(token, 3));
    return std::array<std::uint8_t, 3>{static_cast<std::uint8_t>(0x80 | tokens[0]), tokens[1], tokens[2]};
  }
  MethodLocation location;
  if (tag == ConstantTag::kStaticFieldref) {
    COSE_TRY(const auto offset, parse_number(token, 0, UINT16_MAX));
    location.offset = static_cast<std::uint16_t>(offset);
  } else {
    COSE_TRY(location, method_ref(token));
  }
  return std::array<std::uint8_t, 3>{location.block, static_cast<std::uint8_t>(location.offset >> 8),
                                     static_cast<std::uint8_t>(location.offset & 0xFF)};
}

Result<std::uint16_t> Assembler::type_offset(const Token& token) {
  if (token.text == "none") return kNoType;
  if (token.text.starts_with('@')) {
    COSE_TRY(const auto offset, parse_number(behind_at(token), 0, UINT16_MAX));
    return static_cast<std::uint16_t>(offset);
  }
  return look_up(symbols_.types, token, "type");
}

Result<TypeDescriptor> Assembler::type_words(Arguments& arguments) {
  if (const auto nibbles = arguments.value("nibbles")) {
    COSE_TRY(const auto count, parse_number(*nibbles, 0, UINT8_MAX));
    TypeDescriptor descriptor;
    descriptor.nibble_count = static_cast<std::uint8_t>(count);
    COSE_TRY(descriptor.type, arguments.hex());
    return descriptor;
  }
  std::vector<Type> types;
  std::size_t count = 0;
  while (const auto word = arguments.optional_word()) {
    Type type;
    auto name = *word;
    if (name.text.ends_with("[]")) {
      type.array = true;
      name.text.resize(name.text.size() - 2);
    }
    const auto primitive = std::ranges::find(kPrimitives, name.text, &PrimitiveName::name);
    type.kind = primitive != kPrimitives.end() ? primitive->kind : TypeKind::kReference;
    if (type.kind == TypeKind::kReference) {
      COSE_TRY(type.reference, class_ref(name));
    }
    count += type.kind == TypeKind::kReference ? 5 : 1;
    if (count > UINT8_MAX) return fail_at(*word, "a type holds at most 255 nibbles");
    types.push_back(type);
  }
  return make_type(types);
}

Result<std::size_t> Assembler::label_offset(const Token& token) {
  return look_up(symbols_.labels, {build_.method + " " + token.text, token.line, token.column}, "label of method");
}

Result<std::int64_t> Assembler::distance(const Token& token, std::size_t instruction, std::int64_t limit) {
  const bool given = token.text.starts_with('+') || token.text.starts_with('-');
  std::int64_t value = 0;
  if (given) {
    COSE_TRY(value, parse_number(token, INT32_MIN, INT32_MAX));
  } else {
    COSE_TRY(const auto target, label_offset(token));
    if (pass_ == Pass::kLearn) return std::int64_t{0};
    value = static_cast<std::int64_t>(target) - static_cast<std::int64_t>(instruction);
  }
  if (value < -limit - 1 || value > limit)
    return fail_at(token, fmt::format("'{}' is {} octets away, this instruction reaches {}", token.text, value, limit));
  return value;
}

}  // namespace cose::cap::detail
