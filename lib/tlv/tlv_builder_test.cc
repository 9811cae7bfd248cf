// SPDX-License-Identifier: Apache-2.0
#include "tlv/tlv_builder.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "tlv/tlv_reader.h"

namespace cose::tlv {
namespace {

using namespace literals;

TEST(TlvBuilder, NestsElements) {
  TlvBuilder builder;
  builder.add(Tag(0x6F), TlvBuilder().add(Tag(0x84), "A0000001"_hex).add(Tag(0xA5), TlvBuilder()));
  builder.add_encoded("9F0100"_hex);
  EXPECT_EQ(to_hex(builder.view()), "6F088404A0000001A5009F0100");
  EXPECT_EQ(builder.size(), 13U);
  EXPECT_EQ(builder.take().size(), 13U);
  EXPECT_EQ(builder.size(), 0U);
}

TEST(TlvBuilder, UsesTheShortestLength) {
  struct Case {
    std::size_t length;
    const char* encoded;
  };
  const Case cases[] = {{0, "00"},
                        {0x7F, "7F"},
                        {0x80, "8180"},
                        {0xFF, "81FF"},
                        {0x100, "820100"},
                        {0xFFFF, "82FFFF"},
                        {0x10000, "83010000"},
                        {0xFFFFFF, "83FFFFFF"},
                        {0x1000000, "8401000000"},
                        {0xFFFFFFFF, "84FFFFFFFF"}};
  for (const auto& [length, encoded] : cases) {
    Bytes octets;
    append_length(octets, length);
    EXPECT_EQ(to_hex(octets), encoded);
  }
}

TEST(TlvBuilder, WritesWhatTlvReaderReads) {
  for (const std::size_t size : {0U, 1U, 0x7FU, 0x80U, 0xFFU, 0x100U, 0xFFFFU, 0x10000U}) {
    const auto encoded = TlvBuilder().add(Tag(0xDF8129), Bytes(size, 0xA5)).take();
    TlvReader reader(encoded);
    const auto element = reader.next().value();
    EXPECT_EQ(element.tag, Tag(0xDF8129));
    EXPECT_EQ(to_bytes(element.value), Bytes(size, 0xA5));
    EXPECT_TRUE(reader.at_end());
  }
}

}  // namespace
}  // namespace cose::tlv
