// SPDX-License-Identifier: Apache-2.0
#include "host/policy_file.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::host {
namespace {

using namespace literals;

constexpr std::string_view kPolicy = R"(
[[role]]
name = "phones"
elements = ["pay*"]
filters = ["00FF0000:00D80000"]
[[role.application]]
aid = "A0000000031010"
filters = ["FFFF0000:00200000", "ffff0000:a0200000"]
[[role.application]]
aid = "default"
[[role]]
name = "keepers"
plane = "management"
elements = ["sim"]
[[user]]
name = "seven"
common_names = ["phone-7"]
alternative_names = ["seven@lab.example"]
pre_shared_keys = ["seven"]
roles = ["phones", "keepers"]
maximum_elements = 2
)";

TEST(PolicyFile, IsRead) {
  const auto read = parse_policy(kPolicy, "policy.toml");
  ASSERT_TRUE(read) << read.error().message;
  const auto& policy = **read;
  ASSERT_EQ(policy.roles.size(), 2U);
  const auto& phones = policy.roles[0];
  EXPECT_EQ(phones.plane, grid::Plane::kUser);
  EXPECT_EQ(phones.filters, (std::vector<grid::ApduFilter>{{0x00FF0000, 0x00D80000}}));
  ASSERT_EQ(phones.applications.size(), 2U);
  EXPECT_EQ(phones.applications[0].aid, "A0000000031010"_hex);
  EXPECT_EQ(phones.applications[0].filters[1], (grid::ApduFilter{0xFFFF0000, 0xA0200000}));
  EXPECT_EQ(phones.applications[1].kind, grid::ApplicationGrant::Kind::kDefault);
  EXPECT_EQ(policy.roles[1].plane, grid::Plane::kManagement);
  const auto* user = policy.find_user({{grid::Identity::Kind::kAlternativeName, "seven@lab.example"}});
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(user->limits.elements_per_session, 2U);
  EXPECT_EQ(policy.roles_for(*user, "sim").size(), 1U);
}

struct Refused {
  std::string_view text;
  std::string_view part;
};

TEST(PolicyFile, SaysWhatIsWrongAndWhere) {
  const Refused cases[] = {
      {"[[role]]\nname = \"r\"\ncolour = \"red\"", "policy.toml:3: unknown key \"colour\""},
      {"[[role]]\nname = \"r\"\nplane = \"none\"", "plane: expected user or management"},
      {"[[role]]\nname = \"r\"\nfilters = [\"00FF0000\"]", "policy.toml:1: a filter is MASK:PREFIX"},
      {"[[role]]\nname = \"r\"\nfilters = [\"00FF0000:00D8000G\"]", "a filter is MASK:PREFIX"},
      {"[[role]]\nname = \"r\"\nfilters = [\"00FF0000:80D80000\"]", "never matches"},
      {"[[role]]\nname = \"r\"\n[[role.application]]\naid = \"A000\"", "5 to 16 octets"},
      {"[[role]]\nname = \"r\"\n[[role.application]]\naid = \"A00\"", "policy.toml:1"},
      {"[[user]]\nname = \"u\"\nroles = [\"none\"]", "there is no role none"},
      {"[[user]]\nname = \"u\"\nmaximum_elements = 0", "a number from 1"},
      {"[[user]]\nname = 5", "a text in quotes"},
      {"role = 5", "tables, written [[role]]"},
      {"[[role", "policy.toml:1"},
  };
  for (const auto& each : cases) {
    const auto read = parse_policy(each.text, "policy.toml");
    ASSERT_FALSE(read) << each.text;
    EXPECT_NE(read.error().message.find(each.part), std::string::npos) << read.error().message;
  }
}

}  // namespace
}  // namespace cose::host
