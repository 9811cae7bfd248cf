// SPDX-License-Identifier: Apache-2.0
// Class component, JCVM 3.1 §6.9.
#include <fmt/format.h>

#include "cap/detail/fields.h"
#include "cap/parse.h"
#include "cap/write.h"

namespace cose::cap {

namespace {

using detail::FieldWriter;
using detail::read_class_ref;
using detail::read_list;

Result<InterfaceInfo> read_interface(Reader& reader, std::uint8_t bitfield, Format format) {
  InterfaceInfo interface;
  interface.flags = bitfield >> 4;
  COSE_TRY(interface.superinterfaces, read_list(bitfield & 0x0FU, [&] { return read_class_ref(reader); }));
  // JCVM 3.1 §6.9.2.2: the name came with 2.2 and only for remote interfaces.
  if ((interface.flags & kClassRemote) != 0 && format.since(2)) {
    COSE_TRY(interface.interface_name, detail::read_name8(reader));
  }
  return interface;
}

Result<RemoteInterfaces> read_remote(Reader& reader) {
  RemoteInterfaces remote;
  COSE_TRY(const auto method_count, reader.u8());
  COSE_TRY(remote.methods, read_list(method_count, [&]() -> Result<RemoteMethod> {
             RemoteMethod method;
             COSE_TRY(method.hash, reader.u16());
             COSE_TRY(method.signature_offset, reader.u16());
             COSE_TRY(method.virtual_method_token, reader.u8());
             return method;
           }));
  COSE_TRY(const auto modifier, reader.take_with_length8());
  remote.hash_modifier = to_bytes(modifier);
  COSE_TRY(remote.class_name, detail::read_name8(reader));
  COSE_TRY(const auto interface_count, reader.u8());
  COSE_TRY(remote.interfaces, read_list(interface_count, [&] { return read_class_ref(reader); }));
  return remote;
}

Result<ImplementedInterface> read_implemented(Reader& reader) {
  ImplementedInterface implemented;
  COSE_TRY(implemented.interface, read_class_ref(reader));
  COSE_TRY(const auto index, reader.take_with_length8());
  implemented.index = to_bytes(index);
  return implemented;
}

Status read_method_tables(Reader& reader, ClassInfo& info, Format format) {
  COSE_TRY(info.public_method_table_base, reader.u8());
  COSE_TRY(const auto public_count, reader.u8());
  COSE_TRY(info.package_method_table_base, reader.u8());
  COSE_TRY(const auto package_count, reader.u8());
  const auto read = [&] { return detail::read_method_location(reader, format); };
  COSE_TRY(info.public_virtual_methods, read_list(public_count, read));
  COSE_TRY(info.package_virtual_methods, read_list(package_count, read));
  return {};
}

Result<ClassInfo> read_class(Reader& reader, std::uint8_t bitfield, Format format) {
  ClassInfo info;
  info.flags = bitfield >> 4;
  COSE_TRY(info.super_class, read_class_ref(reader));
  COSE_TRY(info.declared_instance_size, reader.u8());
  COSE_TRY(info.first_reference_token, reader.u8());
  COSE_TRY(info.reference_count, reader.u8());
  COSE_CHECK(read_method_tables(reader, info, format));
  COSE_TRY(info.interfaces, read_list(bitfield & 0x0FU, [&] { return read_implemented(reader); }));
  if ((info.flags & kClassRemote) != 0 && format.since(2)) {
    COSE_TRY(info.remote, read_remote(reader));
  }
  if (format.since(3)) {
    // JCVM 3.1 §6.9.2.7: one entry for each public token, inherited ones included.
    const auto tokens = std::size_t{info.public_method_table_base} + info.public_virtual_methods.size();
    COSE_TRY(const auto mapping, reader.take(tokens));
    info.public_virtual_method_token_mapping = to_bytes(mapping);
    COSE_TRY(info.cap22_inheritable_public_method_tokens, reader.u8());
  }
  return info;
}

Result<ClassEntry> read_entry(Reader& reader, Format format) {
  const auto offset = static_cast<std::uint16_t>(reader.position());
  COSE_TRY(const auto bitfield, reader.u8());
  if ((bitfield >> 4 & kClassInterface) != 0) {
    auto interface = read_interface(reader, bitfield, format);
    if (!interface) return std::unexpected(interface.error().within(fmt::format("interface at offset {}", offset)));
    interface->offset = offset;
    return *std::move(interface);
  }
  auto info = read_class(reader, bitfield, format);
  if (!info) return std::unexpected(info.error().within(fmt::format("class at offset {}", offset)));
  info->offset = offset;
  return *std::move(info);
}

std::uint8_t bitfield_of(std::uint8_t flags, std::size_t interface_count) {
  return static_cast<std::uint8_t>((flags & 0x0FU) << 4 | (interface_count & 0x0FU));
}

void write_entry(FieldWriter& writer, const InterfaceInfo& interface, Format format) {
  writer.u8(bitfield_of(interface.flags, interface.superinterfaces.size()));
  for (const auto ref : interface.superinterfaces) writer.class_ref(ref);
  if ((interface.flags & kClassRemote) != 0 && format.since(2))
    writer.run8(as_bytes(interface.interface_name), "interface_name_length");
}

void write_remote(FieldWriter& writer, const RemoteInterfaces& remote) {
  writer.count8(remote.methods.size(), "remote_methods_count");
  for (const auto& method : remote.methods)
    writer.u16(method.hash).u16(method.signature_offset).u8(method.virtual_method_token);
  writer.run8(remote.hash_modifier, "hash_modifier_length").run8(as_bytes(remote.class_name), "class_name_length");
  writer.count8(remote.interfaces.size(), "remote_interfaces_count");
  for (const auto ref : remote.interfaces) writer.class_ref(ref);
}

void write_entry(FieldWriter& writer, const ClassInfo& info, Format format) {
  writer.u8(bitfield_of(info.flags, info.interfaces.size()));
  writer.class_ref(info.super_class).u8(info.declared_instance_size).u8(info.first_reference_token);
  writer.u8(info.reference_count);
  writer.u8(info.public_method_table_base).count8(info.public_virtual_methods.size(), "public_method_table_count");
  writer.u8(info.package_method_table_base).count8(info.package_virtual_methods.size(), "package_method_table_count");
  for (const auto location : info.public_virtual_methods) writer.method_location(location, format);
  for (const auto location : info.package_virtual_methods) writer.method_location(location, format);
  for (const auto& implemented : info.interfaces)
    writer.class_ref(implemented.interface).run8(implemented.index, "interface method count");
  if ((info.flags & kClassRemote) != 0 && format.since(2))
    write_remote(writer, info.remote.value_or(RemoteInterfaces{}));
  if (format.since(3))
    writer.octets(info.public_virtual_method_token_mapping).u8(info.cap22_inheritable_public_method_tokens);
}

}  // namespace

Result<ClassComponent> parse_class(ByteView info, Format format) {
  Reader reader(info);
  ClassComponent classes;
  if (format.since(2)) {
    COSE_TRY(const auto length, reader.u16());
    if (length > reader.remaining())
      return fail(ErrorKind::kInvalid,
                  fmt::format("signature_pool_length: expected at most {}, found {}", reader.remaining(), length));
    const auto origin = reader.position();
    COSE_TRY(classes.signature_pool, detail::read_type_descriptors(reader, origin + length, origin));
  }
  while (!reader.at_end()) {
    COSE_TRY(auto entry, read_entry(reader, format));
    classes.entries.push_back(std::move(entry));
  }
  return classes;
}

Result<Bytes> write_class(const ClassComponent& classes, Format format) {
  FieldWriter writer;
  if (format.since(2)) {
    std::size_t length = 0;
    for (const auto& type : classes.signature_pool) length += type.size();
    writer.count16(length, "signature_pool_length").type_descriptors(classes.signature_pool);
  }
  for (const auto& entry : classes.entries)
    std::visit([&](const auto& info) { write_entry(writer, info, format); }, entry);
  return writer.finish();
}

std::size_t size_of(const ClassEntry& entry, Format format) {
  FieldWriter writer;
  std::visit([&](const auto& info) { write_entry(writer, info, format); }, entry);
  return writer.size();
}

}  // namespace cose::cap
