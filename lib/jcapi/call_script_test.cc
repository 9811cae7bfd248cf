// SPDX-License-Identifier: Apache-2.0
// Every script of tests/jcapi goes as written (jcapi/testing/call_script.h).
#include "jcapi/testing/call_script.h"

namespace cose::jcapi {
namespace {

class CallScript : public ::testing::TestWithParam<std::string> {};

TEST_P(CallScript, ReturnsAndThrowsAsItSays) {
  testing::Script script;
  std::ifstream file(GetParam());
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    const auto wrong = script.run_line(line);
    ++number;
    EXPECT_EQ(wrong, "") << std::filesystem::path(GetParam()).filename().string() << ":" << number << ": " << line;
  }
  EXPECT_GT(number, 0);
}

std::string name_of_case(const ::testing::TestParamInfo<std::string>& tested) {
  auto name = std::filesystem::path(tested.param).stem().string();
  std::ranges::replace_if(name, [](char each) { return std::isalnum(static_cast<unsigned char>(each)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Jcapi, CallScript, ::testing::ValuesIn(testing::script_paths()), name_of_case);

// A package for which there is a script has every one of its bound methods in one.
TEST(CallScripts, CoverTheirPackages) {
  std::set<std::string> packages;
  std::set<std::string> called;
  for (const auto& path : testing::script_paths()) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
      for (const auto& word : testing::words_of(line)) {
        if (word.find('/') != std::string::npos && word.find('(') == std::string::npos && line.starts_with("use "))
          packages.insert(word);
        if (word.find('(') != std::string::npos) called.insert(word);
      }
  }
  EXPECT_FALSE(packages.empty());
  for (const auto& bindings : all_bindings())
    for (const auto& method : bindings.methods) {
      if (!packages.contains(std::string(api::package_of(method.class_name)))) continue;
      EXPECT_TRUE(called.contains(std::string(method.method))) << method.class_name << "." << method.method;
    }
}

}  // namespace
}  // namespace cose::jcapi
