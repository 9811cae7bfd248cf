// SPDX-License-Identifier: Apache-2.0
// Every program of tests/jcvm does as its head says (jcvm/testing/program.h).
#include <gtest/gtest.h>

#include "jcvm/testing/program.h"

namespace cose::jcvm {
namespace {

using testing::ProgramCard;
using testing::read_program;
using testing::read_text;

class ProgramOnCard : public ::testing::TestWithParam<std::string> {};

TEST_P(ProgramOnCard, DoesAsItsHeadSays) {
  const auto program = read_program(GetParam());
  ProgramCard card;
  for (const auto& name : program.with) {
    const auto loaded = card.load(read_text(testing::programs_folder() / "with" / name), KindChecks::kOn);
    ASSERT_TRUE(loaded) << loaded.error().message;
    ASSERT_TRUE(card.install(**loaded));
  }
  const auto package = card.load(program.source, program.kinds);
  if (!program.refused.empty()) {
    ASSERT_FALSE(package);
    EXPECT_NE(package.error().message.find(program.refused), std::string::npos) << package.error().message;
    return;
  }
  ASSERT_TRUE(package) << package.error().message;
  ASSERT_FALSE(program.expectations.empty());
  for (const auto& expectation : program.expectations)
    EXPECT_EQ(card.run(**package, program, expectation), expectation.outcome) << expectation.method;
}

// Each expectation once more on a card restored from what the first one left.
TEST_P(ProgramOnCard, SurvivesARestart) {
  const auto program = read_program(GetParam());
  if (!program.refused.empty()) return;
  ProgramCard card;
  for (const auto& name : program.with)
    ASSERT_TRUE(card.load(read_text(testing::programs_folder() / "with" / name), KindChecks::kOn));
  ASSERT_TRUE(card.load(program.source, program.kinds));
  const auto packages = card.machine().packages();
  const auto find = [&](ByteView identity) -> std::shared_ptr<const Package> {
    for (const auto& each : packages)
      if (equal(each->identity, identity)) return each;
    return nullptr;
  };
  const auto snapshot = card.machine().heap().memory().snapshot();
  EXPECT_EQ(Machine::loaded_identities(snapshot).size(), packages.size());
  Machine again;
  const auto restored = again.restore(snapshot, find);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(again.heap().all(), card.machine().heap().all());
  EXPECT_EQ(again.heap().free_persistent(), card.machine().heap().free_persistent());
}

std::string name_of_case(const ::testing::TestParamInfo<std::string>& tested) {
  auto name = std::filesystem::path(tested.param).stem().string();
  std::ranges::replace_if(name, [](char each) { return std::isalnum(static_cast<unsigned char>(each)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Jcvm, ProgramOnCard, ::testing::ValuesIn(testing::program_paths()), name_of_case);

}  // namespace
}  // namespace cose::jcvm
