// SPDX-License-Identifier: Apache-2.0
#include "cap/export_file.h"

#include <fmt/format.h>

#include "cap/detail/fields.h"
#include "cap/limits.h"

namespace cose::cap {

namespace {

using detail::FieldWriter;
using detail::read_list;

// JCVM 3.1 §5.6 table 5-1; the numbers are those of Java class files where there is such a constant.
enum ExportTag : std::uint8_t { kUtf8 = 1, kInteger = 3, kClassref = 7, kPackage = 13 };

constexpr std::size_t kConstantValueSize = 2;

Result<ExportConstant> read_constant(Reader& reader) {
  COSE_TRY(const auto tag, reader.u8());
  switch (tag) {
    case kUtf8: {
      COSE_TRY(const auto octets, reader.take_with_length16());
      return ExportUtf8{std::string(as_text(octets))};
    }
    case kInteger: {
      COSE_TRY(const auto value, reader.u32());
      return ExportInteger{static_cast<std::int32_t>(value)};
    }
    case kClassref: {
      COSE_TRY(const auto name_index, reader.u16());
      return ExportClassref{name_index};
    }
    case kPackage: {
      ExportPackage package;
      COSE_TRY(package.flags, reader.u8());
      COSE_TRY(package.name_index, reader.u16());
      COSE_TRY(package.version, detail::read_version(reader));
      COSE_TRY(const auto aid, reader.take_with_length8());
      package.aid = to_bytes(aid);
      return package;
    }
    default:
      return fail(ErrorKind::kInvalid, fmt::format("expected a constant tag 1, 3, 7 or 13 at position {}, found {}",
                                                   reader.position() - 1, tag));
  }
}

Result<ExportField> read_field(Reader& reader) {
  ExportField field;
  COSE_TRY(field.token, reader.u8());
  COSE_TRY(field.access_flags, reader.u16());
  COSE_TRY(field.name_index, reader.u16());
  COSE_TRY(field.descriptor_index, reader.u16());
  COSE_TRY(const auto count, reader.u16());
  COSE_TRY(field.attributes, read_list(count, [&]() -> Result<ExportAttribute> {
             ExportAttribute attribute;
             COSE_TRY(attribute.name_index, reader.u16());
             COSE_TRY(const auto size, reader.u32());
             COSE_TRY(const auto info, reader.take(size));
             attribute.info = to_bytes(info);
             return attribute;
           }));
  return field;
}

Result<ExportMethod> read_method(Reader& reader) {
  ExportMethod method;
  COSE_TRY(method.token, reader.u8());
  COSE_TRY(method.access_flags, reader.u16());
  COSE_TRY(method.name_index, reader.u16());
  COSE_TRY(method.descriptor_index, reader.u16());
  return method;
}

Result<ExportClass> read_class(Reader& reader, Version format) {
  ExportClass each;
  COSE_TRY(each.token, reader.u8());
  COSE_TRY(each.access_flags, reader.u16());
  COSE_TRY(each.name_index, reader.u16());
  COSE_TRY(const auto super_count, reader.u16());
  COSE_TRY(each.supers, read_list(super_count, [&] { return reader.u16(); }));
  COSE_TRY(const auto interface_count, reader.u8());
  COSE_TRY(each.interfaces, read_list(interface_count, [&] { return reader.u16(); }));
  COSE_TRY(const auto field_count, reader.u16());
  COSE_TRY(each.fields, read_list(field_count, [&] { return read_field(reader); }));
  COSE_TRY(const auto method_count, reader.u16());
  COSE_TRY(each.methods, read_list(method_count, [&] { return read_method(reader); }));
  if (format.minor >= 3) {
    COSE_TRY(each.cap22_inheritable_public_method_tokens, reader.u8());
  }
  return each;
}

// Every index of the file against the constant that it names.
class IndexChecker {
 public:
  explicit IndexChecker(const ExportFile& file) : file_(file) {}

