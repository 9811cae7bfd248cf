// SPDX-License-Identifier: Apache-2.0
#include "grid/policy.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "grid/application_guard.h"

namespace cose::grid {
namespace {

using namespace literals;

Policy small_policy() {
  Policy policy;
  policy.roles = {{"reader", Plane::kUser, {"dev*"}, {}, {}}, {"one", Plane::kUser, {"dev1"}, {}, {}}};
  policy.users = {{"alice", {{Identity::Kind::kCommonName, "Alice"}}, {"reader"}},
                  {"bob", {{Identity::Kind::kPreSharedKey, "Alice"}}, {"one", "reader"}}};
  return policy;
}

TEST(Policy, FindsUsersByIdentityOfTheRightKind) {
  const auto policy = small_policy();
  ASSERT_TRUE(policy.check());
  EXPECT_EQ(policy.find_user({{Identity::Kind::kCommonName, "Alice"}})->name, "alice");
  EXPECT_EQ(policy.find_user({{Identity::Kind::kPreSharedKey, "Alice"}})->name, "bob");
  EXPECT_EQ(policy.find_user({{Identity::Kind::kAlternativeName, "Alice"}}), nullptr);
  EXPECT_EQ(policy.find_user({{Identity::Kind::kCommonName, "alice"}}), nullptr);
  EXPECT_EQ(policy.find_user({{Identity::Kind::kCommonName, std::string("Alice\0x", 7)}}), nullptr);
  EXPECT_EQ(policy.find_user({}), nullptr);
  // Of two users at once: of neither.
  EXPECT_EQ(policy.find_user({{Identity::Kind::kCommonName, "Alice"}, {Identity::Kind::kPreSharedKey, "Alice"}}),
            nullptr);
}

TEST(Policy, AddsUpRoles) {
  const auto policy = small_policy();
  EXPECT_EQ(policy.roles_for(policy.users[1], "dev1").size(), 2U);
  EXPECT_EQ(policy.roles_for(policy.users[1], "dev2").size(), 1U);
  EXPECT_TRUE(policy.roles_for(policy.users[1], "de").empty());
  EXPECT_TRUE(policy.roles_for(policy.users[0], "other").empty());
}

TEST(TokenBucket, GivesABurstAndThenARate) {
  constexpr Rate kRate{.per_second = 10, .burst = 3};
  TokenBucket bucket;
  Nanoseconds now = std::chrono::seconds(5);
  for (int at = 0; at < 3; ++at) EXPECT_TRUE(bucket.take(now, kRate));
  EXPECT_FALSE(bucket.take(now, kRate));
  now += std::chrono::milliseconds(99);
  EXPECT_FALSE(bucket.take(now, kRate));
  now += std::chrono::milliseconds(1);
  EXPECT_TRUE(bucket.take(now, kRate));
  EXPECT_FALSE(bucket.take(now, kRate));
  EXPECT_FALSE(bucket.is_full(now));
  // Silence saves up no more than the burst.
  now += std::chrono::hours(1);
  EXPECT_TRUE(bucket.is_full(now));
  for (int at = 0; at < 3; ++at) EXPECT_TRUE(bucket.take(now, kRate));
  EXPECT_FALSE(bucket.take(now, kRate));
  EXPECT_TRUE(bucket.take(now, {})) << "no rate, no limit";
}

TEST(Policy, IsChecked) {
  auto policy = small_policy();
  policy.users[0].roles.push_back("none");
  EXPECT_NE(policy.check().error().message.find("no role none"), std::string::npos);
  policy = small_policy();
  policy.users[1].identities.push_back({Identity::Kind::kCommonName, "Alice"});
  EXPECT_FALSE(policy.check());
  policy = small_policy();
  policy.users[1].name = "alice";
  EXPECT_FALSE(policy.check());
  policy = small_policy();
  policy.roles[1].name = "reader";
  EXPECT_FALSE(policy.check());
  policy = small_policy();
  policy.roles[0].applications.push_back({ApplicationGrant::Kind::kNamed, "A0000000"_hex, {}});
  EXPECT_FALSE(policy.check());
  policy.roles[0].applications[0].aid = "A000000003"_hex;
  EXPECT_TRUE(policy.check());
}

// Roles add up, each with its own filters: what one forbids another may allow.
TEST(ApplicationGuard, AsksOneRoleAfterTheOther) {
  const Role strict{
      "strict", Plane::kUser, {"*"}, {{ApplicationGrant::Kind::kDefault, {}, {{0x00FF0000, 0x00B00000}}}}, {}};
  const Role other{
      "other", Plane::kUser, {"*"}, {{ApplicationGrant::Kind::kDefault, {}, {{0x00FF0000, 0x00D60000}}}}, {}};
  const ApplicationGuard guard;
  const auto read = "00B0000000"_hex;
  const auto command = iso7816::CommandApduView::parse(read).value();
  const Role* one[] = {&strict};
  const Role* both[] = {&strict, &other};
  EXPECT_TRUE(guard.refusal(command, one));
  EXPECT_FALSE(guard.refusal(command, both));
  EXPECT_TRUE(guard.refusal(command, {}));
}

}  // namespace
}  // namespace cose::grid
