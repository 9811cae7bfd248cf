// SPDX-License-Identifier: Apache-2.0
// Runs tests/vectors/crypto/*.vec: each block names an operation, its inputs, and the result or the kind of error.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/vector_file.h"
#include "crypto/testing/vector_operations.h"

namespace cose::crypto {
namespace {

using cose::testing::VectorBlock;

std::vector<std::string> vector_files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(COSE_TESTS_DIR "/vectors/crypto"))
    if (entry.path().extension() == ".vec") files.push_back(entry.path().string());
  std::ranges::sort(files);
  return files;
}

testing::Operation operation_named(std::string_view name) {
  for (const auto* operations : {&testing::symmetric_operations(), &testing::asymmetric_operations()})
    if (const auto found = operations->find(name); found != operations->end()) return found->second;
  return nullptr;
}

std::string shown(const Result<Bytes>& outcome) {
  return outcome ? to_hex(*outcome) : std::string(to_string(outcome.error().kind)) + ": " + outcome.error().message;
}

void run(const VectorBlock& block) {
  const auto name = block.text("operation");
  ASSERT_TRUE(name.has_value()) << name.error().message;
  const auto operation = operation_named(*name);
  ASSERT_NE(operation, nullptr) << "no operation " << *name;
  const auto outcome = operation(block);
  if (block.has("error")) {
    ASSERT_FALSE(outcome.has_value()) << "expected an error, found " << shown(outcome);
    EXPECT_EQ(to_string(outcome.error().kind), block.text("error").value()) << shown(outcome);
    return;  // with fields that the operation did not come to
  }
  const auto expected = block.octets("result");
  ASSERT_TRUE(expected.has_value()) << expected.error().message;
  EXPECT_EQ(shown(outcome), to_hex(*expected));
  for (const auto& field : block.unused()) ADD_FAILURE() << "the operation knows no field " << field;
}

class Vectors : public ::testing::TestWithParam<std::string> {};

TEST_P(Vectors, GiveWhatTheirSourceSays) {
  const auto blocks = cose::testing::read_vector_file(GetParam());
  ASSERT_TRUE(blocks.has_value()) << blocks.error().message;
  EXPECT_FALSE(blocks->empty());
  for (const auto& block : *blocks) {
    SCOPED_TRACE(GetParam() + ":" + std::to_string(block.line()) + ", " + block.source());
    run(block);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Vectors, ::testing::ValuesIn(vector_files()),
                         [](const auto& file) { return std::filesystem::path(file.param).stem().string(); });

TEST(VectorFile, RefusesWhatItDoesNotUnderstand) {
  const auto read = [](std::initializer_list<const char*> lines) {
    cose::testing::detail::VectorReader reader;
    for (const auto* line : lines)
      if (auto status = reader.line(line); !status) return status.error().message;
    auto blocks = reader.finish();
    return blocks ? std::to_string(blocks->size()) + " blocks" : blocks.error().message;
  };
  EXPECT_EQ(read({"# source: here", "a = 1", "", "a = 2 \\", "3", "# source: there", "b = 1"}), "3 blocks");
  EXPECT_EQ(read({"a = 1"}), "line 1: no # source: stands above");
  EXPECT_EQ(read({"# source: here", "a = 1", "a = 2"}), "line 3: the block has two fields a");
  EXPECT_EQ(read({"# source: here", "what"}), "line 2: expected name = value, found what");
  EXPECT_EQ(read({"# source: here", "a = 1 \\"}), "the last line goes on, and nothing follows");
}

}  // namespace
}  // namespace cose::crypto