  Status run() const {
    for (const auto& constant : file_.constants) COSE_CHECK(check_constant(constant));
    COSE_CHECK(check<ExportPackage>(file_.this_package, "this_package", "a package"));
    for (const auto index : file_.referenced_packages)
      COSE_CHECK(check<ExportPackage>(index, "referenced package", "a package"));
    for (const auto& each : file_.classes) COSE_CHECK(check_class(each));
    return {};
  }

 private:
  template <typename Wanted>
  Status check(std::uint16_t index, std::string_view what, std::string_view wanted) const {
    if (index >= file_.constants.size())
      return fail(ErrorKind::kInvalid, fmt::format("{}: constant {} of {}", what, index, file_.constants.size()));
    if (!std::holds_alternative<Wanted>(file_.constants[index]))
      return fail(ErrorKind::kInvalid, fmt::format("{}: expected constant {} to be {}", what, index, wanted));
    return {};
  }

  Status check_text(std::uint16_t index, std::string_view what) const {
    return check<ExportUtf8>(index, what, "a text");
  }

  Status check_constant(const ExportConstant& constant) const {
    if (const auto* ref = std::get_if<ExportClassref>(&constant)) return check_text(ref->name_index, "class name");
    const auto* package = std::get_if<ExportPackage>(&constant);
    if (package == nullptr) return {};
    if (package->aid.size() < kMinimumAid || package->aid.size() > kMaximumAid)
      return fail(ErrorKind::kInvalid,
                  fmt::format("package AID: expected 5 to 16 octets, found {}", package->aid.size()));
    return check_text(package->name_index, "package name");
  }

  Status check_class(const ExportClass& each) const {
    COSE_CHECK(check<ExportClassref>(each.name_index, "class", "a class"));
    for (const auto index : each.supers) COSE_CHECK(check<ExportClassref>(index, "super class", "a class"));
    for (const auto index : each.interfaces) COSE_CHECK(check<ExportClassref>(index, "interface", "a class"));
    for (const auto& field : each.fields) COSE_CHECK(check_field(field));
    for (const auto& method : each.methods) {
      COSE_CHECK(check_text(method.name_index, "method name"));
      COSE_CHECK(check_text(method.descriptor_index, "method descriptor"));
    }
    return {};
  }

  Status check_field(const ExportField& field) const {
    COSE_CHECK(check_text(field.name_index, "field name"));
    COSE_CHECK(check_text(field.descriptor_index, "field descriptor"));
    for (const auto& attribute : field.attributes) {
      COSE_CHECK(check_text(attribute.name_index, "attribute name"));
      // JCVM 3.1 §5.8.1: ConstantValue is the only attribute, an index of an integer.
      if (attribute.info.size() != kConstantValueSize)
        return fail(ErrorKind::kInvalid, fmt::format("attribute: expected 2 octets, found {}", attribute.info.size()));
      const auto index = static_cast<std::uint16_t>(attribute.info[0] << 8 | attribute.info[1]);
      COSE_CHECK(check<ExportInteger>(index, "constant value", "an integer"));
    }
    return {};
  }

