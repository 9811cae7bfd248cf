// SPDX-License-Identifier: Apache-2.0
#include "tlv/node.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "tlv/tlv_builder.h"

namespace cose::tlv {
namespace {

using namespace literals;

Bytes fci() {
  return "6F1B 8407A0000000031010 A510 500456495341 9F38039F1A02 BF0C00 00"_hex;
}

TEST(Node, PrintsATree) {
  const auto nodes = parse_tree(fci()).value();
  EXPECT_EQ(to_text(nodes),
            "6F\n"
            "  84: A0000000031010\n"
            "  A5\n"
            "    50: 56495341 \"VISA\"\n"
            "    9F38: 9F1A02\n"
            "    BF0C\n");
}

TEST(Node, PrintsTheNamesItIsGiven) {
  const auto nodes = parse_tree("A5028700 5A00"_hex).value();
  const auto names = [](Tag tag) -> std::string_view { return tag == Tag(0x87) ? "Priority" : ""; };
  EXPECT_EQ(to_text(nodes, names), "A5\n  87 Priority: \n5A: \n");
}

TEST(Node, EncodesWithoutPadding) {
  EXPECT_EQ(to_hex(encode(parse_tree("00 6F0400 8481 00 00"_hex).value())), "6F028400");
  EXPECT_EQ(parse_tree(encode(parse_tree(fci()).value())), parse_tree(fci()));
}

TEST(Node, TakesPaddingOnEveryLevel) {
  EXPECT_EQ(to_text(parse_tree("FF 6F04FF8400FF"_hex, Padding::kZeroAndFf).value()), "6F\n  84: \n");
  EXPECT_FALSE(parse_tree("FF 6F04FF8400FF"_hex).has_value());
}

TEST(Node, NamesThePathToAnError) {
  EXPECT_EQ(parse_tree("6F04A5028402"_hex).error().message,
            "in 6F: in A5: tag 84 at position 0: expected 2 octets of value, found 0");
}

Bytes nested(std::size_t levels) {
  Bytes octets = "8400"_hex;
  for (std::size_t level = 1; level < levels; ++level) octets = TlvBuilder().add(Tag(0x6F), octets).take();
  return octets;
}

TEST(Node, BoundsTheDepth) {
  EXPECT_TRUE(parse_tree(nested(kMaximumDepth)).has_value());
  const auto error = parse_tree(nested(kMaximumDepth + 1)).error();
  EXPECT_EQ(error.kind, ErrorKind::kLimit);
  EXPECT_TRUE(error.message.ends_with("nested deeper than 16 levels")) << error.message;
  EXPECT_EQ(parse_tree(nested(10'000)).error().kind, ErrorKind::kLimit);
}

}  // namespace
}  // namespace cose::tlv
