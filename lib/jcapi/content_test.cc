// SPDX-License-Identifier: Apache-2.0
// Changes of a card's content with the power cut before every single write: the card that comes back is the one before
// or the one after, object for object.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "cap/assemble.h"
#include "jcapi/binding.h"
#include "jcre/plain_card.h"
#include "jcvm/link.h"

namespace cose::jcapi {
namespace {

using jcre::Runtime;
using jcvm::Snapshot;

const Bytes kAid = {0xA0, 0x00, 0x00, 0x00, 0x62, 0x05, 0x02, 0x01};

// What a card consists of, as far as anybody can tell.
struct Inventory {
  std::size_t packages = 0;
  std::vector<jcre::AppletId> applets;
  std::vector<jcvm::Reference> objects;
  std::uint32_t room = 0;

  friend bool operator==(const Inventory&, const Inventory&) = default;
};

class Content : public ::testing::Test {
 protected:
  using Change = std::function<void(Runtime&)>;

  Content() : packages_(make_api()) {
    std::ifstream file(std::filesystem::path(COSE_TESTS_DIR) / "jcre" / "server.jca");
    const auto components = cap::assemble(std::string(std::istreambuf_iterator<char>(file), {}));
    package_ = jcvm::link(*components, packages_, {{1}, jcvm::KindChecks::kOn}).value();
    packages_.push_back(package_);
    const auto api = std::span(packages_).first(packages_.size() - 1);
    runtime_ = *Runtime::create({}, api, clock_, rng_);
  }

  std::unique_ptr<Runtime> open(const Snapshot& snapshot) {
    auto restored = Runtime::restore(
        {}, snapshot,
        [&](ByteView identity) -> std::shared_ptr<const jcvm::Package> {
          for (const auto& each : packages_)
            if (equal(each->identity, identity)) return each;
          return nullptr;
        },
        clock_, rng_);
    EXPECT_TRUE(restored) << restored.error().message;
    return restored ? std::move(*restored) : nullptr;
  }

  static Inventory take(Runtime& runtime) {
    auto& machine = runtime.machine();
    return {machine.packages().size(), runtime.applets(), machine.heap().all(), machine.heap().free_persistent()};
  }

  // Makes the change, and before that on copies of the card cut short.
  void expect_atomic(const Change& change) {
    const auto start = runtime_->machine().heap().memory().snapshot();
    const auto before = take(*open(start));
    change(*runtime_);
    const auto after = take(*open(runtime_->machine().heap().memory().snapshot()));
    ASSERT_NE(before, after);
    for (std::size_t cut = 0;; ++cut) {
      const auto taken = cut_at(start, change, cut);
      if (!taken) break;
      auto found = take(*open(*taken));
      // Blocks at the end may wait for their turn as free ones; the room is the same.
      ASSERT_TRUE(found == before || found == after) << "cut before write " << cut;
      ASSERT_TRUE(cut != 0 || found == before);
    }
  }

  std::optional<Snapshot> cut_at(const Snapshot& start, const Change& change, std::size_t cut) {
    const auto runtime = open(start);
    auto& memory = runtime->machine().heap().memory();
    std::optional<Snapshot> taken;
    std::size_t writes = 0;
    memory.set_write_hook([&] {
      if (writes++ == cut) taken = memory.snapshot();
    });
    change(*runtime);
    memory.set_write_hook({});
    return taken;
  }

  void load_and_install(Runtime& runtime) {
    const auto done = runtime.change_content([&]() -> Status {
      COSE_TRY(const auto number, runtime.machine().load(package_));
      const auto installed = runtime.install({number, kAid, kAid, {}, {}});
      return installed.status.value() == 0x9000 ? Status() : fail(ErrorKind::kRefused, "not installed");
    });
    ASSERT_TRUE(done) << done.error().message;
  }

  std::vector<std::shared_ptr<const jcvm::Package>> packages_;
  std::shared_ptr<const jcvm::Package> package_;
  cose::testing::ManualClock clock_;
  cose::testing::SeededRng rng_{1};
  std::unique_ptr<Runtime> runtime_;
};

TEST_F(Content, IsLoadedAndInstalledAsAWhole) {
  expect_atomic([&](Runtime& runtime) { load_and_install(runtime); });
}

TEST_F(Content, IsDeletedAsAWhole) {
  load_and_install(*runtime_);
  expect_atomic([&](Runtime& runtime) {
    const std::array applets{*runtime.find_applet(kAid)};
    ASSERT_TRUE(runtime.uninstall(applets));
  });
}

TEST_F(Content, IsRemovedWithItsPackageAsAWhole) {
  load_and_install(*runtime_);
  expect_atomic([&](Runtime& runtime) {
    ASSERT_TRUE(runtime.remove_package(runtime.applet(*runtime.find_applet(kAid))->package));
  });
}

TEST_F(Content, ComesBackWhenAChangeFails) {
  const auto before = take(*runtime_);
  const auto failed = runtime_->change_content([&]() -> Status {
    COSE_TRY(const auto number, runtime_->machine().load(package_));
    static_cast<void>(runtime_->install({number, kAid, kAid, {}, {}}));
    static_cast<void>(runtime_->add_native_applet(*jcre::Aid::of(Bytes(5, 1)), 1));
    return fail(ErrorKind::kRefused, "for a reason of the manager's");
  });
  EXPECT_FALSE(failed);
  EXPECT_EQ(take(*runtime_).packages, before.packages);
  EXPECT_EQ(take(*runtime_).objects, before.objects);
  EXPECT_TRUE(runtime_->applets().empty());
  load_and_install(*runtime_);
}

TEST_F(Content, HasEntriesWithoutAnInstance) {
  const auto id = runtime_->add_native_applet(*jcre::Aid::of(Bytes(5, 1)), 7);
  ASSERT_TRUE(id);
  EXPECT_FALSE(runtime_->add_native_applet(*jcre::Aid::of(Bytes(5, 1)), 7));
  ASSERT_TRUE(runtime_->set_applet_state(*id, 15));
  ASSERT_TRUE(runtime_->store_octets(jcvm::Root::kRegistry, Bytes{1, 2, 3}));
  ASSERT_TRUE(runtime_->store_octets(jcvm::Root::kRegistry, Bytes{4, 5, 6, 7}));
  runtime_ = open(runtime_->machine().heap().memory().snapshot());
  EXPECT_EQ(runtime_->applet(*id)->state, 15);
  EXPECT_EQ(to_bytes(runtime_->stored_octets(jcvm::Root::kRegistry)), (Bytes{4, 5, 6, 7}));
  EXPECT_EQ(runtime_->select(0, *id), iso7816::StatusWord(0x9000));
  EXPECT_TRUE(runtime_->is_selected(*id));
  const std::array applets{*id};
  EXPECT_EQ(runtime_->uninstall(applets).error().kind, ErrorKind::kBusy);
  runtime_->reset();
  EXPECT_TRUE(runtime_->uninstall(applets));
  EXPECT_FALSE(runtime_->find_applet(Bytes(5, 1)));
}

}  // namespace
}  // namespace cose::jcapi
