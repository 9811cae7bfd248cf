// SPDX-License-Identifier: Apache-2.0
// Every applet of this repository through all our tools: convert, verify, dump, assemble, convert again.
#include <algorithm>

#include <gtest/gtest.h>

#include "applet_card.h"
#include "cap/assemble.h"
#include "cap/container.h"
#include "cap/dump.h"
#include "cap/verify.h"
#include "host/cap_build.h"

namespace cose::applets {
namespace {

class BuiltApplets : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    file_ = built_file(GetParam());
    auto components = cap::read_cap(file_);
    ASSERT_TRUE(components.has_value()) << components.error().message;
    components_ = *std::move(components);
  }

  Bytes file_;
  cap::Components components_;
};

TEST_P(BuiltApplets, PassStrictVerification) {
  const auto report = cap::verify(components_);
  EXPECT_FALSE(report.has_errors()) << cap::to_text(report);
}

TEST_P(BuiltApplets, ComeBackFromTheirAssembly) {
  const auto text = cap::dump_text(components_, cap::Comments::kNo);
  auto assembled = cap::assemble(text);
  ASSERT_TRUE(assembled.has_value()) << assembled.error().message;
  // The folder in the zip is no part of a component.
  assembled->path = components_.path;
  const auto again = cap::write_zip(*assembled);
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(*again == file_);
}

TEST_P(BuiltApplets, AreTheSameEachTime) {
  const auto project = host::CapProject::load(applet_folder(GetParam()));
  ASSERT_TRUE(project.has_value()) << project.error().message;
  const auto built = host::build_packages(*project, convert::DebugInfo::kNo);
  ASSERT_TRUE(built.has_value()) << built.error().message;
  EXPECT_EQ(built->back().not_for_us, "");
  const auto again = cap::write_zip(built->back().converted.components);
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(*again == file_);
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  auto name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, BuiltApplets, ::testing::ValuesIn(applet_names()), test_name);

}  // namespace
}  // namespace cose::applets
