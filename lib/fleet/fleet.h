// SPDX-License-Identifier: Apache-2.0
// All cards of a state directory, of which only those in use need memory.
//
// A card is woken by its first command and stays until its memory is needed for another (least recently used first) or
// its power goes. A card that somebody holds (reserve()) is never put to sleep: it may have a session. When those alone
// fill the budget, waking another fails with kLimit.
//
// The output gate: store_changes() hands what a command changed to the committer, and tells when it is durable. Nothing
// that the command answered may leave before. A card whose changes could not be stored is dropped: what it did since is
// undone, as by a loss of power, and its next command finds it as it is stored.
//
// One thread at a time, but for the cards themselves: one that is held runs where its holder likes. Vault, committer
// and factory outlive the fleet. Errors: kNotFound, kBusy (somebody holds it), kLimit, and the vault's.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "fleet/stateful_card.h"
#include "store/committer.h"
#include "vault/vault.h"

namespace cose::fleet {

struct FleetOptions {
  std::size_t memory_budget = std::size_t{256} << 20;  // octets of cards that are awake
};

struct FleetStatistics {
  std::size_t awake = 0;
  std::size_t memory = 0;
  std::uint64_t wakes = 0;
  std::uint64_t sleeps = 0;
};

class Fleet {
 public:
  using CardId = store::CardId;
  using Done = std::function<void(const Status&)>;

  Fleet(vault::Vault& vault, store::Committer& committer, CardFactory& factory, const FleetOptions& options)
      : vault_(vault), committer_(committer), factory_(factory), options_(options) {}

  // ---- holding a card ----
  [[nodiscard]] Result<CardId> reserve(std::string_view name);
  // The holder has powered it down. It stays awake until its memory is needed.
  void release(CardId card);
  // The card, in memory. Borrowed until release(), or until storing its changes has failed.
  [[nodiscard]] Result<StatefulCard*> wake(CardId card);
  // False: what it was before is lost, with its session; its holder has to power it up anew.
  [[nodiscard]] bool is_awake(CardId card) const;
  // Calls `done` at once when nothing changed.
  void store_changes(CardId card, std::optional<vault::Vault::Answered> answered, Done done);
  // What the card answered to the last request that had a name.
  [[nodiscard]] Result<std::optional<store::Answer>> last_answer(CardId card);

  // ---- administration ----
  // A new card of the factory's, or made from a template. `maker`: of another factory's, just this time.
  void create(std::string_view name, std::string_view made_from, vault::Vault::Role role, const Done& done,
              CardFactory* maker = nullptr);
  void import(std::string_view name, const vault::Sections& sections, const Done& done);
  // As the card is after its last command that was stored, whoever holds it.
  void copy(std::string_view name, std::string_view as, const Done& done);
  // Puts what `from` holds into the card.
  void replace(std::string_view name, std::string_view from, const Done& done);
  void destroy(std::string_view name, const Done& done);
  [[nodiscard]] Result<vault::Sections> sections(std::string_view name);  // as of copy()

  // Puts a card to sleep that nobody holds; all of them.
  void hibernate();
  [[nodiscard]] const FleetStatistics& statistics() const { return statistics_; }

 private:
  struct Resident {
    std::unique_ptr<StatefulCard> card;
    vault::SealedCardPointer sealed;
    std::size_t footprint = 0;
    std::list<CardId>::iterator use;  // in uses_
  };

  [[nodiscard]] Result<vault::Vault::Sealed> make(std::string_view name, std::string_view made_from,
                                                  vault::Vault::Role role, CardFactory& factory);
  void submit_change(CardId card, Result<vault::Vault::Sealed> sealed, Done done);
  void submit(Result<vault::Vault::Sealed> sealed, const Done& done);
  [[nodiscard]] Result<CardId> find_unused(std::string_view name);
  [[nodiscard]] bool may_sleep(CardId card) const;
  [[nodiscard]] Status make_room(CardId for_card);
  void measure(Resident& resident);
  void drop(CardId card);

  vault::Vault& vault_;
  store::Committer& committer_;
  CardFactory& factory_;
  FleetOptions options_;
  std::unordered_map<CardId, Resident> residents_;
  std::unordered_map<CardId, bool> held_;
  std::unordered_map<CardId, int> in_flight_;  // changes that are not committed yet
  std::list<CardId> uses_;                     // least recent first
  struct {
    CardId card = 0;
    vault::Sections sections;
  } template_;  // of which a card was made last
  FleetStatistics statistics_;
};

}  // namespace cose::fleet
