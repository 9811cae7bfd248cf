// SPDX-License-Identifier: Apache-2.0
// What programs cannot ask for themselves: power cuts, restarts, garbage, natives that call back, loading and
// unloading.
#include "jcvm/machine.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "cap/assemble.h"
#include "jcvm/testing/test_api.h"

namespace cose::jcvm {
namespace {

std::string read_text(const std::string& name) {
  std::ifstream file(std::string(COSE_TESTS_DIR) + "/jcvm/with/" + name, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::shared_ptr<const Package> linked(const std::string& source, Packages available) {
  const auto components = cap::assemble(source);
  EXPECT_TRUE(components) << components.error().message;
  auto package = link(*components, available, {{0x77}, KindChecks::kOn});
  EXPECT_TRUE(package) << package.error().message;
  return *package;
}

constexpr Principal kApplet{7, 0};
enum Method : std::size_t { kTransfer, kAttempt, kBalance, kMoved };

class TransferCard : public ::testing::Test {
 protected:
  TransferCard() : api_(testing::test_api()), package_(linked(read_text("transfer.jca"), api_)) {
    for (const auto& each : api_) EXPECT_TRUE(machine_.load(each));
    EXPECT_TRUE(machine_.load(package_));
  }

  Outcome run(Machine& machine, Method method, std::vector<std::uint16_t> cells = {}) {
    return machine.invoke_static(*package_->exports[0].classes[0].static_methods[method], cells, kApplet);
  }
  std::shared_ptr<const Package> find(ByteView identity) {
    if (equal(package_->identity, identity)) return package_;
    for (const auto& each : api_)
      if (equal(each->identity, identity)) return each;
    return nullptr;
  }
  Status restore(Machine& machine, const Snapshot& snapshot) {
    return machine.restore(snapshot, [this](ByteView identity) { return find(identity); });
  }

  std::vector<std::shared_ptr<const Package>> api_;
  std::shared_ptr<const Package> package_;
  Machine machine_;
};

TEST_F(TransferCard, IsBeforeOrAfterATransactionWhereverThePowerIsCut) {
  for (const auto method : {kTransfer, kAttempt}) {
    ASSERT_EQ(run(machine_, kTransfer, {5}).kind, Outcome::Kind::kReturned);
    const auto before = run(machine_, kMoved).value;
    std::vector<Snapshot> cuts;
    auto& memory = machine_.heap().memory();
    memory.set_write_hook([&] { cuts.push_back(memory.snapshot()); });
    ASSERT_EQ(run(machine_, method, {3}).kind, Outcome::Kind::kReturned);
    memory.set_write_hook(nullptr);
    cuts.push_back(memory.snapshot());
    ASSERT_GE(cuts.size(), 6U);
    for (std::size_t cut = 0; cut < cuts.size(); ++cut) {
      Machine again;
      ASSERT_TRUE(restore(again, cuts[cut])) << cut;
      EXPECT_EQ(run(again, kBalance).value, 0) << cut;
      const bool after = method == kTransfer && cut + 1 == cuts.size();
      EXPECT_EQ(run(again, kMoved).value, before + (after ? 3 : 0)) << cut;
    }
  }
}

TEST_F(TransferCard, GoesOnAfterARestart) {
  run(machine_, kTransfer, {5});
  Machine again;
  ASSERT_TRUE(restore(again, machine_.heap().memory().snapshot()));
  run(again, kTransfer, {6});
  EXPECT_EQ(run(again, kMoved).value, 11);
  EXPECT_EQ(run(again, kBalance).value, 0);
}

TEST_F(TransferCard, RefusesAnImageWithoutItsPackages) {
  Machine again;
  const auto restored = again.restore(machine_.heap().memory().snapshot(), [](ByteView) { return nullptr; });
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().kind, ErrorKind::kNotFound);
}

TEST_F(TransferCard, RefusesDamagedImages) {
  const auto whole = machine_.heap().memory().snapshot();
  for (std::size_t at = 0; at < 400; ++at)
    for (const auto value : {std::uint8_t{0}, std::uint8_t{0xFF}, std::uint8_t{0x13}}) {
      auto damaged = whole;
      damaged.image[at] = value;
      Machine again;
      if (!restore(again, damaged)) continue;
      run(again, kTransfer, {5});
      run(again, kBalance);
      again.collect_garbage();
    }
}

TEST_F(TransferCard, RollsBackAtReset) {
  run(machine_, kTransfer, {5});
  ASSERT_TRUE(machine_.begin_transaction());
  machine_.reset();
  EXPECT_FALSE(machine_.in_transaction());
  EXPECT_EQ(run(machine_, kBalance).value, 0);
}

TEST_F(TransferCard, TellsWhichPagesChanged) {
  auto& memory = machine_.heap().memory();
  EXPECT_FALSE(memory.take_dirty_pages().empty());
  EXPECT_TRUE(memory.take_dirty_pages().empty());
  auto mirror = memory.snapshot().image;
  run(machine_, kTransfer, {5});
  const auto pages = memory.take_dirty_pages();
  ASSERT_FALSE(pages.empty());
  EXPECT_LE(pages.size(), 4U);
  mirror.resize(memory.size());
  for (const auto page : pages)
    std::copy_n(memory.data() + page * kPageSize, kPageSize, mirror.begin() + page * kPageSize);
  EXPECT_EQ(mirror, memory.snapshot().image);
}

TEST_F(TransferCard, CollectsWhatNothingReaches) {
  run(machine_, kTransfer, {5});
  const auto room = machine_.heap().free_persistent();
  EXPECT_EQ(machine_.collect_garbage(), 0U);
  std::vector<Reference> loose;
  for (int at = 0; at < 10; ++at) loose.push_back(machine_.new_object({ObjectKind::kByteArray, kNoClass, 100}));
  const auto transient = machine_.new_object({ObjectKind::kByteArray, kNoClass, 50, kClearOnReset});
  ASSERT_TRUE(machine_.set_root(Root::kFirstOfApi, loose[9]));
  EXPECT_EQ(machine_.collect_garbage(), 10U);
  EXPECT_EQ(machine_.heap().find(loose[0]), nullptr);
  EXPECT_EQ(machine_.heap().find(transient), nullptr);
  EXPECT_NE(machine_.heap().find(loose[9]), nullptr);
  ASSERT_TRUE(machine_.set_root(Root::kFirstOfApi, kNull));
  EXPECT_EQ(machine_.collect_garbage(), 1U);
  EXPECT_EQ(machine_.heap().free_persistent(), room);
  EXPECT_EQ(machine_.heap().free_transient(), MachineOptions{}.heap.transient);
  EXPECT_EQ(run(machine_, kBalance).value, 0);
}

TEST_F(TransferCard, ReusesWhatWasFreed) {
  const auto room = machine_.heap().free_persistent();
  for (int round = 0; round < 200; ++round) {
    for (int at = 0; at < 30; ++at) ASSERT_NE(machine_.new_object({ObjectKind::kByteArray, kNoClass, 1000}), kNull);
    EXPECT_EQ(machine_.collect_garbage(), 30U);
  }
  EXPECT_EQ(machine_.heap().free_persistent(), room);
}

TEST_F(TransferCard, SaysWhenMemoryIsUsedUp) {
  int made = 0;
  while (machine_.new_object({ObjectKind::kByteArray, kNoClass, 1000}) != kNull) ++made;
  EXPECT_GT(made, 100);
  EXPECT_EQ(machine_.reason_of(machine_.pending()), kNoResource);
  machine_.clear_pending();
  while (machine_.new_object({ObjectKind::kByteArray, kNoClass, 0}) != kNull) continue;
  EXPECT_EQ(machine_.new_object({ObjectKind::kByteArray, kNoClass, 1000, kClearOnReset}), kNull);
  EXPECT_EQ(machine_.reason_of(machine_.pending()), kNoResource);
  machine_.clear_pending();
  EXPECT_GT(machine_.collect_garbage(), 100U);
  made = 0;
  while (machine_.new_object({ObjectKind::kByteArray, kNoClass, 1000, kClearOnReset}) != kNull) ++made;
  EXPECT_EQ(made, 8);
  EXPECT_EQ(machine_.reason_of(machine_.pending()), kNoTransientSpace);
}

TEST_F(TransferCard, UnloadsAPackageThatNobodyNeeds) {
  EXPECT_EQ(machine_.unload(0).error().kind, ErrorKind::kBusy);
  EXPECT_FALSE(machine_.load(package_));
  const auto number = *machine_.find_package(package_->exports[0].info.aid);
  Machine empty;
  for (const auto& each : api_) ASSERT_TRUE(empty.load(each));
  run(machine_, kTransfer, {5});
  const auto record = machine_.new_instance(package_->classes[1], kApplet);
  ASSERT_TRUE(machine_.set_root(Root::kFirstOfApi, record));
  EXPECT_EQ(machine_.unload(number).error().kind, ErrorKind::kBusy);
  EXPECT_EQ(run(machine_, kBalance).value, 0);
  // What its own static fields hold goes with it.
  ASSERT_TRUE(machine_.set_root(Root::kFirstOfApi, kNull));
  ASSERT_TRUE(machine_.unload(number));
  EXPECT_EQ(machine_.heap().free_persistent(), empty.heap().free_persistent());
  ASSERT_TRUE(machine_.load(package_));
  EXPECT_EQ(run(machine_, kMoved).value, 0);
}

TEST_F(TransferCard, SharesItsCodeWithOthers) {
  Machine other;
  for (const auto& each : api_) ASSERT_TRUE(other.load(each));
  ASSERT_TRUE(other.load(package_));
  run(machine_, kTransfer, {5});
  run(other, kTransfer, {9});
  EXPECT_EQ(run(machine_, kMoved).value, 5);
  EXPECT_EQ(run(other, kMoved).value, 9);
}

TEST_F(TransferCard, IsSmall) {
  run(machine_, kTransfer, {5});
  machine_.release_working_memory();
  EXPECT_LT(machine_.heap().footprint() + sizeof(Machine), 40U * 1024);
}

TEST(Image, OfDeadHandlesIsNotGivenOutWhileCodeRuns) {
  Heap heap({});
  const auto first = heap.allocate({ObjectKind::kByteArray, kNoClass, 4});
  heap.begin();
  const auto second = heap.allocate({ObjectKind::kByteArray, kNoClass, 4});
  heap.abort();
  EXPECT_EQ(heap.normalized(second), kNull);
  EXPECT_NE(heap.allocate({ObjectKind::kByteArray, kNoClass, 4}), second);
  heap.forget_dead();
  EXPECT_EQ(heap.allocate({ObjectKind::kByteArray, kNoClass, 4}), second);
  EXPECT_EQ(heap.normalized(first), first);
}

}  // namespace
}  // namespace cose::jcvm
