// SPDX-License-Identifier: Apache-2.0
#include "host/plan_file.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::host {
namespace {

std::string problem(std::string_view text) {
  const auto plan = parse_plan(text, "plan.toml", "");
  return plan ? "" : plan.error().message;
}

TEST(PlanFile, ReadsKeysAndWhatIsAbsent) {
  const auto plan = parse_plan(R"(absent = ["A000000062"]
[login]
key = "00112233445566778899AABBCCDDEEFF"
derivation = "visa2"
version = 32
security = 1
[[keys]]
version = 48
encryption = "00112233445566778899AABBCCDDEEFF"
mac = "11112233445566778899AABBCCDDEEFF"
data_encryption = "22112233445566778899AABBCCDDEEFF"
replaces = 32
)",
                               "plan.toml", "");
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  EXPECT_EQ(to_hex(plan->absent.at(0)), "A000000062");
  EXPECT_EQ(plan->login.key_version, 32);
  EXPECT_EQ(plan->login.level.bits, 1);
  EXPECT_EQ(plan->login.keys.diversification.name(), "visa2");
  ASSERT_EQ(plan->keys.size(), 1U);
  EXPECT_EQ(plan->keys[0].replaces, 32);
  EXPECT_EQ(plan->keys[0].keys.mac.view()[0], 0x11);
}

TEST(PlanFile, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(problem("abesnt = []"), "plan.toml:1: unknown key \"abesnt\"");
  EXPECT_EQ(problem("[[keys]]\nversion = 300"), "plan.toml:2: version: expected a number from 0 to 255");
  EXPECT_EQ(problem("[[keys]]\nversion = 48"), "plan.toml:1: keys need a version and a key");
  EXPECT_EQ(problem("[[package]]\n"), "plan.toml:1: a package needs a file");
  EXPECT_EQ(problem("[[package]]\nfile = \"/nowhere.cap\""), "/nowhere.cap: cannot be opened");
  EXPECT_NE(problem("[login]\nkey = \"0\""), "");
  EXPECT_NE(problem("[login"), "");
  EXPECT_EQ(problem(""), "");
}

}  // namespace
}  // namespace cose::host
