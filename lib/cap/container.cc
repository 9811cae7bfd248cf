// SPDX-License-Identifier: Apache-2.0
#include "cap/container.h"

#include <fmt/format.h>

#include "bytes/writer.h"
#include "cap/detail/frame.h"
#include "cap/limits.h"

namespace cose::cap {

namespace detail {

namespace {

constexpr std::size_t kHeaderFlagsOffset = 6;       // after magic and format version
constexpr std::uint8_t kHeaderFlagExtended = 0x08;  // JCVM 3.1 §6.4 table 6-4

bool is_known(std::uint8_t tag) {
  return (tag >= 1 && tag <= kStandardComponents) || tag >= number_of(ComponentTag::kFirstCustom);
}

}  // namespace

Layout layout_of_header(ByteView header_info) {
  if (header_info.size() <= kHeaderFlagsOffset) return Layout::kCompact;
  return (header_info[kHeaderFlagsOffset] & kHeaderFlagExtended) != 0 ? Layout::kExtended : Layout::kCompact;
}

Result<Frame> read_frame(Reader& reader, Layout layout) {
  const auto start = reader.position();
  COSE_TRY(const auto number, reader.u8());
  if (!is_known(number))
    return fail(ErrorKind::kInvalid,
                fmt::format("expected a component tag (1 to 13, 128 to 255) at offset {}, found {}", start, number));
  const auto tag = static_cast<ComponentTag>(number);
  std::uint32_t size = 0;
  if (has_long_size(tag, layout)) {
    COSE_TRY(size, reader.u32());
  } else {
    COSE_TRY(size, reader.u16());
  }
  if (size > reader.remaining())
    return fail(ErrorKind::kInvalid, fmt::format("{} component at offset {}: expected {} octets, found {}",
                                                 name_of(tag), start, size, reader.remaining()));
  COSE_TRY(const auto info, reader.take(size));
  return Frame{tag, info};
}

Result<Bytes> write_frame(ComponentTag tag, ByteView info, Layout layout) {
  Writer writer;
  writer.u8(number_of(tag));
  if (has_long_size(tag, layout)) {
    if (info.size() > kMaximumFile)
      return fail(ErrorKind::kLimit,
                  fmt::format("{} component: {} octets are more than {}", name_of(tag), info.size(), kMaximumFile));
    writer.u32(static_cast<std::uint32_t>(info.size()));
  } else {
    if (info.size() > UINT16_MAX)
      return fail(ErrorKind::kLimit,
                  fmt::format("{} component: {} octets do not fit a 16-bit size", name_of(tag), info.size()));
    writer.u16(static_cast<std::uint16_t>(info.size()));
  }
  writer.octets(info);
  return writer.take();
}

}  // namespace detail

const Bytes* Components::find(ComponentTag tag) const {
  const auto found = infos.find(tag);
  return found == infos.end() ? nullptr : &found->second;
}

Layout Components::layout() const {
  const auto* header = find(ComponentTag::kHeader);
  return header == nullptr ? Layout::kCompact : detail::layout_of_header(*header);
}

Result<Components> read_load_file(ByteView load_file) {
  if (load_file.size() > kMaximumFile)
    return fail(ErrorKind::kLimit,
                fmt::format("load file of {} octets is larger than {}", load_file.size(), kMaximumFile));
  Components components;
  Reader reader(load_file);
  while (!reader.at_end()) {
    const auto offset = reader.position();
    COSE_TRY(const auto frame, detail::read_frame(reader, components.layout()));
    // The Header comes first: it tells how wide the sizes of the others are.
    if (components.infos.empty() && frame.tag != ComponentTag::kHeader)
      return fail(ErrorKind::kInvalid,
                  fmt::format("expected the Header component first, found {}", name_of(frame.tag)));
    if (!components.infos.emplace(frame.tag, to_bytes(frame.info)).second)
      return fail(ErrorKind::kInvalid, fmt::format("second {} component at offset {}", name_of(frame.tag), offset));
  }
  if (components.infos.empty()) return fail(ErrorKind::kInvalid, "expected a Header component, found no octets");
  return components;
}

Result<Components> read_cap(ByteView file) {
  if (as_text(file).starts_with("PK")) return read_zip(file);
  return read_load_file(file);
}

Result<Bytes> write_load_file(const Components& components, WithDescriptor descriptor) {
  Bytes written;
  const auto layout = components.layout();
  const auto add = [&](ComponentTag tag, ByteView info) -> Status {
    COSE_TRY(const auto framed, detail::write_frame(tag, info, layout));
    append(written, framed);
    return {};
  };
  for (const auto tag : kLoadOrder) {
    if (tag == ComponentTag::kDescriptor && descriptor == WithDescriptor::kNo) continue;
    if (const auto* info = components.find(tag)) COSE_CHECK(add(tag, *info));
  }
  for (const auto& [tag, info] : components.infos)
    if (is_custom(tag)) COSE_CHECK(add(tag, info));
  return written;
}

}  // namespace cose::cap
