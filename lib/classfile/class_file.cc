// SPDX-License-Identifier: Apache-2.0
#include "classfile/class_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "bytes/reader.h"
#include "classfile/descriptor.h"
#include "classfile/detail/attributes.h"
#include "classfile/detail/constants.h"

namespace cose::classfile {

namespace {

template <typename Item>
Result<Item> within(Result<Item> item, std::string_view what) {
  if (!item) return std::unexpected(item.error().within(what));
  return item;
}

class ClassReader {
 public:
  explicit ClassReader(ByteView octets) : reader_(octets) {}

  Result<ClassFile> run() {
    COSE_CHECK(read_version());
    COSE_TRY(file_.constants, detail::read_constant_pool(reader_));
    COSE_TRY(file_.access, reader_.u16());
    COSE_CHECK(read_names());
    COSE_TRY(const auto field_count, reader_.u16());
    for (unsigned each = 0; each < field_count; ++each) COSE_CHECK(read_field());
    COSE_TRY(const auto method_count, reader_.u16());
    for (unsigned each = 0; each < method_count; ++each) COSE_CHECK(read_method());
    COSE_CHECK(read_attributes());
    COSE_CHECK(reader_.expect_end());
    return std::move(file_);
  }

 private:
  Status read_version() {
    COSE_TRY(const auto magic, reader_.u32());
    if (magic != kClassFileMagic)
      return fail(ErrorKind::kInvalid, fmt::format("expected a class file (CAFEBABE), found {:08X}", magic));
    COSE_TRY(file_.minor, reader_.u16());
    COSE_TRY(file_.major, reader_.u16());
    if (file_.major < kOldestMajor || file_.major > kNewestMajor)
      return fail(ErrorKind::kUnsupported,
                  fmt::format("class file version {}, expected {} to {}: compile with --release 8", file_.major,
                              kOldestMajor, kNewestMajor));
    return {};
  }

  Status read_names() {
    COSE_TRY(const auto name, reader_.u16());
    COSE_CHECK(file_.constants.expect(name, ConstantKind::kClass));
    file_.name = file_.constants.class_name(name);
    COSE_TRY(const auto super, reader_.u16());
    if (super != 0) {
      COSE_CHECK(file_.constants.expect(super, ConstantKind::kClass));
      file_.super = file_.constants.class_name(super);
    }
    COSE_TRY(const auto count, reader_.u16());
    for (unsigned each = 0; each < count; ++each) {
      COSE_TRY(const auto index, reader_.u16());
      COSE_CHECK(file_.constants.expect(index, ConstantKind::kClass));
      file_.interfaces.emplace_back(file_.constants.class_name(index));
    }
    return {};
  }

  Result<std::string> read_text(std::string_view what) {
    COSE_TRY(const auto index, reader_.u16());
    if (const auto found = file_.constants.expect(index, ConstantKind::kUtf8); !found)
      return std::unexpected(found.error().within(what));
    return std::string(file_.constants.text(index));
  }

  Status read_field() {
    Field field;
    COSE_TRY(field.access, reader_.u16());
    COSE_TRY(field.name, read_text("field name"));
    COSE_TRY(field.descriptor, read_text("field descriptor"));
    COSE_TRY(const auto type, within(parse_field_descriptor(field.descriptor), field.name));
    COSE_TRY(field.constant_value,
             within(detail::read_field_attributes(reader_, file_.constants), "field " + field.name));
    file_.fields.push_back(std::move(field));
    return {};
  }

  Status read_method() {
    Method method;
    COSE_TRY(method.access, reader_.u16());
    COSE_TRY(method.name, read_text("method name"));
    COSE_TRY(method.descriptor, read_text("method descriptor"));
    COSE_TRY(const auto type, within(parse_method_descriptor(method.descriptor), method.name));
    COSE_TRY(method.code, within(detail::read_method_attributes(reader_, file_.constants), "method " + method.name));
    // JVMS 8 §4.7.3.
    const bool expected = !method.is(kAbstract) && !method.is(kNative);
    if (expected != method.code.has_value())
      return fail(ErrorKind::kInvalid,
                  fmt::format("method {}: {}", method.name,
                              expected ? "expected code, found none" : "code in an abstract method"));
    if (method.code) {
      std::size_t words = method.is(kStatic) ? 0 : 1;
      for (const auto& each : type.parameters)
        words += !each.is_reference() && (each.kind == 'J' || each.kind == 'D') ? 2U : 1U;
      if (words > method.code->max_locals)
        return fail(ErrorKind::kInvalid, fmt::format("method {}: {} words of arguments in {} local variables",
                                                     method.name, words, method.code->max_locals));
    }
    file_.methods.push_back(std::move(method));
    return {};
  }

  Status read_attributes() {
    COSE_TRY(const auto count, reader_.u16());
    for (unsigned each = 0; each < count; ++each) {
      COSE_TRY(const auto attribute, detail::read_attribute(reader_, file_.constants));
      if (attribute.name != "SourceFile") continue;
      Reader info(attribute.info);
      COSE_TRY(const auto index, info.u16());
      COSE_CHECK(file_.constants.expect(index, ConstantKind::kUtf8));
      COSE_CHECK(info.expect_end());
      file_.source_file = file_.constants.text(index);
    }
    return {};
  }

  Reader reader_;
  ClassFile file_;
};

}  // namespace

Member ConstantPool::member(std::size_t index) const {
  const auto& constant = at(index);
  const auto& name_and_type = at(constant.second);
  return {class_name(constant.first), text(name_and_type.first), text(name_and_type.second),
          constant.kind == ConstantKind::kInterfaceMethod};
}

std::optional<std::uint16_t> Code::line_at(std::size_t at) const {
  std::optional<std::uint16_t> line;
  std::size_t nearest = 0;
  for (const auto& each : lines)
    if (each.at <= at && (!line || each.at >= nearest)) {
      line = each.line;
      nearest = each.at;
    }
  return line;
}

const LocalVariable* Code::variable_at(std::size_t index, std::size_t at) const {
  const auto found = std::ranges::find_if(variables, [&](const LocalVariable& each) {
    return each.index == index && at >= each.start && at < std::size_t{each.start} + each.length;
  });
  return found == variables.end() ? nullptr : &*found;
}

Result<ClassFile> parse(ByteView file) {
  if (file.size() > kMaximumClassFile)
    return fail(ErrorKind::kLimit,
                fmt::format("class file of {} octets is larger than {}", file.size(), kMaximumClassFile));
  return ClassReader(file).run();
}

}  // namespace cose::classfile
