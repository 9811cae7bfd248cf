// SPDX-License-Identifier: Apache-2.0
// Every program of tests/jcvm with octets of its code changed, with and without comparing kinds.
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "cap/assemble.h"
#include "jcvm/testing/run_everything.h"

namespace cose::jcvm {
namespace {

constexpr int kMutants = 10000;

std::vector<cap::Components> programs(Packages api) {
  std::vector<cap::Components> made;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(COSE_TESTS_DIR) / "jcvm")) {
    if (entry.path().extension() != ".jca") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    auto components = cap::assemble(text.str());
    EXPECT_TRUE(components) << entry.path();
    if (link(*components, api, {{1}, KindChecks::kOff})) made.push_back(*std::move(components));
  }
  return made;
}

TEST(Mutants, EndInAnOutcome) {
  const auto api = testing::test_api();
  const auto originals = programs(api);
  ASSERT_GE(originals.size(), 5U);
  std::minstd_rand random(1);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };
  int accepted = 0;
  for (int mutant = 0; mutant < kMutants; ++mutant) {
    auto components = originals[below(originals.size())];
    auto& code = components.infos[cap::ComponentTag::kMethod];
    for (auto changes = 1 + below(3); changes > 0; --changes)
      code[below(code.size())] = static_cast<std::uint8_t>(below(256));
    accepted += testing::run_everything(components, api, mutant % 2 == 0 ? KindChecks::kOn : KindChecks::kOff) ? 1 : 0;
  }
  // Many must pass, or this test tests nothing.
  EXPECT_GT(accepted, kMutants / 20);
}

}  // namespace
}  // namespace cose::jcvm
