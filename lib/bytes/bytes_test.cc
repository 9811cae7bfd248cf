// SPDX-License-Identifier: Apache-2.0
#include "bytes/bytes.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/reader.h"
#include "bytes/result.h"
#include "bytes/writer.h"

namespace cose {
namespace {

using namespace literals;

TEST(Bytes, JoinsPartsInOrder) {
  EXPECT_EQ(concat("01"_hex, Bytes{}, "0203"_hex), "010203"_hex);
  EXPECT_EQ(as_text(as_bytes("abc")), "abc");
  EXPECT_TRUE(equal("0102"_hex, "0102"_hex));
  EXPECT_FALSE(equal("0102"_hex, "01"_hex));
}

TEST(Hex, GoesBothWays) {
  EXPECT_EQ(to_hex("00a4FF"_hex), "00A4FF");
  EXPECT_EQ(from_hex("00a4FF").value(), (Bytes{0x00, 0xA4, 0xFF}));
  EXPECT_EQ(from_hex("").value(), Bytes{});
  EXPECT_EQ(from_loose_hex(" 00 a4:04\t00\r\n").value(), "00A40400"_hex);
}

TEST(Hex, NamesWhatIsWrongAndWhere) {
  EXPECT_EQ(from_hex("00A").error().message, "expected an even number of hexadecimal digits, found 3");
  EXPECT_EQ(from_hex("0G").error().message, "expected hexadecimal digits, found 'G' at position 2");
  EXPECT_EQ(from_hex(std::string_view("0\0", 2)).error().message,
            "expected hexadecimal digits, found octet 00 at position 2");
  EXPECT_EQ(from_hex("0 1").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(from_loose_hex("0 1").error().message, "half an octet at position 1");
}

TEST(Reader, ReadsBigEndianInOrder) {
  const auto octets = "01 0203 040506 0708090A 0B0C0D0E0F101112 02AABB 0001CC DD"_hex;
  Reader reader(octets);
  EXPECT_EQ(reader.u8().value(), 0x01);
  EXPECT_EQ(reader.u16().value(), 0x0203);
  EXPECT_EQ(reader.u24().value(), 0x040506U);
  EXPECT_EQ(reader.u32().value(), 0x0708090AU);
  EXPECT_EQ(reader.u64().value(), 0x0B0C0D0E0F101112ULL);
  EXPECT_EQ(to_bytes(reader.take_with_length8().value()), "AABB"_hex);
  EXPECT_EQ(to_bytes(reader.take_with_length16().value()), "CC"_hex);
  EXPECT_EQ(reader.peek().value(), 0xDD);
  EXPECT_FALSE(reader.expect_end().has_value());
  EXPECT_TRUE(reader.skip(1).has_value());
  EXPECT_TRUE(reader.at_end());
  EXPECT_TRUE(reader.expect_end().has_value());
}

TEST(Reader, StaysInsideAndKeepsItsPlaceOnFailure) {
  const auto octets = "05AABB"_hex;
  Reader reader(octets);
  EXPECT_FALSE(reader.take_with_length8().has_value());
  EXPECT_EQ(reader.position(), 0U);
  EXPECT_FALSE(reader.take_with_length16().has_value());
  EXPECT_EQ(reader.position(), 0U);
  EXPECT_FALSE(reader.take(4).has_value());
  EXPECT_FALSE(reader.take(SIZE_MAX).has_value());
  EXPECT_FALSE(reader.u32().has_value());
  EXPECT_EQ(reader.remaining(), 3U);
  EXPECT_EQ(reader.take(SIZE_MAX).error().message,
            "expected " + std::to_string(SIZE_MAX) + " octets at position 0, found 3");
}

TEST(Writer, WritesWhatReaderReads) {
  Writer writer;
  writer.u8(1).u16(0x0203).u24(0x040506).u32(0x0708090A).u64(0x0B0C0D0E0F101112).octets("AA"_hex);
  EXPECT_EQ(writer.take(), "0102030405060708090A0B0C0D0E0F101112AA"_hex);
  EXPECT_EQ(writer.size(), 0U);
}

TEST(FixedWriter, RefusesWhatDoesNotFit) {
  std::array<std::uint8_t, 3> buffer{};
  FixedWriter writer(buffer);
  EXPECT_TRUE(writer.u16(0x0102).has_value());
  EXPECT_EQ(writer.u16(0x0304).error().kind, ErrorKind::kLimit);
  EXPECT_TRUE(writer.u8(0x05).has_value());
  EXPECT_FALSE(writer.octets("06"_hex).has_value());
  EXPECT_EQ(to_bytes(writer.view()), "010205"_hex);
}

Result<int> half(int value) {
  if (value % 2 != 0) return fail(ErrorKind::kInvalid, "odd");
  return value / 2;
}

Result<int> quarter(int value) {
  COSE_TRY(const auto once, half(value));
  COSE_TRY(const auto twice, half(once));
  return twice;
}

TEST(Result, TryPassesTheErrorOn) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().message, "odd");
  EXPECT_EQ(quarter(6).error().within("slot 101").message, "slot 101: odd");
}

}  // namespace
}  // namespace cose
