// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleet.h"

#include <map>

#include <gtest/gtest.h>

#include "bytes/testing/seeded_rng.h"
#include "fleet/fleet_source.h"
#include "fleet/testing/counter_card.h"
#include "store/memory_store.h"

namespace cose::fleet {
namespace {

using iso7816::Card;
using iso7816::ResetKind;

// A store that fails, or loses power, on request.
class FailingStore final : public store::Store {
 public:
  explicit FailingStore(std::shared_ptr<store::MemoryState> state) : inner_(std::move(state)) {}

  [[nodiscard]] Result<store::Fence> raise_fence() override { return inner_.raise_fence(); }
  [[nodiscard]] Status commit(const store::Group& group, store::Durability durability) override {
    ++commits;
    if (!next) return std::exchange(next, {});
    return inner_.commit(group, durability);
  }
  [[nodiscard]] Status sync() override { return inner_.sync(); }
  [[nodiscard]] Result<std::optional<store::Head>> head(store::CardId card) const override { return inner_.head(card); }
  [[nodiscard]] Result<std::vector<store::Page>> pages(store::CardId card) const override { return inner_.pages(card); }
  [[nodiscard]] Result<std::optional<store::Answer>> answer(store::CardId card) const override {
    return inner_.answer(card);
  }
  [[nodiscard]] Result<std::optional<Bytes>> record(std::string_view key) const override { return inner_.record(key); }
  [[nodiscard]] Status visit_heads(const HeadVisitor& visitor) const override { return inner_.visit_heads(visitor); }
  [[nodiscard]] Status visit_records(std::string_view prefix, const RecordVisitor& visitor) const override {
    return inner_.visit_records(prefix, visitor);
  }

  Status next;  // what the next commit says
  int commits = 0;

 private:
  store::MemoryStore inner_;
};

class FleetTest : public ::testing::Test {
 protected:
  void SetUp() override { start(); }

  // What was in memory is gone, as after the end of the process.
  void start(std::size_t budget = 1 << 30) {
    fleet_.reset();
    vault_.reset();
    committer_.emplace(store_, store::Durability::kDurable);
    vault_ = vault::Vault::open(store_, ring_, rng_).value();
    committer_->set_completer(vault_.get());
    fleet_.emplace(*vault_, *committer_, factory_, FleetOptions{budget});
    driver_.emplace(*committer_);
  }

  template <typename Start>
  Status finish(Start begin) {
    Inside inside(*driver_);
    return inside.finish(begin);
  }

  void make(std::string_view name, std::string_view made_from = {},
            vault::Vault::Role role = vault::Vault::Role::kCard) {
    const auto made = finish([&](const Fleet::Done& done) { fleet_->create(name, made_from, role, done); });
    ASSERT_TRUE(made) << made.error().message;
  }

  Result<std::unique_ptr<Card>> open(const std::string& name) {
    return FleetSource(*fleet_, *driver_, "sim:state/" + name, name, FleetSource::Waiting::kNever).open();
  }
  std::unique_ptr<Card> powered(const std::string& name) {
    auto card = open(name).value();
    EXPECT_TRUE(card->power_up(ResetKind::kCold));
    return card;
  }

  static int send(Card& card, Bytes command) {
    const auto response = iso7816::transceive(card, command);
    if (!response || response->size() != 6) return -1;
    return (*response)[2] << 8 | (*response)[3];
  }
  static int count(Card& card, std::uint8_t counter = 0) { return send(card, {0x80, 0x10, counter, counter, 0}); }
  static int look(Card& card, std::uint8_t counter = 0) { return send(card, {0x80, 0x20, counter, 0, 0}); }

