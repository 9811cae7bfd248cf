// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "classfile/descriptor.h"
#include "classfile/detail/constants.h"

namespace cose::classfile {

namespace {

std::string_view name_of(ConstantKind kind) {
  switch (kind) {
    case ConstantKind::kNone: return "nothing";
    case ConstantKind::kUtf8: return "a text";
    case ConstantKind::kInteger: return "an integer";
    case ConstantKind::kFloat: return "a float";
    case ConstantKind::kLong: return "a long";
    case ConstantKind::kDouble: return "a double";
    case ConstantKind::kClass: return "a class";
    case ConstantKind::kString: return "a string";
    case ConstantKind::kField: return "a field";
    case ConstantKind::kMethod: return "a method";
    case ConstantKind::kInterfaceMethod: return "a method of an interface";
    case ConstantKind::kNameAndType: return "a name and type";
    case ConstantKind::kMethodHandle: return "a method handle";
    case ConstantKind::kMethodType: return "a method type";
    case ConstantKind::kInvokeDynamic: return "a dynamic call";
  }
  return "?";
}

// JVMS 8 §4.4.7: no octet of 00 or F0 to FF, two- and three-octet forms complete.
bool is_modified_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto octet = static_cast<std::uint8_t>(text[at]);
    const std::size_t length = octet < 0x80 ? 1 : (octet & 0xE0) == 0xC0 ? 2 : (octet & 0xF0) == 0xE0 ? 3 : 0;
    if (octet == 0 || length == 0 || at + length > text.size()) return false;
    for (std::size_t more = 1; more < length; ++more)
      if ((static_cast<std::uint8_t>(text[at + more]) & 0xC0) != 0x80) return false;
    at += length;
  }
  return true;
}

Status read_two(Reader& reader, Constant& constant) {
  COSE_TRY(constant.first, reader.u16());
  COSE_TRY(constant.second, reader.u16());
  return {};
}

Status read_value(Reader& reader, Constant& constant) {
  switch (constant.kind) {
    case ConstantKind::kUtf8: {
      COSE_TRY(const auto octets, reader.take_with_length16());
      constant.text = as_text(octets);
      if (!is_modified_utf8(constant.text)) return fail(ErrorKind::kInvalid, "malformed text");
      return {};
    }
    case ConstantKind::kInteger: {
      COSE_TRY(const auto value, reader.u32());
      constant.integer = static_cast<std::int32_t>(value);
      return {};
    }
    case ConstantKind::kFloat: return reader.skip(4);
    case ConstantKind::kLong:
    case ConstantKind::kDouble: return reader.skip(8);
    case ConstantKind::kClass:
    case ConstantKind::kString:
    case ConstantKind::kMethodType: {
      COSE_TRY(constant.first, reader.u16());
      return {};
    }
    case ConstantKind::kField:
    case ConstantKind::kMethod:
    case ConstantKind::kInterfaceMethod:
    case ConstantKind::kNameAndType:
    case ConstantKind::kInvokeDynamic: return read_two(reader, constant);
    case ConstantKind::kMethodHandle: {
      COSE_CHECK(reader.skip(1));
      COSE_TRY(constant.second, reader.u16());
      return {};
    }
    case ConstantKind::kNone: break;
  }
  return fail(ErrorKind::kInvalid, fmt::format("tag {} is none of Java 8", static_cast<unsigned>(constant.kind)));
}

Status check_member(const ConstantPool& pool, const Constant& constant) {
  COSE_CHECK(pool.expect(constant.first, ConstantKind::kClass));
  COSE_CHECK(pool.expect(constant.second, ConstantKind::kNameAndType));
  const auto& type = pool.at(constant.second);
  COSE_CHECK(pool.expect(type.first, ConstantKind::kUtf8));
  COSE_CHECK(pool.expect(type.second, ConstantKind::kUtf8));
  if (constant.kind == ConstantKind::kField) {
    COSE_TRY(const auto parsed, parse_field_descriptor(pool.text(type.second)));
  } else {
    COSE_TRY(const auto parsed, parse_method_descriptor(pool.text(type.second)));
  }
  return {};
}

Status check_constant(const ConstantPool& pool, const Constant& constant) {
  switch (constant.kind) {
    case ConstantKind::kClass:
      COSE_CHECK(pool.expect(constant.first, ConstantKind::kUtf8));
      if (pool.text(constant.first).empty()) return fail(ErrorKind::kInvalid, "a class without a name");
      return {};
    case ConstantKind::kString:
    case ConstantKind::kMethodType: return pool.expect(constant.first, ConstantKind::kUtf8);
    case ConstantKind::kField:
    case ConstantKind::kMethod:
    case ConstantKind::kInterfaceMethod: return check_member(pool, constant);
    case ConstantKind::kNameAndType:
      COSE_CHECK(pool.expect(constant.first, ConstantKind::kUtf8));
      return pool.expect(constant.second, ConstantKind::kUtf8);
    case ConstantKind::kInvokeDynamic: return pool.expect(constant.second, ConstantKind::kNameAndType);
    default: return {};
  }
}

}  // namespace

Status ConstantPool::expect(std::size_t index, ConstantKind kind) const {
  if (index == 0 || index >= constants_.size())
    return fail(ErrorKind::kInvalid, fmt::format("index {} of a pool of {}", index, constants_.size()));
  if (constants_[index].kind != kind)
    return fail(ErrorKind::kInvalid, fmt::format("expected constant {} to be {}, found {}", index, name_of(kind),
                                                 name_of(constants_[index].kind)));
  return {};
}

namespace detail {

Result<ConstantPool> read_constant_pool(Reader& reader) {
  ConstantPool pool;
  COSE_TRY(const auto count, reader.u16());
  pool.add({});
  while (pool.size() < count) {
    Constant constant;
    COSE_TRY(const auto tag, reader.u8());
    constant.kind = static_cast<ConstantKind>(tag);
    const auto index = pool.size();
    if (const auto read = read_value(reader, constant); !read)
      return std::unexpected(read.error().within(fmt::format("constant {}", index)));
    // JVMS 8 §4.4.5: these two take two indices.
    const bool wide = constant.kind == ConstantKind::kLong || constant.kind == ConstantKind::kDouble;
    pool.add(std::move(constant));
    if (wide) pool.add({});
  }
  if (pool.size() > std::max<std::size_t>(count, 1))
    return fail(ErrorKind::kInvalid, "a constant behind the pool's end");
  for (std::size_t index = 1; index < pool.size(); ++index)
    if (const auto checked = check_constant(pool, pool.at(index)); !checked)
      return std::unexpected(checked.error().within(fmt::format("constant {}", index)));
  return pool;
}

}  // namespace detail

}  // namespace cose::classfile
