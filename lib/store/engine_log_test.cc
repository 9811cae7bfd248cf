// SPDX-License-Identifier: Apache-2.0
// Against files that the engine itself wrote.
#include "store/engine_log.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "store/rocks_store.h"
#include "store/testing/scratch_directory.h"

namespace cose::store {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

fs::path manifest_in(const std::string& directory) {
  fs::path found;
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().filename().string().starts_with("MANIFEST")) found = entry.path();
  return found;
}

void make_state(const std::string& directory) {
  for (int start = 0; start < 3; ++start) {
    const auto store = RocksStore::open({.directory = directory, .if_missing = IfMissing::kCreate}).value();
    ASSERT_TRUE(store->raise_fence());
  }
}

TEST(EngineLog, FindsTheEndOfWholeEntries) {
  const testing::ScratchDirectory scratch;
  const auto directory = scratch.path() + "/state";
  make_state(directory);
  const auto manifest = read(manifest_in(directory));
  ASSERT_GT(manifest.size(), 100U);
  EXPECT_EQ(whole_entries(manifest), manifest.size());
  EXPECT_EQ(whole_entries(""), 0U);
  std::size_t last = 0;
  for (std::size_t size = 0; size < manifest.size(); ++size) {
    const auto whole = whole_entries(std::string_view(manifest).substr(0, size));
    ASSERT_LE(whole, size);
    ASSERT_GE(whole, last);
    last = whole;
  }
  for (std::size_t at = 0; at < manifest.size(); ++at) {
    auto damaged = manifest;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    ASSERT_LE(whole_entries(damaged), at) << "an entry with a wrong octet counts as whole";
  }
}

TEST(EngineLog, ATornEntryAtTheEndOfTheListOfFilesIsCut) {
  const testing::ScratchDirectory scratch;
  const auto directory = scratch.path() + "/state";
  make_state(directory);
  {
    std::ofstream file(manifest_in(directory), std::ios::binary | std::ios::app);
    file << std::string(40, '\0') << std::string(30, 'x');
  }
  const auto store = RocksStore::open({.directory = directory});
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ((*store)->raise_fence().value(), 4U);
}

}  // namespace
}  // namespace cose::store