  std::shared_ptr<store::MemoryState> disk_ = std::make_shared<store::MemoryState>();
  FailingStore store_{disk_};
  cose::testing::SeededRng rng_{1};
  vault::LocalMasterKey key_ = vault::LocalMasterKey::create(Secret(Bytes(vault::kKeySize, 7)), rng_).value();
  vault::Keyring ring_{key_};
  testing::CounterFactory factory_;
  std::optional<store::Committer> committer_;
  std::unique_ptr<vault::Vault> vault_;
  std::optional<Fleet> fleet_;
  std::optional<AloneDriver> driver_;
};

TEST_F(FleetTest, WhatACardAnsweredIsStored) {
  make("anna");
  {
    const auto card = powered("anna");
    EXPECT_EQ(count(*card), 1);
    EXPECT_EQ(count(*card), 2);
    // The process ends without a word to the card.
    auto state = *disk_;
    static_cast<void>(state);
  }
  start();
  EXPECT_EQ(look(*powered("anna")), 2);
}

TEST_F(FleetTest, ACommandWithoutAChangeCommitsNothing) {
  make("anna");
  const auto card = powered("anna");
  const auto before = store_.commits;
  EXPECT_EQ(look(*card), 0);
  EXPECT_EQ(send(*card, {0x80, 0x30, 0, 0, 0}), 1);
  EXPECT_EQ(store_.commits, before);
  EXPECT_EQ(count(*card), 1);
  EXPECT_EQ(store_.commits, before + 1);
}

TEST_F(FleetTest, NoAnswerLeavesBeforeItIsDurable) {
  make("anna");
  const auto card = powered("anna");
  ASSERT_EQ(count(*card), 1);
  store_.next = fail(ErrorKind::kLimit, "no room");
  Bytes response;
  const auto sent = card->transmit(Bytes{0x80, 0x10, 0, 0, 0}, response);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::kClosed);
  EXPECT_EQ(look(*card), -1) << "the session is gone";
  ASSERT_TRUE(card->power_up(ResetKind::kCold));
  EXPECT_EQ(look(*card), 1) << "and the card is as it was before the command";
  EXPECT_EQ(count(*card), 2);
}

TEST_F(FleetTest, AfterAFailedFlushNothingGoesOn) {
  make("anna");
  const auto card = powered("anna");
  store_.next = fail(ErrorKind::kIo, "fdatasync failed");
  EXPECT_EQ(count(*card), -1);
  EXPECT_FALSE(committer_->failure());
  ASSERT_TRUE(card->power_up(ResetKind::kCold));
  EXPECT_EQ(count(*card), -1);
  start();
  EXPECT_EQ(count(*powered("anna")), 1);
}

TEST_F(FleetTest, ACardHasOneHolder) {
  make("anna");
  auto card = open("anna").value();
  EXPECT_EQ(open("anna").error().kind, ErrorKind::kBusy);
  EXPECT_EQ(open("bob").error().kind, ErrorKind::kNotFound);
  card.reset();
  EXPECT_TRUE(open("anna"));
}

TEST_F(FleetTest, AHeldCardIsNotPutToSleepAndOthersAre) {
  constexpr int kCards = 12;
  for (int card = 0; card < kCards; ++card) make("card" + std::to_string(card));
  start(3 * (testing::CounterCard::kImage + 1000));
  const auto session = powered("card0");
  EXPECT_EQ(send(*session, {0x80, 0x30, 0, 0, 0}), 1);
  for (int round = 1; round <= 3; ++round)
    for (int card = 1; card < kCards; ++card) EXPECT_EQ(count(*powered("card" + std::to_string(card))), round);
  EXPECT_LE(fleet_->statistics().awake, 3U);
  EXPECT_GT(fleet_->statistics().sleeps, 20U);
  EXPECT_EQ(send(*session, {0x80, 0x30, 0, 0, 0}), 2) << "the session went on";
  EXPECT_EQ(send(*powered("card1"), {0x80, 0x30, 0, 0, 0}), 1);
  EXPECT_EQ(send(*powered("card1"), {0x80, 0x30, 0, 0, 0}), 1) << "power went in between";
}

TEST_F(FleetTest, TheLeastRecentlyUsedCardSleepsFirst) {
  for (const auto* name : {"a", "b", "c"}) make(name);
  start(2 * (testing::CounterCard::kImage + 1000));
  for (const auto* name : {"a", "b", "a", "c"}) powered(name);
  EXPECT_TRUE(fleet_->is_awake(vault_->find("a").value()));
  EXPECT_FALSE(fleet_->is_awake(vault_->find("b").value()));
  EXPECT_TRUE(fleet_->is_awake(vault_->find("c").value()));
}

TEST_F(FleetTest, ABudgetFullOfSessionsRefusesAnother) {
  for (const auto* name : {"a", "b", "c"}) make(name);
  start(2 * (testing::CounterCard::kImage + 1000));
  const auto first = powered("a");
  auto second = powered("b");
  auto third = open("c").value();
  const auto refused = third->power_up(ResetKind::kCold);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kLimit);
  EXPECT_EQ(count(*first), 1);
  second.reset();
  EXPECT_TRUE(third->power_up(ResetKind::kCold));
}

