// SPDX-License-Identifier: Apache-2.0
#include "host/cap_project.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::host {
namespace {

using namespace literals;

Result<CapProject> parse(std::string_view text) {
  return CapProject::parse(text, "cap.toml", "projects/purse");
}

std::string error_of(std::string_view text) {
  const auto project = parse(text);
  if (!project) return project.error().message;
  const auto checked = project->check();
  return checked ? "none" : checked.error().message;
}

TEST(CapProject, HoldsWhatTheFileSays) {
  const auto project = parse(R"(
package = "com.example.purse"
aid = "F04578616D706C65"
version = "2.7"
int = true
uses = ["../money"]
[[applet]]
class = "Purse"
aid = "F04578616D706C6501"
[[applet]]
class = "Other"
aid = "F04578616D706C6502"
instance = "A000000001"
parameters = "01 02"
)");
  ASSERT_TRUE(project.has_value()) << project.error().message;
  ASSERT_TRUE(project->check().has_value()) << project->check().error().message;
  EXPECT_EQ(project->package_path(), "com/example/purse");
  EXPECT_EQ(project->short_name(), "purse");
  EXPECT_EQ(project->aid, "F04578616D706C65"_hex);
  EXPECT_EQ(project->version, (cap::Version{2, 7}));
  EXPECT_TRUE(project->uses_int);
  EXPECT_EQ(project->uses, std::vector<std::string>{"projects/money"});
  ASSERT_EQ(project->applets.size(), 2U);
  EXPECT_EQ(project->applets[0].instance, project->applets[0].aid);
  EXPECT_EQ(project->applets[1].instance, "A000000001"_hex);
  EXPECT_EQ(project->applets[1].parameters, "0102"_hex);
}

TEST(CapProject, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(error_of("packet = \"a\""), "cap.toml:1: unknown key \"packet\"");
  EXPECT_NE(error_of("package = \"a\"\naid = \"F000\"").find("cap.toml:2: "), std::string::npos);
  EXPECT_NE(error_of("package = \"a\"\nversion = \"1\"").find("cap.toml:2: expected a version as 1.0"),
            std::string::npos);
  EXPECT_NE(error_of("uses = \"x\"").find("cap.toml:1: uses: expected texts in brackets"), std::string::npos);
  EXPECT_NE(error_of("int = 1").find("cap.toml:1: int: expected true or false"), std::string::npos);
  EXPECT_NE(error_of("package = ").find("cap.toml:1: "), std::string::npos);
}

TEST(CapProject, ChecksWhatBelongsTogether) {
  EXPECT_NE(error_of("package = \"a..b\"").find("expected the name of a package"), std::string::npos);
  EXPECT_NE(error_of("package = \"a\"").find("--aid"), std::string::npos);
  const std::string head = "package = \"a\"\naid = \"F000000001\"\n";
  EXPECT_EQ(error_of(head), "none");
  EXPECT_NE(error_of(head + "[[applet]]\nclass = \"A\"").find("an AID is needed"), std::string::npos);
  EXPECT_NE(error_of(head + "[[applet]]\nclass = \"a.A\"\naid = \"F00000000101\"").find("without its package"),
            std::string::npos);
  EXPECT_NE(error_of(head + "[[applet]]\nclass = \"A\"\naid = \"F10000000101\"").find("begins as its package's"),
            std::string::npos);
  EXPECT_NE(error_of(head + "[[applet]]\nclass = \"A\"\naid = \"F000000001\"").find("used twice"), std::string::npos);
}

}  // namespace
}  // namespace cose::host
