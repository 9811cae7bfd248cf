// SPDX-License-Identifier: Apache-2.0
// Fields that several components share, and a writer that minds the width of counts.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "bytes/reader.h"
#include "bytes/writer.h"
#include "cap/model.h"

namespace cose::cap::detail {

[[nodiscard]] Result<PackageInfo> read_package_info(Reader& reader);
[[nodiscard]] Result<ClassRef> read_class_ref(Reader& reader);
// With the block index before it in the extended layout.
[[nodiscard]] Result<MethodLocation> read_method_location(Reader& reader, Format format);
// Minor before major, as everywhere in these formats.
[[nodiscard]] Result<Version> read_version(Reader& reader);
[[nodiscard]] Result<std::string> read_name8(Reader& reader);
// type_descriptors until position `end`; their offsets count from `origin`.
[[nodiscard]] Result<std::vector<TypeDescriptor>> read_type_descriptors(Reader& reader, std::size_t end,
                                                                        std::size_t origin);

template <typename Read>
[[nodiscard]] auto read_list(std::size_t count, Read read)
    -> Result<std::vector<typename std::invoke_result_t<Read>::value_type>> {
  std::vector<typename std::invoke_result_t<Read>::value_type> list;
  for (std::size_t at = 0; at < count; ++at) {
    auto item = read();
    if (!item) return std::unexpected(std::move(item).error().within("entry " + std::to_string(at)));
    list.push_back(*std::move(item));
  }
  return list;
}

// Writes on after a count that does not fit, and reports the first such at the end.
class FieldWriter {
 public:
  FieldWriter& u8(std::uint8_t value);
  FieldWriter& u16(std::uint16_t value);
  FieldWriter& u32(std::uint32_t value);
  FieldWriter& octets(ByteView run);

  FieldWriter& count8(std::size_t count, std::string_view what);
  FieldWriter& count16(std::size_t count, std::string_view what);
  FieldWriter& count32(std::size_t count, std::string_view what);
  // A count or size in front of the octets.
  FieldWriter& run8(ByteView run, std::string_view what);

  FieldWriter& version(Version version);
  FieldWriter& package_info(const PackageInfo& package);
  FieldWriter& class_ref(ClassRef ref);
  FieldWriter& method_location(MethodLocation location, Format format);
  FieldWriter& type_descriptors(const std::vector<TypeDescriptor>& types);

  [[nodiscard]] std::size_t size() const { return writer_.size(); }
  [[nodiscard]] Result<Bytes> finish();

 private:
  void check(std::size_t count, std::size_t maximum, std::string_view what);

  Writer writer_;
  std::optional<Error> error_;
};

}  // namespace cose::cap::detail