  const ExportFile& file_;
};

void write_constant(FieldWriter& writer, const ExportUtf8& utf8) {
  writer.u8(kUtf8).count16(utf8.text.size(), "utf8 length").octets(as_bytes(utf8.text));
}
void write_constant(FieldWriter& writer, const ExportInteger& integer) {
  writer.u8(kInteger).u32(static_cast<std::uint32_t>(integer.value));
}
void write_constant(FieldWriter& writer, const ExportClassref& ref) {
  writer.u8(kClassref).u16(ref.name_index);
}
void write_constant(FieldWriter& writer, const ExportPackage& package) {
  writer.u8(kPackage).u8(package.flags).u16(package.name_index).version(package.version);
  writer.run8(package.aid, "AID_length");
}

void write_class(FieldWriter& writer, const ExportClass& each, Version format) {
  writer.u8(each.token).u16(each.access_flags).u16(each.name_index);
  writer.count16(each.supers.size(), "export_supers_count");
  for (const auto index : each.supers) writer.u16(index);
  writer.count8(each.interfaces.size(), "export_interfaces_count");
  for (const auto index : each.interfaces) writer.u16(index);
  writer.count16(each.fields.size(), "export_fields_count");
  for (const auto& field : each.fields) {
    writer.u8(field.token).u16(field.access_flags).u16(field.name_index).u16(field.descriptor_index);
    writer.count16(field.attributes.size(), "attributes_count");
    for (const auto& attribute : field.attributes)
      writer.u16(attribute.name_index).count32(attribute.info.size(), "attribute_length").octets(attribute.info);
  }
  writer.count16(each.methods.size(), "export_methods_count");
  for (const auto& method : each.methods)
    writer.u8(method.token).u16(method.access_flags).u16(method.name_index).u16(method.descriptor_index);
  if (format.minor >= 3) writer.u8(each.cap22_inheritable_public_method_tokens);
}

}  // namespace

const std::string& ExportFile::utf8(std::uint16_t index) const {
  return std::get<ExportUtf8>(constants[index]).text;
}

const std::string& ExportFile::class_name(std::uint16_t classref_index) const {
  return utf8(std::get<ExportClassref>(constants[classref_index]).name_index);
}

const ExportPackage& ExportFile::package(std::uint16_t index) const {
  return std::get<ExportPackage>(constants[index]);
}

std::optional<std::int32_t> ExportFile::constant_value(const ExportField& field) const {
  if (field.attributes.empty()) return std::nullopt;
  const auto& info = field.attributes.front().info;
  return std::get<ExportInteger>(constants[static_cast<std::size_t>(info[0] << 8 | info[1])]).value;
}

Result<ExportFile> parse_export_file(ByteView octets) {
  Reader reader(octets);
  COSE_TRY(const auto magic, reader.u32());
  if (magic != kExportFileMagic)
    return fail(ErrorKind::kInvalid, fmt::format("expected magic {:08X}, found {:08X}", kExportFileMagic, magic));
  ExportFile file;
  COSE_TRY(file.format, detail::read_version(reader));
  if (file.format.major != 2 || file.format.minor < 1 || file.format.minor > 3)
    return fail(ErrorKind::kUnsupported, fmt::format("expected export file format 2.1, 2.2 or 2.3, found {}.{}",
                                                     file.format.major, file.format.minor));
  COSE_TRY(const auto constant_count, reader.u16());
  COSE_TRY(file.constants, read_list(constant_count, [&] { return read_constant(reader); }));
  COSE_TRY(file.this_package, reader.u16());
  if (file.format.minor >= 3) {
    COSE_TRY(const auto package_count, reader.u8());
    COSE_TRY(file.referenced_packages, read_list(package_count, [&] { return reader.u16(); }));
  }
  COSE_TRY(const auto class_count, reader.u8());
  COSE_TRY(file.classes, read_list(class_count, [&] { return read_class(reader, file.format); }));
  COSE_CHECK(reader.expect_end());
  COSE_CHECK(IndexChecker(file).run());
  return file;
}

Result<Bytes> write_export_file(const ExportFile& file) {
  FieldWriter writer;
  writer.u32(kExportFileMagic).version(file.format).count16(file.constants.size(), "constant_pool_count");
  for (const auto& constant : file.constants)
    std::visit([&](const auto& each) { write_constant(writer, each); }, constant);
  writer.u16(file.this_package);
  if (file.format.minor >= 3) {
    writer.count8(file.referenced_packages.size(), "referenced_package_count");
    for (const auto index : file.referenced_packages) writer.u16(index);
  }
  writer.count8(file.classes.size(), "export_class_count");
  for (const auto& each : file.classes) write_class(writer, each, file.format);
  return writer.finish();
}

}  // namespace cose::cap
