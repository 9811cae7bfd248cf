// SPDX-License-Identifier: Apache-2.0
// A real directory, real files and threads; the cards count (fleet/testing/counter_card.h).
#include "host/state_directory.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "crypto/random.h"
#include "fleet/testing/counter_card.h"
#include "host/key_file.h"
#include "store/testing/scratch_directory.h"

namespace cose::host {
namespace {

namespace fs = std::filesystem;
using fleet::Fleet;
using iso7816::ResetKind;

class StateDirectoryTest : public ::testing::Test {
 protected:
  [[nodiscard]] Status start(vault::OnRollback on_rollback = vault::OnRollback::kRefuse,
                             std::vector<std::string> older = {}) {
    state_.reset();
    auto opened = StateDirectory::open({.directory = directory_,
                                        .key_file = key_file_,
                                        .older_key_files = std::move(older),
                                        .if_missing = store::IfMissing::kCreate,
                                        .on_rollback = on_rollback},
                                       factory_);
    if (!opened) return std::unexpected(opened.error());
    state_ = *std::move(opened);
    return {};
  }

  Status make(const std::string& name) {
    return state_->administer(
        [&](Fleet& fleet, const Fleet::Done& done) { fleet.create(name, {}, vault::Vault::Role::kCard, done); });
  }

  [[nodiscard]] int count(const std::string& name) {
    const auto source = state_->source("sim:state/" + name, name);
    auto card = source->open();
    if (!card || !(*card)->power_up(ResetKind::kCold)) return -1;
    const auto response = iso7816::transceive(**card, Bytes{0x80, 0x10, 0, 0, 0});
    return response && response->size() == 6 ? (*response)[2] << 8 | (*response)[3] : -1;
  }

  store::testing::ScratchDirectory scratch_;
  std::string directory_ = scratch_.path() + "/state";
  std::string key_file_;
  fleet::testing::CounterFactory factory_;
  std::unique_ptr<StateDirectory> state_;
};

TEST_F(StateDirectoryTest, ManyThreadsShareOneFlush) {
  ASSERT_TRUE(start());
  constexpr int kThreads = 16;
  constexpr int kCommands = 50;
  for (int card = 0; card < kThreads; ++card) ASSERT_TRUE(make("card" + std::to_string(card)));
  const auto before = state_->commits();
  std::vector<std::thread> threads;
  std::array<int, kThreads> wrong{};
  for (std::size_t number = 0; number < kThreads; ++number)
    threads.emplace_back([&, number] {
      const auto name = "card" + std::to_string(number);
      auto card = state_->source(name, name)->open().value();
      static_cast<void>(card->power_up(ResetKind::kCold));
      for (int turn = 1; turn <= kCommands; ++turn) {
        const auto response = iso7816::transceive(*card, Bytes{0x80, 0x10, 0, 0, 0});
        if (!response || (*response)[3] != turn) ++wrong[number];
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, (std::array<int, kThreads>{}));
  const auto after = state_->commits();
  EXPECT_EQ(after.changes - before.changes, static_cast<std::uint64_t>(kThreads * kCommands));
  EXPECT_LT(after.groups - before.groups, after.changes - before.changes) << "nobody ever shared";
  ASSERT_TRUE(start());
  for (int card = 0; card < kThreads; ++card) EXPECT_EQ(count("card" + std::to_string(card)), kCommands + 1);
}

TEST_F(StateDirectoryTest, OnlyItsOwnerMayReadTheKey) {
  ASSERT_TRUE(start());
  struct stat about{};
  ASSERT_EQ(stat((directory_ + ".key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  ASSERT_EQ(stat(directory_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0700U);
  fs::permissions(directory_ + ".key", fs::perms::owner_read | fs::perms::group_read);
  EXPECT_EQ(start().error().kind, ErrorKind::kRefused);
}

TEST_F(StateDirectoryTest, ALostKeyIsNotMadeAnew) {
  ASSERT_TRUE(start());
  state_.reset();
  fs::remove(directory_ + ".key");
  EXPECT_EQ(start().error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(fs::exists(directory_ + ".key"));
}

TEST_F(StateDirectoryTest, AnOldCopyOfTheDirectoryIsRefused) {
  ASSERT_TRUE(start());
  ASSERT_TRUE(make("anna"));
  ASSERT_EQ(count("anna"), 1);
  state_.reset();
  fs::copy(directory_, directory_ + ".copy", fs::copy_options::recursive);
  ASSERT_TRUE(start());
  ASSERT_EQ(count("anna"), 2);
  state_.reset();
  fs::remove_all(directory_);
  fs::rename(directory_ + ".copy", directory_);
  EXPECT_EQ(start().error().kind, ErrorKind::kRefused);
  ASSERT_TRUE(start(vault::OnRollback::kAccept));
  EXPECT_EQ(count("anna"), 2);
  ASSERT_TRUE(start());
}

TEST_F(StateDirectoryTest, ABackupIsMadeWhileCardsAreInUse) {
  ASSERT_TRUE(start());
  ASSERT_TRUE(make("anna"));
  ASSERT_EQ(count("anna"), 1);
  ASSERT_TRUE(state_->store().backup(directory_ + ".backup"));
  ASSERT_EQ(count("anna"), 2);
  state_.reset();
  key_file_ = directory_ + ".key";
  directory_ += ".backup";
  ASSERT_TRUE(start());
  EXPECT_EQ(count("anna"), 2) << "as it was when the backup was made, and one more";
}

TEST_F(StateDirectoryTest, TheMasterKeyIsReplaced) {
  ASSERT_TRUE(start());
  for (const auto* name : {"anna", "bob"}) ASSERT_TRUE(make(name));
  state_.reset();
  crypto::SystemRng rng;
  key_file_ = scratch_.path() + "/new.key";
  ASSERT_TRUE(make_key_file(key_file_, rng));
  EXPECT_FALSE(make_key_file(key_file_, rng)) << "a key is never written over";
  EXPECT_FALSE(start());
  ASSERT_TRUE(start(vault::OnRollback::kRefuse, {directory_ + ".key"}));
  EXPECT_EQ(state_->rewrap().value(), 3U);
  ASSERT_TRUE(start());
  EXPECT_EQ(count("bob"), 1);
}

TEST_F(StateDirectoryTest, ASecondUserOfTheDirectoryIsRefused) {
  ASSERT_TRUE(start());
  const auto second = StateDirectory::open({.directory = directory_}, factory_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kBusy);
}

}  // namespace
}  // namespace cose::host
