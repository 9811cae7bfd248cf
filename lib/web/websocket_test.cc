// SPDX-License-Identifier: Apache-2.0
#include "web/websocket.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "web/limits.h"

namespace cose::web {
namespace {

using namespace literals;

// RFC 6455 §5.7 and §1.3.
TEST(WebSocket, ReadsAndWritesTheExamplesOfTheSpecification) {
  SocketReader reader;
  reader.feed("818537FA213D7F9F4D5158"_hex);
  const auto hello = reader.next();
  ASSERT_TRUE(hello && *hello);
  EXPECT_EQ((*hello)->kind, SocketMessage::Kind::kText);
  EXPECT_EQ((*hello)->octets, "Hello");
  std::string frame;
  append_frame(frame, SocketMessage::Kind::kText, "Hello");
  EXPECT_EQ(to_hex(as_bytes(frame)), "810548656C6C6F");
  EXPECT_EQ(socket_accept("dGhlIHNhbXBsZSBub25jZQ==").value(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  for (const auto* bad : {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZ!==", "dGhlIHNhbXBsZSBub25jZQ=A"})
    EXPECT_FALSE(socket_accept(bad)) << bad;
}

TEST(WebSocket, WritesEachFormOfALength) {
  for (const std::size_t size : {0U, 125U, 126U, 65535U, 65536U}) {
    std::string frame;
    append_frame(frame, SocketMessage::Kind::kBinary, std::string(size, 'x'));
    EXPECT_EQ(frame.size() - size, size < 126 ? 2U : size < 65536 ? 4U : 10U);
  }
}

TEST(WebSocket, TakesOctetsOneByOne) {
  SocketReader reader;
  int whole = 0;
  for (const auto octet : "818537FA213D7F9F4D5158818537FA213D7F9F4D5158"_hex) {
    reader.feed(ByteView(&octet, 1));
    const auto message = reader.next();
    ASSERT_TRUE(message);
    whole += message->has_value() ? 1 : 0;
  }
  EXPECT_EQ(whole, 2);
}

TEST(WebSocket, BoundsAMessageInFragments) {
  SocketReader reader;
  // 0x4000 octets each, never the last.
  for (std::size_t sent = 0; sent <= kMaximumMessage; sent += 0x4000) {
    auto fragment = sent == 0 ? "02FE400000000000"_hex : "00FE400000000000"_hex;
    fragment.resize(fragment.size() + 0x4000, 'x');
    reader.feed(fragment);
    const auto message = reader.next();
    if (!message) {
      EXPECT_EQ(message.error(), CloseCode::kTooBig);
      EXPECT_GT(sent + 0x4000, kMaximumMessage);
      return;
    }
    EXPECT_FALSE(message->has_value());
  }
  FAIL() << "nothing bounds it";
}

TEST(Utf8, IsWhatRfc3629Says) {
  for (const auto* good : {"", "a", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (const auto* bad : {"\x80", "\xC3", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82"})
    EXPECT_FALSE(is_utf8(bad)) << bad;
}

}  // namespace
}  // namespace cose::web
