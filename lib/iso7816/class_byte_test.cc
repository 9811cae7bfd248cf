// SPDX-License-Identifier: Apache-2.0
#include "iso7816/class_byte.h"

#include <gtest/gtest.h>

namespace cose::iso7816 {
namespace {

// ISO/IEC 7816-4:2005 §5.1.1 tables 2 and 3, GPC 2.3.1 §11.1.4.
TEST(ClassByte, SaysChannelMessagingAndChaining) {
  struct Case {
    std::uint8_t cla;
    std::uint8_t channel;
    SecureMessaging messaging;
    bool chained;
    std::uint8_t plain;
  };
  const Case cases[] = {
      {0x00, 0, SecureMessaging::kNone, false, 0x00},
      {0x03, 3, SecureMessaging::kNone, false, 0x03},
      {0x04, 0, SecureMessaging::kProprietary, false, 0x00},
      {0x09, 1, SecureMessaging::kHeaderNotAuthenticated, false, 0x01},
      {0x0C, 0, SecureMessaging::kHeaderAuthenticated, false, 0x00},
      {0x12, 2, SecureMessaging::kNone, true, 0x02},
      {0x40, 4, SecureMessaging::kNone, false, 0x40},
      {0x4F, 19, SecureMessaging::kNone, false, 0x4F},
      {0x61, 5, SecureMessaging::kHeaderNotAuthenticated, false, 0x41},
      {0x50, 4, SecureMessaging::kNone, true, 0x40},
      {0x80, 0, SecureMessaging::kNone, false, 0x00},
      {0x86, 2, SecureMessaging::kProprietary, false, 0x02},
      {0xC3, 7, SecureMessaging::kNone, false, 0x43},
      {0xE0, 4, SecureMessaging::kHeaderNotAuthenticated, false, 0x40},
  };
  for (const auto& [cla, channel, messaging, chained, plain] : cases) {
    EXPECT_EQ(logical_channel(cla), channel) << +cla;
    EXPECT_EQ(secure_messaging(cla), messaging) << +cla;
    EXPECT_EQ(is_chained(cla), chained) << +cla;
    EXPECT_EQ(plain_class(cla), plain) << +cla;
  }
}

TEST(ClassByte, MovesToAnotherChannel) {
  for (int channel = 0; channel <= kMaximumLogicalChannel; ++channel) {
    const auto cla = with_logical_channel(0x90, static_cast<std::uint8_t>(channel)).value();
    EXPECT_EQ(logical_channel(cla), channel);
    EXPECT_TRUE(is_chained(cla));
    EXPECT_EQ(cla & 0x80, 0x80);
    EXPECT_EQ(with_logical_channel(cla, 0), 0x90);
  }
  EXPECT_EQ(with_logical_channel(0x00, 4), 0x40);
  EXPECT_EQ(with_logical_channel(0x00, 20).error().message, "expected a logical channel of 0 to 19, found 20");
  EXPECT_EQ(with_logical_channel(0x84, 1).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace cose::iso7816
