// SPDX-License-Identifier: Apache-2.0
// Every file in tests/gpcard is a dialogue that must go as written (softse/testing/dialogue_file.h).
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "softse/testing/dialogue_file.h"

namespace cose::softse {
namespace {

std::vector<std::string> dialogues() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(COSE_TESTS_DIR) + "/gpcard"))
    if (entry.path().extension() == ".dialogue") found.push_back(entry.path().string());
  std::ranges::sort(found);
  return found;
}

class Dialogues : public ::testing::TestWithParam<std::string> {};

TEST_P(Dialogues, goes_as_written) {
  testing::DialogueFile dialogue;
  const auto done = dialogue.run(GetParam());
  EXPECT_TRUE(done.has_value()) << done.error().message;
}

std::string name_of(const ::testing::TestParamInfo<std::string>& info) {
  auto name = std::filesystem::path(info.param).stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, Dialogues, ::testing::ValuesIn(dialogues()), name_of);

}  // namespace
}  // namespace cose::softse
