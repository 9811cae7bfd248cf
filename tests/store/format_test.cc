// SPDX-License-Identifier: Apache-2.0
// A state directory of another format: an older one is brought to this one, a newer one is left alone.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include "store/rocks_store.h"
#include "store/testing/scratch_directory.h"

namespace cose::tests {
namespace {

using store::Change;
using store::RocksStore;

Change create(store::CardId card, store::Fence fence) {
  return {.kind = Change::Kind::kCreate,
          .card = card,
          .fence = fence,
          .sequence = 1,
          .head = {1, 2, 3},
          .pages = {{0, Bytes(200, 4)}},
          .answer = store::Answer{{7}, {0x90, 0x00}}};
}

// Every file of the directory but the engine's own journal and lock.
std::map<std::string, std::string> files_of(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::ifstream file(entry.path(), std::ios::binary);
    if (entry.path().extension() == ".sst")
      files[entry.path().filename()] = {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  return files;
}

class Format : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto store = RocksStore::open({.directory = directory_, .if_missing = store::IfMissing::kCreate}).value();
    fence_ = store->raise_fence().value();
    ASSERT_TRUE(store->commit({{create(7, fence_)}, {{"name/anna", {7}}}}, store::Durability::kDurable));
  }

  // Behind the store's back, as a program of that format would have written it.
  void set_format(std::uint8_t format) {
    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(rocksdb::Options(), directory_, &opened).ok());
    const std::unique_ptr<rocksdb::DB> database(opened);
    const std::string value{'\0', '\0', '\0', '\0', '\0', '\0', '\0', static_cast<char>(format)};
    ASSERT_TRUE(database->Put(rocksdb::WriteOptions(), "mformat", value).ok());
    ASSERT_TRUE(database->Flush(rocksdb::FlushOptions()).ok());
  }

  store::testing::ScratchDirectory scratch_;
  std::string directory_ = scratch_.path() + "/state";
  store::Fence fence_ = 0;
};

TEST_F(Format, AnOlderOneIsBroughtToThisOne) {
  set_format(1);
  for (int start = 0; start < 2; ++start) {
    const auto store = RocksStore::open({.directory = directory_});
    ASSERT_TRUE(store) << store.error().message;
    const auto head = (*store)->head(7).value();
    ASSERT_TRUE(head);
    EXPECT_EQ(head->octets, (Bytes{1, 2, 3}));
    EXPECT_EQ((*store)->pages(7).value().size(), 1U);
    EXPECT_EQ((*store)->record("name/anna").value(), Bytes{7});
    EXPECT_EQ((*store)->answer(7).value(), std::nullopt) << "of format 1, which does not count it";
    EXPECT_GT((*store)->raise_fence().value(), fence_);
  }
}

TEST_F(Format, ANewerOneIsRefusedAndUntouched) {
  set_format(RocksStore::kFormat + 1);
  const auto before = files_of(directory_);
  const auto refused = RocksStore::open({.directory = directory_});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnsupported);
  EXPECT_NE(refused.error().message.find("a newer program wrote it"), std::string::npos) << refused.error().message;
  EXPECT_EQ(files_of(directory_), before);
}

TEST_F(Format, OneThatNeverWasIsRefused) {
  set_format(0);
  EXPECT_EQ(RocksStore::open({.directory = directory_}).error().kind, ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace cose::tests
