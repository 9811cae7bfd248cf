// SPDX-License-Identifier: Apache-2.0
// Whole software cards, with their vault and their store, on a disk that loses power, fills up, and fails to read and
// to flush, at random operations, thousands of times. Each card counts twice in one transaction
// (tests/state/counter.jca): afterwards it must be where its last answer said, or one command further, and never
// between. COSE_CARD_CUTS says how often (default 100), COSE_FIRST_DISK with which disk to begin.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/seeded_rng.h"
#include "cap/assemble.h"
#include "cap/container.h"
#include "crypto/random.h"
#include "fleet/fleet.h"
#include "fleet/fleet_source.h"
#include "host/stored_cards.h"
#include "host/system_clock.h"
#include "simulated_disk.h"
#include "store/rocks_store.h"
#include "store/testing/scratch_directory.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
// RocksDB 7.8 loses a memtable when it resumes after a full disk.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier): the sanitizer's name
  return "leak:rocksdb::ErrorHandler::RecoverFromBGError";
}
#endif
#endif

namespace cose::tests {
namespace {

using fleet::Fleet;
using vault::Vault;

constexpr std::uint64_t kCards = 10;
constexpr std::size_t kMemory = 400 * 1024;  // for some of the cards
constexpr int kLives = 20;                   // of a disk
constexpr int kRounds = 300;                 // of a life, whose fault may meet nobody

enum class Fault : std::uint8_t { kPower, kFull, kFlush, kRead };
constexpr std::array kFaults{Fault::kPower, Fault::kPower, Fault::kPower, Fault::kFull, Fault::kFlush, Fault::kRead};

// Outside the disk, as an anchor should be.
class MemoryAnchor final : public vault::Anchor {
 public:
  [[nodiscard]] Result<std::optional<vault::AnchorValue>> read() override { return value_; }
  [[nodiscard]] Status write(const vault::AnchorValue& value) override {
    value_ = value;
    return {};
  }

 private:
  std::optional<vault::AnchorValue> value_;
};

// The load file of the counting applet, in a file, as new cards want it.
class Applet {
 public:
  Applet() {
    std::ifstream file(std::string(COSE_TESTS_DIR) + "/state/counter.jca");
    const std::string source{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto octets = cap::write_load_file(cap::assemble(source).value(), cap::WithDescriptor::kNo).value();
    std::ofstream(path(), std::ios::binary) << as_text(octets);
  }
  [[nodiscard]] std::string path() const { return scratch_.path() + "/counter.bin"; }

 private:
  store::testing::ScratchDirectory scratch_;
};

// One start of everything that keeps cards.
struct Running {
  std::unique_ptr<store::RocksStore> store;
  std::unique_ptr<Vault> vault;
  std::optional<store::Committer> committer;
  std::optional<Fleet> fleet;
  std::optional<fleet::AloneDriver> driver;
};

class CardFaults {
 public:
  CardFaults(std::uint64_t seed, fleet::CardFactory& factory) : rng_(seed), factory_(factory) {}

  // From a start to a fault.
  void live_once() {
    fault_ = kFaults.at(rng_.below(kFaults.size()));
    const auto after = 1 + rng_.below(rng_.below(3) == 0 ? 1500 : 150);
    if (fault_ == Fault::kPower) disk_->cut_power_after(after);
    left_ = rng_.below(20);
    if (auto running = start(); running) work(**running);
    disk_->fill_up(false);
    disk_->fail_reads(false);
    disk_->restore_power(rng_.below(~std::uint64_t{0}));
  }

