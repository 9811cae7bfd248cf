// SPDX-License-Identifier: Apache-2.0
#include "cap/detail/fields.h"

#include <fmt/format.h>

namespace cose::cap::detail {

Result<Version> read_version(Reader& reader) {
  Version version;
  COSE_TRY(version.minor, reader.u8());
  COSE_TRY(version.major, reader.u8());
  return version;
}

Result<PackageInfo> read_package_info(Reader& reader) {
  PackageInfo package;
  COSE_TRY(package.version, read_version(reader));
  COSE_TRY(const auto aid, reader.take_with_length8());
  package.aid = to_bytes(aid);
  return package;
}

Result<ClassRef> read_class_ref(Reader& reader) {
  COSE_TRY(const auto value, reader.u16());
  return ClassRef{value};
}

Result<MethodLocation> read_method_location(Reader& reader, Format format) {
  MethodLocation location;
  if (format.extended()) {
    COSE_TRY(location.block, reader.u8());
  }
  COSE_TRY(location.offset, reader.u16());
  return location;
}

Result<std::string> read_name8(Reader& reader) {
  COSE_TRY(const auto octets, reader.take_with_length8());
  return std::string(as_text(octets));
}

Result<std::vector<TypeDescriptor>> read_type_descriptors(Reader& reader, std::size_t end, std::size_t origin) {
  std::vector<TypeDescriptor> types;
  while (reader.position() < end) {
    TypeDescriptor type;
    type.offset = static_cast<std::uint16_t>(reader.position() - origin);
    COSE_TRY(type.nibble_count, reader.u8());
    const std::size_t size = (std::size_t{type.nibble_count} + 1) / 2;
    if (size > end - reader.position())
      return fail(ErrorKind::kInvalid, fmt::format("type_descriptor at offset {}: {} nibbles pass the end at {}",
                                                   reader.position() - 1, type.nibble_count, end));
    COSE_TRY(const auto octets, reader.take(size));
    type.type = to_bytes(octets);
    types.push_back(std::move(type));
  }
  return types;
}

FieldWriter& FieldWriter::u8(std::uint8_t value) {
  writer_.u8(value);
  return *this;
}
FieldWriter& FieldWriter::u16(std::uint16_t value) {
  writer_.u16(value);
  return *this;
}
FieldWriter& FieldWriter::u32(std::uint32_t value) {
  writer_.u32(value);
  return *this;
}
FieldWriter& FieldWriter::octets(ByteView run) {
  writer_.octets(run);
  return *this;
}

void FieldWriter::check(std::size_t count, std::size_t maximum, std::string_view what) {
  if (count > maximum && !error_)
    error_ = Error{ErrorKind::kLimit, fmt::format("{}: {} is more than its field holds ({})", what, count, maximum)};
}

FieldWriter& FieldWriter::count8(std::size_t count, std::string_view what) {
  check(count, UINT8_MAX, what);
  return u8(static_cast<std::uint8_t>(count));
}
FieldWriter& FieldWriter::count16(std::size_t count, std::string_view what) {
  check(count, UINT16_MAX, what);
  return u16(static_cast<std::uint16_t>(count));
}
FieldWriter& FieldWriter::count32(std::size_t count, std::string_view what) {
  check(count, UINT32_MAX, what);
  return u32(static_cast<std::uint32_t>(count));
}

FieldWriter& FieldWriter::run8(ByteView run, std::string_view what) {
  return count8(run.size(), what).octets(run);
}

FieldWriter& FieldWriter::version(Version version) {
  return u8(version.minor).u8(version.major);
}

FieldWriter& FieldWriter::package_info(const PackageInfo& package) {
  return version(package.version).run8(package.aid, "AID_length");
}

FieldWriter& FieldWriter::class_ref(ClassRef ref) {
  return u16(ref.value);
}

FieldWriter& FieldWriter::method_location(MethodLocation location, Format format) {
  if (format.extended()) u8(location.block);
  return u16(location.offset);
}

FieldWriter& FieldWriter::type_descriptors(const std::vector<TypeDescriptor>& types) {
  for (const auto& type : types) u8(type.nibble_count).octets(type.type);
  return *this;
}

Result<Bytes> FieldWriter::finish() {
  if (error_) return std::unexpected(*error_);
  return writer_.take();
}

}  // namespace cose::cap::detail
