// SPDX-License-Identifier: Apache-2.0
#include "iso7816/masking.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "iso7816/testing/case_file.h"

namespace cose::iso7816 {
namespace {

TEST(Masking, FollowsTheVectors) {
  const auto cases = testing::read_cases("iso7816_masking.cases");
  ASSERT_FALSE(cases.empty());
  for (const auto& test : cases) {
    SCOPED_TRACE("line " + std::to_string(test.line));
    const auto command = from_loose_hex(test.lines.at(0)).value();
    const auto response = from_loose_hex(test.lines.at(1)).value();
    EXPECT_EQ(loggable_command(command), test.lines.at(2));
    EXPECT_EQ(loggable_response(command, response), test.lines.at(3));
  }
}

TEST(Masking, TakesNothing) {
  EXPECT_EQ(loggable_command({}), "");
  EXPECT_EQ(loggable_response({}, {}), "");
}

}  // namespace
}  // namespace cose::iso7816
