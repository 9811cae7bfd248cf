// SPDX-License-Identifier: Apache-2.0
#include "tlv/node.h"

#include <algorithm>
#include <utility>

#include "bytes/hex.h"
#include "tlv/tlv_builder.h"

namespace cose::tlv {

namespace {

constexpr std::size_t kIndentation = 2;
// A single octet is too often a letter by chance.
constexpr std::size_t kShortestText = 2;

Result<std::vector<Node>> parse_level(ByteView octets, Padding padding, std::size_t levels_left);

Result<Node> to_node(const Element& element, Padding padding, std::size_t levels_left) {
  if (!element.tag.is_constructed()) return Node{element.tag, to_bytes(element.value)};
  auto children = parse_level(element.value, padding, levels_left - 1);
  if (!children) return std::unexpected(children.error().within("in " + element.tag.to_string()));
  return Node{element.tag, {}, *std::move(children)};
}

Result<std::vector<Node>> parse_level(ByteView octets, Padding padding, std::size_t levels_left) {
  if (levels_left == 0)
    return fail(ErrorKind::kLimit, "data objects nested deeper than " + std::to_string(kMaximumDepth) + " levels");
  std::vector<Node> nodes;
  TlvReader reader(octets, padding);
  while (!reader.at_end()) {
    COSE_TRY(const auto element, reader.next());
    COSE_TRY(auto node, to_node(element, padding, levels_left));
    nodes.push_back(std::move(node));
  }
  return nodes;
}

bool reads_as_text(ByteView value) {
  return value.size() >= kShortestText &&
         std::ranges::all_of(value, [](std::uint8_t octet) { return octet >= 0x20 && octet < 0x7F; });
}

void print(std::string& text, const Node& node, const TagNames& names, std::size_t column) {
  text.append(column, ' ');
  text += node.tag.to_string();
  if (const auto name = names ? names(node.tag) : std::string_view(); !name.empty()) text.append(" ").append(name);
  if (!node.tag.is_constructed()) {
    text += ": ";
    append_hex(text, node.value);
    if (reads_as_text(node.value)) text.append(" \"").append(as_text(node.value)).append("\"");
  }
  text += '\n';
  for (const auto& child : node.children) print(text, child, names, column + kIndentation);
}

}  // namespace

Result<std::vector<Node>> parse_tree(ByteView octets, Padding padding) {
  return parse_level(octets, padding, kMaximumDepth);
}

Bytes encode(std::span<const Node> nodes) {
  TlvBuilder builder;
  for (const auto& node : nodes)
    builder.add(node.tag, node.tag.is_constructed() ? ByteView(encode(node.children)) : ByteView(node.value));
  return builder.take();
}

std::string to_text(std::span<const Node> nodes, const TagNames& names) {
  std::string text;
  for (const auto& node : nodes) print(text, node, names, 0);
  return text;
}

}  // namespace cose::tlv
