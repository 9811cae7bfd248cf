// SPDX-License-Identifier: Apache-2.0
// Descriptor component, JCVM 3.1 §6.14.
#include <algorithm>

#include "cap/detail/fields.h"
#include "cap/parse.h"
#include "cap/write.h"

namespace cose::cap {

namespace {

using detail::FieldWriter;
using detail::read_list;

Result<FieldDescriptor> read_field(Reader& reader) {
  FieldDescriptor field;
  COSE_TRY(field.token, reader.u8());
  COSE_TRY(field.flags, reader.u8());
  COSE_TRY(const auto ref, reader.take(field.field_ref.size()));
  std::ranges::copy(ref, field.field_ref.begin());
  COSE_TRY(field.type, reader.u16());
  return field;
}

Result<MethodDescriptor> read_method(Reader& reader, Format format) {
  MethodDescriptor method;
  COSE_TRY(method.token, reader.u8());
  COSE_TRY(method.flags, reader.u8());
  COSE_TRY(method.location, detail::read_method_location(reader, format));
  COSE_TRY(method.type_offset, reader.u16());
  COSE_TRY(method.bytecode_count, reader.u16());
  COSE_TRY(method.exception_handler_count, reader.u16());
  COSE_TRY(method.exception_handler_index, reader.u16());
  return method;
}

Result<ClassDescriptor> read_class(Reader& reader, Format format) {
  ClassDescriptor descriptor;
  COSE_TRY(descriptor.token, reader.u8());
  COSE_TRY(descriptor.flags, reader.u8());
  COSE_TRY(descriptor.this_class, detail::read_class_ref(reader));
  COSE_TRY(const auto interface_count, reader.u8());
  COSE_TRY(const auto field_count, reader.u16());
  COSE_TRY(const auto method_count, reader.u16());
  COSE_TRY(descriptor.interfaces, read_list(interface_count, [&] { return detail::read_class_ref(reader); }));
  COSE_TRY(descriptor.fields, read_list(field_count, [&] { return read_field(reader); }));
  COSE_TRY(descriptor.methods, read_list(method_count, [&] { return read_method(reader, format); }));
  return descriptor;
}

Result<std::vector<ClassDescriptor>> read_package(Reader& reader, Format format) {
  COSE_TRY(const auto count, reader.u8());
  return read_list(count, [&] { return read_class(reader, format); });
}

void write_class_descriptor(FieldWriter& writer, const ClassDescriptor& descriptor, Format format) {
  writer.u8(descriptor.token).u8(descriptor.flags).class_ref(descriptor.this_class);
  writer.count8(descriptor.interfaces.size(), "descriptor interface_count");
  writer.count16(descriptor.fields.size(), "descriptor field_count");
  writer.count16(descriptor.methods.size(), "descriptor method_count");
  for (const auto ref : descriptor.interfaces) writer.class_ref(ref);
  for (const auto& field : descriptor.fields)
    writer.u8(field.token).u8(field.flags).octets(field.field_ref).u16(field.type);
  for (const auto& method : descriptor.methods) {
    writer.u8(method.token).u8(method.flags).method_location(method.location, format).u16(method.type_offset);
    writer.u16(method.bytecode_count).u16(method.exception_handler_count).u16(method.exception_handler_index);
  }
}

}  // namespace

Result<DescriptorComponent> parse_descriptor(ByteView info, Format format) {
  Reader reader(info);
  DescriptorComponent descriptor;
  std::uint8_t package_count = 1;
  if (format.extended()) {
    COSE_TRY(package_count, reader.u8());
  }
  COSE_TRY(descriptor.packages, read_list(package_count, [&] { return read_package(reader, format); }));
  // Type offsets count from the start of type_descriptor_info (JCVM 3.1 §6.14.3), its constant pool table included.
  const auto origin = reader.position();
  COSE_TRY(const auto constant_count, reader.u16());
  COSE_TRY(descriptor.constant_pool_types, read_list(constant_count, [&] { return reader.u16(); }));
  COSE_TRY(descriptor.types, detail::read_type_descriptors(reader, info.size(), origin));
  return descriptor;
}

Result<Bytes> write_descriptor(const DescriptorComponent& descriptor, Format format) {
  FieldWriter writer;
  if (format.extended()) writer.count8(descriptor.packages.size(), "descriptor package_count");
  for (const auto& package : descriptor.packages) {
    writer.count8(package.size(), "descriptor class_count");
    for (const auto& each : package) write_class_descriptor(writer, each, format);
  }
  writer.count16(descriptor.constant_pool_types.size(), "constant_pool_count");
  for (const auto type : descriptor.constant_pool_types) writer.u16(type);
  writer.type_descriptors(descriptor.types);
  return writer.finish();
}

}  // namespace cose::cap
