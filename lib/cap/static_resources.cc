// SPDX-License-Identifier: Apache-2.0
// StaticResources component, JCVM 3.1 §6.16.
#include "cap/detail/fields.h"
#include "cap/parse.h"
#include "cap/write.h"

namespace cose::cap {

Result<std::vector<StaticResource>> parse_static_resources(ByteView info) {
  struct Entry {
    std::uint16_t id = 0;
    std::uint32_t size = 0;
  };
  Reader reader(info);
  COSE_TRY(const auto count, reader.u16());
  COSE_TRY(const auto entries, detail::read_list(count, [&]() -> Result<Entry> {
             Entry entry;
             COSE_TRY(entry.id, reader.u16());
             COSE_TRY(entry.size, reader.u32());
             return entry;
           }));
  std::vector<StaticResource> resources;
  for (const auto& entry : entries) {
    auto content = reader.take(entry.size);
    if (!content) return std::unexpected(content.error().within("resource " + std::to_string(entry.id)));
    resources.push_back({entry.id, to_bytes(*content)});
  }
  COSE_CHECK(reader.expect_end());
  return resources;
}

Result<Bytes> write_static_resources(const std::vector<StaticResource>& resources) {
  detail::FieldWriter writer;
  writer.count16(resources.size(), "resource_count");
  for (const auto& resource : resources) writer.u16(resource.id).count32(resource.content.size(), "resource_size");
  for (const auto& resource : resources) writer.octets(resource.content);
  return writer.finish();
}

}  // namespace cose::cap