  void check() {
    const auto running = start();
    ASSERT_TRUE(running) << running.error().message;
    std::map<std::string, int> found;
    ASSERT_TRUE((*running)->vault->visit([&](const vault::CardDescription& card) -> Status {
      if (!card.is_template) found[card.name] = -1;
      return {};
    }));
    for (auto& [name, count] : found) {
      ASSERT_TRUE(attempted_.contains(name)) << name << " is from nowhere";
      const auto answer = command(**running, name, 0x20);
      ASSERT_TRUE(answer) << name << ": " << answer.error().message;
      ASSERT_EQ(answer->size(), 6U) << to_hex(*answer);
      count = (*answer)[0] << 8 | (*answer)[1];
      ASSERT_EQ((*answer)[2] << 8 | (*answer)[3], count) << name << " is torn";
      ASSERT_GE(count, acknowledged_[name]) << name << " went back";
      ASSERT_LE(count, attempted_[name]) << name << " counted by itself";
    }
    for (const auto& [name, count] : acknowledged_) ASSERT_TRUE(found.contains(name)) << name << " is gone";
    acknowledged_ = attempted_ = found;
  }

  [[nodiscard]] std::uint64_t commands() const { return commands_; }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  Result<std::unique_ptr<Running>> start() {
    auto running = std::make_unique<Running>();
    COSE_TRY(running->store, store::RocksStore::open({.directory = "/state",
                                                      .if_missing = store::IfMissing::kCreate,
                                                      .write_buffer = 64 * 1024,
                                                      .block_cache = 1 << 20,
                                                      .env = environment_.get()}));
    COSE_TRY(running->vault, Vault::open(*running->store, ring_, chance_, &anchor_));
    running->committer.emplace(*running->store, store::Durability::kDurable);
    running->committer->set_completer(running->vault.get());
    running->fleet.emplace(*running->vault, *running->committer, factory_, fleet::FleetOptions{kMemory});
    running->driver.emplace(*running->committer);
    return running;
  }

  void work(Running& running) {
    for (int round = 0; round < kRounds && disk_->has_power() && running.committer->failure(); ++round) {
      if (left_ == 0) begin_fault();
      if (left_ > 0) --left_;
      if (!make_missing(running)) return;
      if (!count_some(running)) return;
    }
  }

  void begin_fault() {
    if (fault_ == Fault::kFull) disk_->fill_up(true);
    if (fault_ == Fault::kFlush) disk_->fail_next_sync();
    if (fault_ == Fault::kRead) disk_->fail_reads(true);
    left_ = fault_ == Fault::kPower ? 1000 : 10;
    if (fault_ == Fault::kRead && began_++ % 2 == 1) left_ = 1;
  }

  // The template, and a card that is not there.
  bool make_missing(Running& running) {
    const auto create = [&](const std::string& name, const std::string& from, Vault::Role role) {
      fleet::Inside inside(*running.driver);
      const auto made = inside.finish([&](const Fleet::Done& done) { running.fleet->create(name, from, role, done); });
      if (!made) trouble_ = made.error().message;
      return made;
    };
    if (!running.vault->find("template") && !create("template", {}, Vault::Role::kTemplate)) return false;
    const auto name = "card" + std::to_string(rng_.below(kCards));
    if (acknowledged_.contains(name)) return true;
    attempted_.emplace(name, 0);
    if (!create(name, "template", Vault::Role::kCard)) return false;
    acknowledged_[name] = 0;
    return true;
  }

  // A few cards at once, whose commits share a flush, or one as the world uses it.
  bool count_some(Running& running) {
    if (rng_.below(2) == 0) {
      const auto name = known_card();
      attempted_[name] = acknowledged_[name] + 1;
      const auto answer = command(running, name, 0x10);
      if (!answer) return false;
      acknowledged_[name] = attempted_[name];
      ++commands_;
      return true;
    }
    std::map<std::string, store::CardId> cards;
    for (auto wanted = 1 + rng_.below(4); wanted > 0; --wanted) cards.try_emplace(known_card());
    std::size_t told = 0;
    for (auto& [name, number] : cards)
      if (!submit(running, name, number, told)) break;
    static_cast<void>(running.committer->flush());
    for (const auto& [name, number] : cards) running.fleet->release(number);
    return told == cards.size();
  }

