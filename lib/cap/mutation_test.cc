// SPDX-License-Identifier: Apache-2.0
// Damaged CAP files: each seed with a few octets changed, as a load file and component by component. Nothing may
// crash, and what can be read must survive dump and assembly. COSE_CAP_MUTATIONS sets the number (10000 for a long
// run).
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "bytes/testing/seeded_rng.h"
#include "cap/assemble.h"
#include "cap/dump.h"
#include "cap/parse.h"
#include "cap/verify.h"

namespace cose::cap {
namespace {

constexpr std::size_t kMutations = 1500;

std::size_t mutations() {
  const char* wanted = std::getenv("COSE_CAP_MUTATIONS");
  return wanted == nullptr ? kMutations : std::strtoul(wanted, nullptr, 10);
}

std::vector<Components> seeds() {
  std::vector<Components> seeds;
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(COSE_TESTS_DIR) + "/cap"))
    if (entry.path().extension() == ".jca") paths.push_back(entry.path().string());
  std::ranges::sort(paths);
  for (const auto& path : paths) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    seeds.push_back(assemble(text.str()).value());
  }
  return seeds;
}

void exercise(const Components& components) {
  const auto report = verify(components);
  static_cast<void>(to_text(report));
  static_cast<void>(dump_json(components));
  const auto again = assemble(dump_text(components, Comments::kYes));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->infos, components.infos);
}

void damage(Bytes& octets, testing::SeededRng& rng) {
  if (octets.empty()) return;
  const auto changes = 1 + rng.below(3);
  for (std::uint64_t change = 0; change < changes; ++change)
    octets[rng.below(octets.size())] = static_cast<std::uint8_t>(rng.below(4) == 0 ? 0xFF : rng.below(256));
  if (rng.below(8) == 0) octets.resize(rng.below(octets.size() + 1));
}

TEST(Mutation, OfComponentsNeverCrashes) {
  const auto originals = seeds();
  testing::SeededRng rng(20250107);
  for (std::size_t count = 0; count < mutations(); ++count) {
    auto components = originals[count % originals.size()];
    auto victim = components.infos.begin();
    std::advance(victim, static_cast<std::ptrdiff_t>(rng.below(components.infos.size())));
    damage(victim->second, rng);
    SCOPED_TRACE("mutation " + std::to_string(count) + " of " + name_of(victim->first));
    exercise(components);
    if (HasFatalFailure()) return;
  }
}

TEST(Mutation, OfFilesNeverCrashes) {
  const auto originals = seeds();
  testing::SeededRng rng(20250108);
  for (std::size_t count = 0; count < mutations(); ++count) {
    const auto& original = originals[count % originals.size()];
    auto file = (count % 2 == 0 ? write_zip(original) : write_load_file(original, WithDescriptor::kYes)).value();
    damage(file, rng);
    SCOPED_TRACE("mutation " + std::to_string(count));
    if (const auto components = read_cap(file)) exercise(*components);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace cose::cap
