// SPDX-License-Identifier: Apache-2.0
#include "relay/vpcd_frame.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::relay {
namespace {

using Kind = VpcdMessage::Kind;

std::vector<std::string> decode(std::initializer_list<std::string_view> pieces) {
  VpcdDecoder decoder;
  std::vector<std::string> messages;
  for (const auto piece : pieces) {
    decoder.feed(*from_hex(piece));
    for (;;) {
      const auto message = decoder.next();
      if (!message) {
        messages.push_back(message.error().message);
        return messages;
      }
      if (!*message) break;
      const auto& found = **message;
      messages.push_back(found.kind == Kind::kCommand ? to_hex(found.command)
                                                      : "control " + std::to_string(static_cast<int>(found.kind)));
    }
  }
  return messages;
}

using Messages = std::vector<std::string>;

TEST(VpcdFrame, ControlOctets) {
  EXPECT_EQ(decode({"0001000001010001020001"
                    "04"}),
            (Messages{"control 0", "control 1", "control 2", "control 3"}));
}

TEST(VpcdFrame, CommandsInAnyPieces) {
  EXPECT_EQ(decode({"000500A4040000"}), Messages{"00A4040000"});
  EXPECT_EQ(decode({"00", "05", "00A404", "0000", "000400"}), Messages{"00A4040000"});
  EXPECT_EQ(decode({"000400B0000000020102", "0001"}), (Messages{"00B00000", "0102"}));
}

TEST(VpcdFrame, LongestCommand) {
  const std::string longest(2 * kMaximumVpcdPayload, 'A');
  EXPECT_EQ(decode({"FFFF", longest}), Messages{longest});
}

TEST(VpcdFrame, WhatNoReaderSends) {
  EXPECT_EQ(decode({"0000"}), Messages{"virtual reader: expected a message, found an empty one"});
  EXPECT_EQ(decode({"000103"}), Messages{"virtual reader: expected a control octet 00, 01, 02 or 04, found 03"});
}

TEST(VpcdFrame, EncodesInOnePiece) {
  Bytes frame;
  ASSERT_TRUE(encode_vpcd(*from_hex("9000"), frame));
  EXPECT_EQ(to_hex(frame), "00029000");
  ASSERT_TRUE(encode_vpcd({}, frame));
  EXPECT_EQ(to_hex(frame), "0000");
  EXPECT_EQ(encode_vpcd(Bytes(kMaximumVpcdPayload + 1), frame).error().kind, ErrorKind::kLimit);
}

}  // namespace
}  // namespace cose::relay
