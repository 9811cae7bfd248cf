// SPDX-License-Identifier: Apache-2.0
// ReferenceLocation component, JCVM 3.1 §6.12.
#include "cap/reference_location.h"

#include "cap/detail/fields.h"
#include "cap/parse.h"
#include "cap/write.h"

namespace cose::cap {

namespace {

constexpr std::uint8_t kFarJump = 255;

Result<ReferenceLocations> read_locations(Reader& reader) {
  ReferenceLocations locations;
  COSE_TRY(const auto byte_jumps, reader.take_with_length16());
  locations.byte_jumps = to_bytes(byte_jumps);
  COSE_TRY(const auto byte2_jumps, reader.take_with_length16());
  locations.byte2_jumps = to_bytes(byte2_jumps);
  return locations;
}

}  // namespace

std::vector<std::size_t> offsets_of_jumps(ByteView jumps) {
  std::vector<std::size_t> offsets;
  std::size_t offset = 0;
  for (const auto jump : jumps) {
    offset += jump;
    if (jump != kFarJump) offsets.push_back(offset);
  }
  return offsets;
}

Bytes jumps_to(const std::vector<std::size_t>& offsets) {
  Bytes jumps;
  std::size_t from = 0;
  for (const auto offset : offsets) {
    auto distance = offset - from;
    for (; distance >= kFarJump; distance -= kFarJump) jumps.push_back(kFarJump);
    jumps.push_back(static_cast<std::uint8_t>(distance));
    from = offset;
  }
  return jumps;
}

Result<std::vector<ReferenceLocations>> parse_reference_location(ByteView info, Format format) {
  Reader reader(info);
  std::uint8_t count = 1;
  if (format.extended()) {
    COSE_TRY(count, reader.u8());
  }
  COSE_TRY(auto blocks, detail::read_list(count, [&] { return read_locations(reader); }));
  COSE_CHECK(reader.expect_end());
  return blocks;
}

Result<Bytes> write_reference_location(const std::vector<ReferenceLocations>& blocks, Format format) {
  detail::FieldWriter writer;
  if (format.extended()) writer.count8(blocks.size(), "reference_location_component_block_count");
  for (const auto& block : blocks) {
    writer.count16(block.byte_jumps.size(), "byte_index_count").octets(block.byte_jumps);
    writer.count16(block.byte2_jumps.size(), "byte2_index_count").octets(block.byte2_jumps);
  }
  return writer.finish();
}

}  // namespace cose::cap
