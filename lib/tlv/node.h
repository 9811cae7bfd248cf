// SPDX-License-Identifier: Apache-2.0
// BER-TLV data objects as a tree that owns its octets: for printing and for changing. Programs that only look for a
// value use TlvReader, which copies nothing.
//
// Errors: those of TlvReader with the path to the element, and kLimit below kMaximumDepth levels.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "tlv/tag.h"
#include "tlv/tlv_reader.h"

namespace cose::tlv {

inline constexpr std::size_t kMaximumDepth = 16;

struct Node {
  Tag tag;
  Bytes value = {};                 // of a primitive tag
  std::vector<Node> children = {};  // of a constructed tag

  friend bool operator==(const Node&, const Node&) = default;
};

[[nodiscard]] Result<std::vector<Node>> parse_tree(ByteView octets, Padding padding = Padding::kZero);

[[nodiscard]] Bytes encode(std::span<const Node> nodes);

// The name of a tag for people, or nothing; asked while printing.
using TagNames = std::function<std::string_view(Tag)>;

// One line per element, children two columns further in:
//   6F File Control Information
//     50 Application Label: 4341 "CA"
[[nodiscard]] std::string to_text(std::span<const Node> nodes, const TagNames& names = {});

}  // namespace cose::tlv
