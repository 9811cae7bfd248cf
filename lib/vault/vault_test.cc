// SPDX-License-Identifier: Apache-2.0
// Cards over a memory store: what goes in comes out, and whoever changes the store behind the vault is found out.
#include "vault/vault.h"

#include <gtest/gtest.h>

#include "bytes/testing/seeded_rng.h"
#include "store/memory_store.h"
#include "vault/card_export.h"

namespace cose::vault {
namespace {

using store::CardId;

class MemoryAnchor final : public Anchor {
 public:
  [[nodiscard]] Result<std::optional<AnchorValue>> read() override { return value; }
  [[nodiscard]] Status write(const AnchorValue& written) override {
    value = written;
    return {};
  }
  std::optional<AnchorValue> value;
};

class VaultTest : public ::testing::Test {
 protected:
  void SetUp() override { start(); }

  Status try_start(OnRollback on_rollback = OnRollback::kRefuse) {
    vault_.reset();
    committer_.emplace(store_, store::Durability::kDurable);
    auto opened = Vault::open(store_, ring_, rng_, &anchor_, on_rollback);
    if (!opened) return std::unexpected(opened.error());
    vault_ = *std::move(opened);
    committer_->set_completer(vault_.get());
    return {};
  }
  void start() {
    const auto started = try_start();
    ASSERT_TRUE(started) << started.error().message;
  }

  Status commit(Result<Vault::Sealed> sealed) {
    if (!sealed) return std::unexpected(sealed.error());
    Status told = fail(ErrorKind::kInternal, "nobody told");
    committer_->submit(std::move(sealed->change), std::move(sealed->records),
                       [&](const Status& status) { told = status; });
    COSE_CHECK(committer_->flush());
    return told;
  }

  CardId make(std::string_view name, const Sections& sections, CardId made_from = 0,
              Vault::Role role = Vault::Role::kCard) {
    EXPECT_TRUE(commit(vault_->create(name, made_from, whole(sections), role)));
    return vault_->find(name).value_or(0);
  }

  static SectionChange part(SectionNumber section, const Bytes& octets, std::vector<std::uint32_t> dirty) {
    return {section, octets, std::move(dirty)};
  }

  Status change(CardId card, const std::vector<SectionChange>& changes) {
    auto loaded = vault_->load(card);
    if (!loaded) return std::unexpected(loaded.error());
    return commit(vault_->change(*loaded->card, changes));
  }

  [[nodiscard]] Sections sections(CardId card) {
    auto loaded = vault_->load(card);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return loaded ? std::move(loaded->sections) : Sections{};
  }

