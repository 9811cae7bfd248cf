// SPDX-License-Identifier: Apache-2.0
#include "iso7816/response_apdu.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::iso7816 {
namespace {

using namespace literals;

TEST(ResponseApdu, IsDataAndAStatusWord) {
  const auto response = ResponseApdu::parse("6F009000"_hex).value();
  EXPECT_EQ(response, (ResponseApdu{"6F00"_hex, StatusWord::kOk}));
  EXPECT_EQ(response.encode(), "6F009000"_hex);
  EXPECT_EQ(ResponseApdu::parse("6A82"_hex), (ResponseApdu{{}, StatusWord::kFileNotFound}));
}

TEST(ResponseApdu, IsBounded) {
  EXPECT_EQ(ResponseApdu::parse({}).error().message, "expected a response APDU of 2 to 65538 octets, found 0");
  EXPECT_FALSE(ResponseApdu::parse("90"_hex).has_value());
  EXPECT_TRUE(ResponseApduView::parse(Bytes(kMaximumResponseSize, 0)).has_value());
  EXPECT_FALSE(ResponseApduView::parse(Bytes(kMaximumResponseSize + 1, 0)).has_value());
}

}  // namespace
}  // namespace cose::iso7816
