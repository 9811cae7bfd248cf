// SPDX-License-Identifier: Apache-2.0
// Tag, size, info: the frame around a component (JCVM 3.1 §6.2).
#pragma once

#include "bytes/reader.h"
#include "cap/container.h"

namespace cose::cap::detail {

struct Frame {
  ComponentTag tag{};
  ByteView info;
};

[[nodiscard]] Result<Frame> read_frame(Reader& reader, Layout layout);
[[nodiscard]] Result<Bytes> write_frame(ComponentTag tag, ByteView info, Layout layout);

// The layout that a Header's info announces.
[[nodiscard]] Layout layout_of_header(ByteView header_info);

}  // namespace cose::cap::detail