  std::shared_ptr<store::MemoryState> disk_ = std::make_shared<store::MemoryState>();
  store::MemoryStore store_{disk_};
  testing::SeededRng rng_{1};
  LocalMasterKey key_ = LocalMasterKey::create(Secret(Bytes(kKeySize, 7)), rng_).value();
  Keyring ring_{key_};
  MemoryAnchor anchor_;
  std::optional<store::Committer> committer_;
  std::unique_ptr<Vault> vault_;
};

Bytes pattern(std::size_t size, std::uint8_t seed) {
  Bytes octets(size);
  for (std::size_t at = 0; at < size; ++at) octets[at] = static_cast<std::uint8_t>(seed + at * 7);
  return octets;
}

TEST_F(VaultTest, ACardComesBackAsItWas) {
  const Sections sections_in{{0, pattern(1000, 1)}, {2, pattern(256, 2)}, {254, pattern(1, 3)}};
  const auto card = make("anna", sections_in);
  EXPECT_EQ(sections(card), sections_in);
  start();
  EXPECT_EQ(vault_->find("anna").value(), card);
  EXPECT_EQ(sections(card), sections_in);
}

TEST_F(VaultTest, NothingOfACardIsReadableInTheStore) {
  const auto secret = pattern(300, 42);
  const auto card = make("anna", {{0, secret}});
  auto loaded = vault_->load(card).value();
  const auto response = pattern(40, 99);
  ASSERT_TRUE(commit(vault_->change(*loaded.card, {}, Vault::Answered{Bytes{1, 2}, response})));
  const auto holds = [](const Bytes& octets, const Bytes& part) {
    return std::search(octets.begin(), octets.end(), part.begin(), part.begin() + 8) != octets.end();
  };
  for (const auto& [number, stored] : disk_->cards) {
    for (const auto& [page, octets] : stored.pages) EXPECT_FALSE(holds(octets, secret));
    EXPECT_FALSE(holds(stored.answer->response, response));
  }
}

TEST_F(VaultTest, ANumberedRequestIsAnsweredAgain) {
  const auto card = make("anna", {{0, pattern(10, 1)}});
  auto loaded = vault_->load(card).value();
  ASSERT_TRUE(commit(vault_->change(*loaded.card, {}, Vault::Answered{Bytes{1}, Bytes{0x61, 0x10}})));
  start();
  loaded = vault_->load(card).value();
  EXPECT_EQ(vault_->last_answer(*loaded.card).value(), (store::Answer{{1}, {0x61, 0x10}}));
  const auto other = make("bob", {{0, pattern(10, 1)}});
  EXPECT_EQ(vault_->last_answer(*vault_->load(other).value().card).value(), std::nullopt);
}

TEST_F(VaultTest, AnOldAnswerIsFound) {
  const auto card = make("anna", {{0, pattern(10, 1)}});
  auto loaded = vault_->load(card).value();
  auto& stored = disk_->cards.at(card).answer;
  ASSERT_TRUE(commit(vault_->change(*loaded.card, {}, Vault::Answered{Bytes{1}, Bytes{0x61, 0x10}})));
  const auto old = stored;
  ASSERT_TRUE(commit(vault_->change(*loaded.card, {}, Vault::Answered{Bytes{2}, Bytes{0x90, 0x00}})));
  const auto current = stored;
  stored = old;
  EXPECT_EQ(vault_->last_answer(*loaded.card).error().kind, ErrorKind::kRefused) << "of an open card";
  EXPECT_EQ(vault_->load(card).error().kind, ErrorKind::kRefused) << "when it wakes";
  stored.reset();
  EXPECT_EQ(vault_->last_answer(*loaded.card).error().kind, ErrorKind::kRefused) << "it went";
  EXPECT_EQ(vault_->load(card).error().kind, ErrorKind::kRefused);
  stored = current;
  EXPECT_TRUE(vault_->load(card));
}

TEST_F(VaultTest, ACardOfATemplateStoresOnlyWhatDiffers) {
  auto image = pattern(20'000, 5);
  const auto shared = make("profile", {{0, image}, {2, pattern(5000, 6)}}, 0, Vault::Role::kTemplate);
  ASSERT_TRUE(commit(vault_->create("anna", shared, {})));
  const auto card = vault_->find("anna").value();
  EXPECT_TRUE(disk_->cards.at(card).pages.empty());
  EXPECT_EQ(sections(card), sections(shared));
  image[600] ^= 1;
  // Only page 2 differs, whatever is said to be dirty.
  ASSERT_TRUE(change(card, {part(0, image, {0, 2, 3})}));
  EXPECT_EQ(disk_->cards.at(card).pages.size(), 1U);
  EXPECT_EQ(sections(card).at(0), image);
  image[600] ^= 1;
  ASSERT_TRUE(change(card, {part(0, image, {2})}));
  EXPECT_TRUE(disk_->cards.at(card).pages.empty()) << "a page as in the template";
  EXPECT_EQ(sections(card), sections(shared));
  EXPECT_FALSE(change(shared, {part(0, image, {1})})) << "a template does not change";
  EXPECT_EQ(commit(vault_->destroy(shared)).error().kind, ErrorKind::kBusy);
  ASSERT_TRUE(commit(vault_->destroy(card)));
  EXPECT_TRUE(commit(vault_->destroy(shared)));
  EXPECT_EQ(vault_->size(), 0U);
}

// Random sizes and contents over a template, against a plain copy.
TEST_F(VaultTest, SectionsGrowAndShrinkWithoutGhosts) {
  const auto shared = make("profile", {{0, pattern(3000, 5)}, {3, pattern(700, 9)}}, 0, Vault::Role::kTemplate);
  ASSERT_TRUE(commit(vault_->create("anna", shared, {})));
  const auto card = vault_->find("anna").value();
  auto model = sections(shared);
  auto loaded = vault_->load(card).value();
  for (int step = 0; step < 600; ++step) {
    const auto number = static_cast<SectionNumber>(rng_.below(5));
    auto& section = model[number];
    const auto size = rng_.below(3) == 0 ? rng_.below(4000) : section.size();
    section.resize(size);
    SectionChange changed{number, {}, {}};
    for (std::uint32_t page = 0; page < pages_of(size); ++page) {
      if (rng_.below(8) != 0) continue;
      changed.dirty.push_back(page);
      section[std::min(size - 1, page * std::size_t{kPageSize} + rng_.below(kPageSize))] =
          static_cast<std::uint8_t>(rng_.below(3));
    }
    changed.octets = section;
    ASSERT_TRUE(commit(vault_->change(*loaded.card, std::vector{changed})));
    if (section.empty()) model.erase(number);
    if (step % 10 == 0) {
      start();
      loaded = vault_->load(card).value();
    }
    ASSERT_EQ(sections(card), model) << step;
  }
}

TEST_F(VaultTest, CopiesAndReplaces) {
  const auto shared = make("profile", {{0, pattern(3000, 5)}}, 0, Vault::Role::kTemplate);
  ASSERT_TRUE(commit(vault_->create("anna", shared, {})));
  auto image = pattern(3000, 5);
  image[0] = 0;
  ASSERT_TRUE(change(vault_->find("anna").value(), {part(0, image, {0})}));
  ASSERT_TRUE(commit(vault_->copy(vault_->find("anna").value(), "anna@monday")));
  image[0] = 1;
  ASSERT_TRUE(change(vault_->find("anna").value(), {part(0, image, {0})}));
  const auto before = sections(vault_->find("anna@monday").value());
  EXPECT_EQ(before.at(0)[0], 0);
  EXPECT_EQ(disk_->cards.at(vault_->find("anna@monday").value()).pages.size(), 1U);
  auto loaded = vault_->load(vault_->find("anna").value()).value();
  ASSERT_TRUE(commit(vault_->replace(*loaded.card, before)));
  EXPECT_EQ(sections(vault_->find("anna").value()), before);
}

TEST_F(VaultTest, NamesAreChecked) {
  make("anna", {});
  const std::vector<std::string> bad{"anna", "", "..", "a/b", "-x", "\xC3\xA4", std::string(65, 'a')};
  for (const auto& name : bad) EXPECT_FALSE(vault_->create(name, 0, {})) << name;
  // Two at once in one group.
  auto first = vault_->create("bob", 0, {}).value();
  EXPECT_FALSE(vault_->create("bob", 0, {}));
  EXPECT_TRUE(commit(std::move(first)));
  EXPECT_EQ(vault_->find("carl").error().kind, ErrorKind::kNotFound);
}

// ---- behind the vault's back ----

TEST_F(VaultTest, AChangedOctetIsFoundWhereverItIs) {
  const auto card = make("anna", {{0, pattern(600, 1)}});
  auto& stored = disk_->cards.at(card);
  std::vector<Bytes*> places{&stored.head.octets, &disk_->records.at("key/0000000000000001"),
                             &disk_->records.at("start/0000000000000001")};
  for (auto& [number, octets] : stored.pages) places.push_back(&octets);
  for (auto* place : places)
    for (std::size_t at = 0; at < place->size(); ++at) {
      (*place)[at] ^= 0x10;
      // The card is not to be had: it cannot be opened, or the directory cannot.
      const bool found = !try_start() || !vault_->load(card);
      (*place)[at] ^= 0x10;
      ASSERT_TRUE(found) << at;
    }
  ASSERT_TRUE(try_start());
  EXPECT_TRUE(vault_->load(card));
}

TEST_F(VaultTest, AnOldPageIsFound) {
  auto image = pattern(600, 1);
  const auto card = make("anna", {{0, image}});
  const auto old = disk_->cards.at(card).pages.at(0);
  image[0] = 0xFF;
  ASSERT_TRUE(change(card, {part(0, image, {0})}));
  const auto current = disk_->cards.at(card).pages;
  disk_->cards.at(card).pages.at(0) = old;
  EXPECT_EQ(vault_->load(card).error().kind, ErrorKind::kRefused);
  disk_->cards.at(card).pages = current;
  disk_->cards.at(card).pages.erase(1);
  EXPECT_EQ(vault_->load(card).error().kind, ErrorKind::kRefused) << "a page went";
  disk_->cards.at(card).pages = current;
  std::swap(disk_->cards.at(card).pages.at(0), disk_->cards.at(card).pages.at(1));
  EXPECT_FALSE(vault_->load(card)) << "two pages changed places";
  disk_->cards.at(card).pages = current;
  EXPECT_TRUE(vault_->load(card));
}

TEST_F(VaultTest, AnOldCardIsFound) {
  const auto card = make("anna", {{0, pattern(600, 1)}});
  const auto old = disk_->cards.at(card);
  auto image = pattern(600, 2);
  ASSERT_TRUE(change(card, {part(0, image, {0, 1, 2})}));
  const auto current = disk_->cards.at(card);
  disk_->cards.at(card) = old;
  EXPECT_FALSE(vault_->load(card)) << "while the vault is open";
  EXPECT_EQ(try_start().error().kind, ErrorKind::kRefused) << "when it opens";
  disk_->cards.at(card) = current;
  start();
  EXPECT_TRUE(vault_->load(card));
}

TEST_F(VaultTest, ACopiedOrSwappedCardIsFound) {
  const auto anna = make("anna", {{0, pattern(600, 1)}});
  const auto bob = make("bob", {{0, pattern(600, 2)}});
  const auto before = *disk_;
  std::swap(disk_->cards.at(anna), disk_->cards.at(bob));
  EXPECT_FALSE(vault_->load(anna));
  std::swap(disk_->records.at("key/0000000000000001"), disk_->records.at("key/0000000000000002"));
  EXPECT_FALSE(vault_->load(anna)) << "with their keys";
  *disk_ = before;
  disk_->cards[9] = disk_->cards.at(anna);
  disk_->records["key/0000000000000009"] = disk_->records.at("key/0000000000000001");
  EXPECT_FALSE(try_start()) << "a third card";
  *disk_ = before;
  disk_->cards.erase(bob);
  EXPECT_FALSE(try_start()) << "a card went";
  ASSERT_TRUE(try_start(OnRollback::kAccept));
  EXPECT_TRUE(vault_->load(anna));
  start();
}

TEST_F(VaultTest, AnOldDirectoryIsFoundByTheAnchor) {
  const auto card = make("anna", {{0, pattern(600, 1)}});
  start();
  const auto old = *disk_;
  ASSERT_TRUE(change(card, {part(0, pattern(600, 2), {0})}));
  ASSERT_TRUE(vault_->anchor());
  *disk_ = old;
  EXPECT_EQ(try_start().error().kind, ErrorKind::kRefused) << "of the same start";
  EXPECT_TRUE(try_start(OnRollback::kAccept));
  *disk_ = old;
  EXPECT_EQ(try_start().error().kind, ErrorKind::kRefused) << "of an earlier start";
}

TEST_F(VaultTest, ARefusedChangeLeavesTheLedgerRight) {
  const auto anna = make("anna", {{0, pattern(600, 1)}});
  const auto bob = make("bob", {{0, pattern(600, 1)}});
  auto first = vault_->load(anna).value();
  auto second = vault_->load(bob).value();
  auto good = vault_->change(*first.card, {}).value();
  auto bad = vault_->change(*second.card, {}).value();
  bad.change.sequence += 5;
  int succeeded = 0;
  for (auto* sealed : {&good, &bad})
    committer_->submit(sealed->change, sealed->records, [&](const Status& status) { succeeded += status ? 1 : 0; });
  ASSERT_TRUE(committer_->flush());
  EXPECT_EQ(succeeded, 1);
  EXPECT_TRUE(vault_->load(anna));
  EXPECT_TRUE(vault_->load(bob));
  start();
}

// ---- keys ----

TEST_F(VaultTest, AnotherMasterKeyOpensNothing) {
  make("anna", {{0, pattern(600, 1)}});
  auto other = LocalMasterKey::create(Secret(Bytes(kKeySize, 8)), rng_).value();
  Keyring wrong(other);
  const auto opened = Vault::open(store_, wrong, rng_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kNotFound);
}

TEST_F(VaultTest, TheMasterKeyIsChangedWhileCardsAreInUse) {
  std::vector<CardId> cards;
  for (int number = 0; number < 25; ++number) cards.push_back(make("card" + std::to_string(number), {{0, {1}}}));
  auto anew = LocalMasterKey::create(Secret(Bytes(kKeySize, 8)), rng_).value();
  Keyring both(anew, {&key_});
  vault_.reset();
  committer_.emplace(store_, store::Durability::kDurable);
  vault_ = Vault::open(store_, both, rng_, &anchor_).value();
  committer_->set_completer(vault_.get());
  std::size_t total = 0;
  const auto all = vault_->cards();
  for (std::size_t from = 0; from < all.size(); from += 4) {
    total += vault_->rewrap(std::span(all).subspan(from, std::min<std::size_t>(4, all.size() - from))).value();
    const Bytes octets{static_cast<std::uint8_t>(total)};
    ASSERT_TRUE(change(cards[total % cards.size()], {part(0, octets, {0})}));
  }
  EXPECT_EQ(total, 25U);
  EXPECT_EQ(vault_->rewrap(all).value(), 0U) << "done twice";
  EXPECT_EQ(vault_->rewrap_directory().value(), 1U);
  EXPECT_EQ(vault_->rewrap_directory().value(), 0U);
  vault_.reset();
  Keyring only(anew);
  auto opened = Vault::open(store_, only, rng_, &anchor_);
  ASSERT_TRUE(opened) << opened.error().message;
  for (const auto card : cards) EXPECT_TRUE((*opened)->load(card));
}

TEST_F(VaultTest, AnExportedCardComesBackWithItsKeyOnly) {
  const Sections exported{{0, pattern(700, 1)}, {9, pattern(3, 2)}};
  const auto octets = export_card("anna", exported, key_).value();
  const auto imported = import_card(octets, key_).value();
  EXPECT_EQ(imported.name, "anna");
  EXPECT_EQ(imported.sections, exported);
  for (std::size_t at = 0; at < octets.size(); ++at) {
    auto changed = octets;
    changed[at] ^= 1;
    ASSERT_FALSE(import_card(changed, key_)) << at;
    ASSERT_FALSE(import_card(ByteView(octets).first(at), key_)) << at;
  }
  auto other = LocalMasterKey::create(Secret(Bytes(kKeySize, 8)), rng_).value();
  EXPECT_EQ(import_card(octets, other).error().kind, ErrorKind::kNotFound);
}

// Whatever is sealed in two lives of one directory, no two share a key and a nonce.
TEST_F(VaultTest, ARestoredBackupSealsUnderOtherKeys) {
  const auto card = make("anna", {{0, pattern(600, 1)}});
  const auto backup = *disk_;
  start();
  ASSERT_TRUE(change(card, {part(0, pattern(600, 2), {0})}));
  const auto first = disk_->cards.at(card).pages.at(0);
  *disk_ = backup;
  ASSERT_TRUE(try_start(OnRollback::kAccept));
  ASSERT_TRUE(change(card, {part(0, pattern(600, 2), {0})}));
  const auto second = disk_->cards.at(card).pages.at(0);
  EXPECT_TRUE(std::equal(first.begin(), first.begin() + 20, second.begin())) << "same fence, counter and sequence";
  EXPECT_NE(first, second) << "and so the same octets would come out under one key";
}

}  // namespace
}  // namespace cose::vault
