// SPDX-License-Identifier: Apache-2.0
// Export component, JCVM 3.1 §6.13.
#include "cap/detail/fields.h"
#include "cap/parse.h"
#include "cap/write.h"

namespace cose::cap {

namespace {

Result<ClassExport> read_class_export(Reader& reader, Format format) {
  ClassExport exported;
  COSE_TRY(exported.class_offset, reader.u16());
  COSE_TRY(const auto field_count, reader.u8());
  COSE_TRY(const auto method_count, reader.u8());
  COSE_TRY(exported.static_field_offsets, detail::read_list(field_count, [&] { return reader.u16(); }));
  COSE_TRY(exported.static_methods,
           detail::read_list(method_count, [&] { return detail::read_method_location(reader, format); }));
  return exported;
}

Result<PackageExports> read_package(Reader& reader, Format format) {
  COSE_TRY(const auto count, reader.u8());
  return detail::read_list(count, [&] { return read_class_export(reader, format); });
}

}  // namespace

Result<std::vector<PackageExports>> parse_export(ByteView info, Format format) {
  Reader reader(info);
  std::uint8_t count = 1;
  if (format.extended()) {
    COSE_TRY(count, reader.u8());
  }
  COSE_TRY(auto packages, detail::read_list(count, [&] { return read_package(reader, format); }));
  COSE_CHECK(reader.expect_end());
  return packages;
}

Result<Bytes> write_export(const std::vector<PackageExports>& packages, Format format) {
  detail::FieldWriter writer;
  if (format.extended()) writer.count8(packages.size(), "export package_count");
  for (const auto& package : packages) {
    writer.count8(package.size(), "export class_count");
    for (const auto& exported : package) {
      writer.u16(exported.class_offset);
      writer.count8(exported.static_field_offsets.size(), "static_field_count");
      writer.count8(exported.static_methods.size(), "static_method_count");
      for (const auto offset : exported.static_field_offsets) writer.u16(offset);
      for (const auto location : exported.static_methods) writer.method_location(location, format);
    }
  }
  return writer.finish();
}

}  // namespace cose::cap
