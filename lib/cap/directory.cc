// SPDX-License-Identifier: Apache-2.0
// Directory component, JCVM 3.1 §6.5.
#include "cap/detail/fields.h"
#include "cap/parse.h"
#include "cap/write.h"

namespace cose::cap {

namespace {

// Debug's size joined in 2.2, that of StaticResources in 2.3.
std::size_t sizes_in(Format format) {
  if (format.since(3)) return 13;
  return format.since(2) ? 12 : 11;
}

Result<std::uint32_t> read_size(Reader& reader, bool wide) {
  if (wide) return reader.u32();
  COSE_TRY(const auto size, reader.u16());
  return std::uint32_t{size};
}

bool is_wide(std::size_t index, Format format) {
  return has_long_size(static_cast<ComponentTag>(index + 1), format.layout);
}

Result<CustomComponentInfo> read_custom(Reader& reader, Format format) {
  CustomComponentInfo custom;
  COSE_TRY(custom.tag, reader.u8());
  COSE_TRY(custom.size, read_size(reader, format.extended()));
  COSE_TRY(const auto aid, reader.take_with_length8());
  custom.aid = to_bytes(aid);
  return custom;
}

void write_size(detail::FieldWriter& writer, std::uint32_t size, bool wide) {
  if (wide) {
    writer.u32(size);
  } else {
    writer.count16(size, "component size");
  }
}

}  // namespace

Result<Directory> parse_directory(ByteView info, Format format) {
  Reader reader(info);
  Directory directory;
  for (std::size_t index = 0; index < sizes_in(format); ++index) {
    COSE_TRY(directory.component_sizes[index], read_size(reader, is_wide(index, format)));
  }
  COSE_TRY(directory.image_size, reader.u16());
  COSE_TRY(directory.array_init_count, reader.u16());
  COSE_TRY(directory.array_init_size, reader.u16());
  COSE_TRY(directory.import_count, reader.u8());
  COSE_TRY(directory.applet_count, reader.u8());
  if (format.extended()) {
    COSE_TRY(directory.method_component_block_count, reader.u8());
  }
  COSE_TRY(const auto custom_count, reader.u8());
  COSE_TRY(directory.custom_components, detail::read_list(custom_count, [&] { return read_custom(reader, format); }));
  COSE_CHECK(reader.expect_end());
  return directory;
}

Result<Bytes> write_directory(const Directory& directory, Format format) {
  detail::FieldWriter writer;
  for (std::size_t index = 0; index < sizes_in(format); ++index)
    write_size(writer, directory.component_sizes[index], is_wide(index, format));
  writer.u16(directory.image_size).u16(directory.array_init_count).u16(directory.array_init_size);
  writer.u8(directory.import_count).u8(directory.applet_count);
  if (format.extended()) writer.u8(directory.method_component_block_count);
  writer.count8(directory.custom_components.size(), "custom_count");
  for (const auto& custom : directory.custom_components) {
    writer.u8(custom.tag);
    write_size(writer, custom.size, format.extended());
    writer.run8(custom.aid, "AID_length");
  }
  return writer.finish();
}

}  // namespace cose::cap