TEST_F(FleetTest, ANamedRequestIsRecalledAndNotExecuted) {
  make("anna");
  const Bytes command{0x80, 0x10, 0, 0, 0};
  Bytes response;
  {
    FleetCard card(*fleet_, *driver_, fleet_->reserve("anna").value());
    ASSERT_TRUE(card.power_up(ResetKind::kCold));
    EXPECT_EQ(card.recall(Bytes{1}, command).value(), std::nullopt);
    const auto commits = store_.commits;
    ASSERT_TRUE(card.transmit_named(Bytes{1}, command, response));
    EXPECT_EQ(store_.commits, commits + 1) << "change and answer are one commit";
    EXPECT_EQ(card.recall(Bytes{1}, command).value(), response);
    EXPECT_EQ(look(card), 1);
  }
  start();
  FleetCard card(*fleet_, *driver_, fleet_->reserve("anna").value());
  EXPECT_EQ(card.recall(Bytes{1}, command).value(), response) << "after a restart, without power";
  EXPECT_EQ(card.recall(Bytes{2}, command).value(), std::nullopt);
  EXPECT_EQ(card.recall(Bytes{1}, Bytes{0x80, 0x20, 0, 0, 0}).error().kind, ErrorKind::kInvalid);
  ASSERT_TRUE(card.power_up(ResetKind::kCold));
  ASSERT_TRUE(card.transmit_named(Bytes{2}, command, response));
  EXPECT_EQ(response[3], 2);
  EXPECT_EQ(card.recall(Bytes{1}, command).value(), std::nullopt) << "only the last is known";
}

// What was selected and computed is gone with the answer that could not be stored, and the name with it.
TEST_F(FleetTest, AnAnswerThatWasNotStoredIsNotRecalled) {
  make("anna");
  const Bytes command{0x80, 0x10, 0, 0, 0};
  Bytes response;
  FleetCard card(*fleet_, *driver_, fleet_->reserve("anna").value());
  ASSERT_TRUE(card.power_up(ResetKind::kCold));
  store_.next = fail(ErrorKind::kLimit, "full");
  EXPECT_FALSE(card.transmit_named(Bytes{1}, command, response));
  EXPECT_EQ(card.recall(Bytes{1}, command).value(), std::nullopt);
}

TEST_F(FleetTest, AdministersCards) {
  make("profile", {}, vault::Vault::Role::kTemplate);
  make("anna", "profile");
  EXPECT_EQ(count(*powered("anna")), 1);
  ASSERT_TRUE(finish([&](const Fleet::Done& done) { fleet_->copy("anna", "anna@1", done); }));
  EXPECT_EQ(count(*powered("anna")), 2);
  const auto exported = fleet_->sections("anna").value();
  ASSERT_TRUE(finish([&](const Fleet::Done& done) { fleet_->replace("anna", "anna@1", done); }));
  EXPECT_EQ(look(*powered("anna")), 1);
  ASSERT_TRUE(finish([&](const Fleet::Done& done) { fleet_->import("bob", exported, done); }));
  EXPECT_EQ(look(*powered("bob")), 2);
  const auto bad = finish([&](const Fleet::Done& done) { fleet_->import("carl", {{3, {1}}}, done); });
  EXPECT_EQ(bad.error().kind, ErrorKind::kInvalid);
  auto held = open("bob").value();
  EXPECT_FALSE(finish([&](const Fleet::Done& done) { fleet_->destroy("bob", done); }));
  held.reset();
  ASSERT_TRUE(finish([&](const Fleet::Done& done) { fleet_->destroy("bob", done); }));
  EXPECT_EQ(open("bob").error().kind, ErrorKind::kNotFound);
  start();
  EXPECT_EQ(look(*powered("anna")), 1);
}

// Ends without notice after any command, under a budget that keeps only some cards awake: each card is where its last
// answer said.
TEST_F(FleetTest, NoCounterGoesBackOverAnyNumberOfEnds) {
  constexpr int kCards = 8;
  make("profile", {}, vault::Vault::Role::kTemplate);
  for (int card = 0; card < kCards; ++card) make("card" + std::to_string(card), "profile");
  std::map<std::pair<int, int>, int> model;
  for (int step = 0; step < 2000; ++step) {
    if (rng_.below(25) == 0) start(4 * (testing::CounterCard::kImage + 1000));
    const auto card = static_cast<int>(rng_.below(kCards));
    const auto counter = static_cast<int>(rng_.below(5));
    if (rng_.below(30) == 0) {
      store_.next = fail(ErrorKind::kLimit, "no room");
      EXPECT_EQ(count(*powered("card" + std::to_string(card)), static_cast<std::uint8_t>(counter)), -1);
      store_.next = {};
      continue;
    }
    ASSERT_EQ(count(*powered("card" + std::to_string(card)), static_cast<std::uint8_t>(counter)),
              ++model[std::pair(card, counter)]);
  }
}

}  // namespace
}  // namespace cose::fleet
