// SPDX-License-Identifier: Apache-2.0
// Method component, JCVM 3.1 §6.10.
#include <fmt/format.h>

#include "cap/detail/fields.h"
#include "cap/limits.h"
#include "cap/parse.h"
#include "cap/write.h"

namespace cose::cap {

namespace {

Result<ExceptionHandler> read_handler(Reader& reader) {
  ExceptionHandler handler;
  COSE_TRY(handler.start_offset, reader.u16());
  COSE_TRY(handler.active, reader.u16());
  COSE_TRY(handler.handler_offset, reader.u16());
  COSE_TRY(handler.catch_type_index, reader.u16());
  return handler;
}

Result<MethodBlock> read_block(ByteView octets) {
  if (octets.size() > kMaximumMethodBlock)
    return fail(ErrorKind::kLimit,
                fmt::format("expected at most {} octets, found {}", kMaximumMethodBlock, octets.size()));
  Reader reader(octets);
  MethodBlock block;
  COSE_TRY(const auto count, reader.u8());
  COSE_TRY(block.handlers, detail::read_list(count, [&] { return read_handler(reader); }));
  block.methods = to_bytes(reader.rest());
  return block;
}

// The specification calls the block offsets 32-bit offsets to each block; read here as offsets into the info item,
// ascending and without gaps.
Result<std::vector<MethodBlock>> read_blocks(ByteView info) {
  Reader reader(info);
  COSE_TRY(const auto count, reader.u8());
  if (count > kMaximumMethodBlocks)
    return fail(ErrorKind::kLimit,
                fmt::format("expected at most {} method blocks, found {}", kMaximumMethodBlocks, count));
  COSE_TRY(auto offsets, detail::read_list(count, [&] { return reader.u32(); }));
  std::size_t expected = reader.position();
  offsets.push_back(static_cast<std::uint32_t>(info.size()));
  std::vector<MethodBlock> blocks;
  for (std::size_t index = 0; index < count; ++index) {
    if (offsets[index] != expected || offsets[index + 1] < expected || offsets[index + 1] > info.size())
      return fail(ErrorKind::kInvalid, fmt::format("block {}: expected offset {}, found {}, next {}", index, expected,
                                                   offsets[index], offsets[index + 1]));
    auto block = read_block(info.subspan(expected, offsets[index + 1] - expected));
    if (!block) return std::unexpected(block.error().within(fmt::format("block {}", index)));
    blocks.push_back(*std::move(block));
    expected = offsets[index + 1];
  }
  if (expected != info.size())
    return fail(ErrorKind::kInvalid, fmt::format("{} octets after the last block", info.size() - expected));
  return blocks;
}

void write_block(detail::FieldWriter& writer, const MethodBlock& block) {
  writer.count8(block.handlers.size(), "handler_count");
  for (const auto& handler : block.handlers)
    writer.u16(handler.start_offset).u16(handler.active).u16(handler.handler_offset).u16(handler.catch_type_index);
  writer.octets(block.methods);
}

}  // namespace

Result<std::vector<MethodBlock>> parse_method(ByteView info, Format format) {
  if (format.extended()) return read_blocks(info);
  COSE_TRY(auto block, read_block(info));
  return std::vector<MethodBlock>{std::move(block)};
}

Result<Bytes> write_method(const std::vector<MethodBlock>& blocks, Format format) {
  detail::FieldWriter writer;
  if (format.extended()) {
    writer.count8(blocks.size(), "method_component_block_count");
    std::size_t offset = 1 + 4 * blocks.size();
    for (const auto& block : blocks) {
      writer.count32(offset, "method_component_block_offset");
      offset += block.size();
    }
  }
  for (const auto& block : blocks) {
    if (block.size() > kMaximumMethodBlock)
      return fail(ErrorKind::kLimit,
                  fmt::format("methods of {} octets do not fit a block of {}", block.size(), kMaximumMethodBlock));
    write_block(writer, block);
  }
  return writer.finish();
}

}  // namespace cose::cap
