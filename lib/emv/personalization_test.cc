// SPDX-License-Identifier: Apache-2.0
// What goes onto the card as octets; that whole cards are good is for tests/payment.
#include "emv/personalization.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::emv {
namespace {

using namespace literals;

const DirectoryEntry kEntry{.aid = "A0000000031010"_hex, .label = "VIS", .priority = 1, .kernel = 3};

TEST(Personalization, AGroupSaysHowLongItIs) {
  EXPECT_EQ(to_hex(encode(0x9102, "A50150"_hex)), "910203A50150");
  EXPECT_EQ(to_hex(encode(0x0101, Bytes(254))).substr(0, 6), "0101FE");
  // CPS 1.1 §2.2: FF means that the length stands behind it, in two octets.
  EXPECT_EQ(to_hex(encode(0x0101, Bytes(255))).substr(0, 10), "0101FF00FF");
  EXPECT_EQ(to_hex(encode(0x0101, Bytes(256))).substr(0, 10), "0101FF0100");
}

// ISO/IEC 7812-1 annex B, and a number that every test terminal knows.
TEST(Personalization, CheckDigits) {
  EXPECT_EQ(with_check_digit("4111111111111110"), "4111111111111111");
  EXPECT_EQ(with_check_digit("5413330089020010"), "5413330089020011");
}

TEST(Personalization, Directories) {
  const auto ppse = ppse_groups({&kEntry, 1});
  ASSERT_EQ(ppse.size(), 1U);
  EXPECT_EQ(ppse[0].identifier, 0x9102);
  EXPECT_EQ(to_hex(ppse[0].value.view()), "A51ABF0C1761154F07A000000003101050035649538701019F2A0103");
  const auto pse = pse_groups({&kEntry, 1}, "en");
  ASSERT_EQ(pse.size(), 2U);
  EXPECT_EQ(pse[0].identifier, 0x0101);
  EXPECT_EQ(to_hex(pse[0].value.view()), "701361114F07A00000000310105003564953870101");
  EXPECT_EQ(to_hex(pse[1].value.view()), "A50C8801015F2D02656E9F110101");
}

}  // namespace
}  // namespace cose::emv
