// SPDX-License-Identifier: Apache-2.0
#include "cap/debug.h"

#include <fmt/format.h>

#include "cap/detail/fields.h"

namespace cose::cap {

namespace {

using detail::read_list;

constexpr std::size_t kVariableSize = 9;  // u1 index, u2 name, u2 descriptor, u2 start, u2 length
constexpr std::size_t kLineSize = 6;      // u2 start, u2 end, u2 line

class DebugReader {
 public:
  explicit DebugReader(ByteView info) : reader_(info) {}

  Result<DebugInfo> run() {
    COSE_TRY(const auto string_count, reader_.u16());
    COSE_TRY(strings_, read_list(string_count, [&]() -> Result<std::string> {
               COSE_TRY(const auto octets, reader_.take_with_length16());
               return std::string(as_text(octets));
             }));
    DebugInfo debug;
    COSE_TRY(debug.package, string());
    COSE_TRY(const auto class_count, reader_.u16());
    COSE_TRY(debug.classes, read_list(class_count, [&] { return read_class(); }));
    COSE_CHECK(reader_.expect_end());
    return debug;
  }

 private:
  Result<std::string> string() {
    COSE_TRY(const auto index, reader_.u16());
    if (index < strings_.size()) return strings_[index];
    return fail(ErrorKind::kInvalid,
                fmt::format("string index {} of {} at position {}", index, strings_.size(), reader_.position() - 2));
  }

  // An interface has no super class, a class may have no source: an index that leads nowhere is taken as no name.
  Result<std::string> optional_string() {
    COSE_TRY(const auto index, reader_.u16());
    return index < strings_.size() ? strings_[index] : std::string();
  }

  Result<DebugField> read_field() {
    DebugField field;
    COSE_TRY(field.name, string());
    COSE_TRY(field.descriptor, string());
    COSE_TRY(field.access_flags, reader_.u16());
    COSE_TRY(field.contents, reader_.u32());
    return field;
  }

  Result<DebugMethod> read_method() {
    DebugMethod method;
    COSE_TRY(method.name, string());
    COSE_TRY(method.descriptor, string());
    COSE_TRY(method.access_flags, reader_.u16());
    COSE_TRY(method.location, reader_.u16());
    COSE_TRY(method.header_size, reader_.u8());
    COSE_TRY(method.body_size, reader_.u16());
    COSE_TRY(const auto variables, reader_.u16());
    COSE_TRY(const auto lines, reader_.u16());
    method.variables = variables;
    method.lines = lines;
    COSE_CHECK(reader_.skip(variables * kVariableSize + lines * kLineSize));
    return method;
  }

  Result<DebugClass> read_class() {
    DebugClass each;
    COSE_TRY(each.name, string());
    COSE_TRY(each.access_flags, reader_.u16());
    COSE_TRY(each.location, reader_.u16());
    COSE_TRY(each.super_class, optional_string());
    COSE_TRY(each.source_file, optional_string());
    COSE_TRY(const auto interface_count, reader_.u8());
    COSE_TRY(const auto field_count, reader_.u16());
    COSE_TRY(const auto method_count, reader_.u16());
    COSE_TRY(each.interfaces, read_list(interface_count, [&] { return string(); }));
    COSE_TRY(each.fields, read_list(field_count, [&] { return read_field(); }));
    COSE_TRY(each.methods, read_list(method_count, [&] { return read_method(); }));
    return each;
  }

  Reader reader_;
  std::vector<std::string> strings_;
};

}  // namespace

Result<DebugInfo> parse_debug(ByteView info, Format format) {
  if (format.extended()) return fail(ErrorKind::kUnsupported, "the extended Debug component is not read");
  return DebugReader(info).run();
}

}  // namespace cose::cap