  bool submit(Running& running, const std::string& name, store::CardId& number, std::size_t& told) {
    const auto card = running.fleet->reserve(name);
    if (!card) return false;
    number = *card;
    const auto awake = running.fleet->wake(*card);
    if (!awake || !(*awake)->power_up(iso7816::ResetKind::kCold)) return false;
    Bytes response;
    if (!(*awake)->transmit(kSelect, response)) return false;
    attempted_[name] = acknowledged_[name] + 1;
    if (!(*awake)->transmit(Bytes{0x80, 0x10, 0, 0, 0}, response)) return false;
    running.fleet->store_changes(*card, std::nullopt, [&, name](const Status& status) {
      if (!status) return;
      acknowledged_[name] = attempted_[name];
      ++told;
      ++commands_;
    });
    return true;
  }

  std::string known_card() {
    auto at = acknowledged_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(rng_.below(acknowledged_.size())));
    return at->first;
  }

  static Result<Bytes> command(Running& running, const std::string& name, std::uint8_t instruction) {
    COSE_TRY(const auto number, running.fleet->reserve(name));
    fleet::FleetCard card(*running.fleet, *running.driver, number);
    COSE_TRY(const auto atr, card.power_up(iso7816::ResetKind::kCold));
    static_cast<void>(atr);
    COSE_TRY(const auto selected, iso7816::transceive(card, kSelect));
    if (selected != Bytes{0x90, 0x00}) return fail(ErrorKind::kInternal, "not selected: " + to_hex(selected));
    return iso7816::transceive(card, Bytes{0x80, instruction, 0, 0, 0});
  }

  static const Bytes kSelect;
  testing::SeededRng rng_;
  fleet::CardFactory& factory_;
  crypto::SystemRng chance_;
  vault::LocalMasterKey key_ = vault::LocalMasterKey::create(Secret(Bytes(vault::kKeySize, 1)), chance_).value();
  vault::Keyring ring_{key_};
  MemoryAnchor anchor_;
  std::shared_ptr<SimulatedDisk> disk_ = std::make_shared<SimulatedDisk>();
  std::unique_ptr<rocksdb::Env> environment_ = SimulatedDisk::environment(disk_);
  Fault fault_ = Fault::kPower;
  std::uint64_t left_ = 0;  // rounds before the fault
  std::uint64_t began_ = 0;
  std::map<std::string, int> acknowledged_;
  std::map<std::string, int> attempted_;  // with what was under way
  std::uint64_t commands_ = 0;
  std::string trouble_;  // the last that a card was not made for
};

const Bytes CardFaults::kSelect = from_hex("00A4040007F0436F53454301").value();

TEST(CardFault, LeavesEveryCardBeforeOrAfterACommandAndLosesNothingAcknowledged) {
  const char* wanted = std::getenv("COSE_CARD_CUTS");
  const char* first = std::getenv("COSE_FIRST_DISK");
  const auto cuts = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 100;
  const auto start = first != nullptr ? std::strtoull(first, nullptr, 10) : 0;
  const Applet applet;
  const host::SystemClock clock;
  host::StoredCards factory(clock, {.load = {applet.path()}});
  std::uint64_t commands = 0;
  std::uint64_t done = 0;
  std::string trouble;
  for (std::uint64_t disk = start; done < cuts; ++disk) {
    CardFaults faults(disk + 1, factory);
    for (int life = 0; life < kLives && done < cuts; ++life, ++done) {
      SCOPED_TRACE("disk " + std::to_string(disk) + ", life " + std::to_string(life));
      faults.live_once();
      faults.check();
      if (::testing::Test::HasFatalFailure()) return;
    }
    commands += faults.commands();
    trouble = faults.trouble();
  }
  EXPECT_GT(commands, cuts) << "the faults came too early to test anything: " << trouble;
  std::cout << done << " faults, " << commands << " commands acknowledged\n";
}

}  // namespace
}  // namespace cose::tests
