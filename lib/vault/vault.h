// SPDX-License-Identifier: Apache-2.0
// The cards of a state directory, sealed: makes, copies, reads and changes them over a Store, and knows each of them.
//
// Every card has a key of its own (AES-256), wrapped by the master key; all that a card keeps is sealed under it with
// its number, its place and its version as additional data (docs/formats/state.md). What is shown on reading:
//   - changed, swapped or foreign octets      by the seal
//   - an old page or answer, or one too few   by the sum of both in the card's head
//   - an old card, or one too few             by the sum of all cards in the ledger, when the vault is opened
//   - an old directory                        by the anchor, which is kept elsewhere
//
// A card made from a template stores what differs from it. A template is a card that was frozen; it cannot change, nor
// go while cards are made from it.
//
// Changes are two steps: the vault seals one (Sealed) and the caller submits it to a Committer whose completer the
// vault is, so that many share a flush. A SealedCard whose change failed is void: load it again.
//
// One thread at a time, apart from the committer's write(). Errors: kNotFound, kRefused (damage and roll-back, told
// apart in the text), kInvalid, kBusy (a template in use), kLimit, kIo.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/rng.h"
#include "store/committer.h"
#include "vault/card_state.h"
#include "vault/master_key.h"

namespace cose::vault {

// What the outside remembers of a directory, so that an old copy of it is noticed.
struct AnchorValue {
  Bytes directory;           // which one
  store::Fence fence = 0;    // how often it was started
  std::uint64_t groups = 0;  // how many groups were committed
};

class Anchor {
 public:
  virtual ~Anchor() = default;
  [[nodiscard]] virtual Result<std::optional<AnchorValue>> read() = 0;
  [[nodiscard]] virtual Status write(const AnchorValue& value) = 0;
};

// What to do with a directory that is older than its anchor.
enum class OnRollback { kRefuse, kAccept };

struct SealedCard;  // a card that is open: its keys and the versions of its pages

using SealedCardPointer = std::shared_ptr<SealedCard>;

struct LoadedCard {
  SealedCardPointer card;
  Sections sections;
};

struct CardDescription {
  std::string name;
  store::CardId card = 0;
  store::CardId made_from = 0;  // a template, or 0
  store::Sequence changes = 0;
  bool is_template = false;
};

class Vault final : public store::Completer {
 public:
  // Raises the fence. Committers, keys, store and anchor outlive the vault.
  [[nodiscard]] static Result<std::unique_ptr<Vault>> open(store::Store& store, Keyring& keys, Rng& rng,
                                                           Anchor* anchor = nullptr,
                                                           OnRollback on_rollback = OnRollback::kRefuse);
  ~Vault() override;
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  // For Committer::set_completer: all changes of this store are this vault's.
  [[nodiscard]] std::vector<store::Record> complete(std::span<const store::Change> changes) override;
  void settle(std::span<const store::Change> changes, std::span<const Status> results) override;
  // Writes the anchor. At an orderly end, and now and then.
  [[nodiscard]] Status anchor();

  // ---- which cards there are ----
  [[nodiscard]] Result<store::CardId> find(std::string_view name) const;  // kNotFound names it
  [[nodiscard]] Status visit(const std::function<Status(const CardDescription&)>& visitor) const;
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::vector<store::CardId> cards() const;
  // What create() will call its card: a number that no card of the directory has had in this start.
  [[nodiscard]] store::CardId next_card() const;

  // ---- reading ----
  [[nodiscard]] Result<LoadedCard> load(store::CardId card);
  // The card's last named request, and the response to it.
  [[nodiscard]] Result<std::optional<store::Answer>> last_answer(SealedCard& card) const;

  // ---- changing: each makes what is to be submitted, with the records that go with it ----
  struct Sealed {
    store::Change change;
    std::vector<store::Record> records;
  };
  enum class Role : std::uint8_t { kCard, kTemplate };
  // From a template (or 0) and what differs from it. Error: kRefused, the name is taken.
  [[nodiscard]] Result<Sealed> create(std::string_view name, store::CardId made_from,
                                      std::span<const SectionChange> differences, Role role = Role::kCard);
  // A second card with everything that the first has.
  [[nodiscard]] Result<Sealed> copy(store::CardId card, std::string_view name);
  struct Answered {
    ByteView request;
    ByteView response;
  };
  [[nodiscard]] Result<Sealed> change(SealedCard& card, std::span<const SectionChange> changes,
                                      std::optional<Answered> answered = std::nullopt);
  // Makes the card what `sections` says, whatever it was.
  [[nodiscard]] Result<Sealed> replace(SealedCard& card, const Sections& sections);
  [[nodiscard]] Result<Sealed> destroy(store::CardId card);

  // Wraps the keys of these cards anew, if another master key wrapped them, and commits that. How many; a card that is
  // gone counts as none.
  [[nodiscard]] Result<std::size_t> rewrap(std::span<const store::CardId> cards);
  // The directory's own key, which comes last: once it is done, the older master keys are of no use.
  [[nodiscard]] Result<std::size_t> rewrap_directory();

 private:
  struct Parts;
  Vault(store::Store& store, Keyring& keys, Rng& rng, Anchor* anchor);

  // vault.cc: start and ledger
  [[nodiscard]] Status start(OnRollback on_rollback);
  [[nodiscard]] Status make_directory();
  [[nodiscard]] Status begin_start();
  [[nodiscard]] Status read_cards();
  [[nodiscard]] Status check_ledger(OnRollback on_rollback);
  [[nodiscard]] Status check_anchor(OnRollback on_rollback);
  [[nodiscard]] Result<store::Record> ledger_record(const std::array<std::uint64_t, 2>& sum);
  void note(const store::Change& change);
  void write_ledger();

  // vault_cards.cc
  [[nodiscard]] Result<Secret> key_of(store::CardId card) const;
  [[nodiscard]] Result<SealedCardPointer> open_head(store::CardId card) const;
  [[nodiscard]] Result<Sections> open_pages(SealedCard& card);
  [[nodiscard]] Result<const Sections*> sections_of_template(store::CardId card);

  // vault_change.cc
  [[nodiscard]] Result<std::optional<store::Record>> rewrapped(std::string_view name, store::CardId card);
  [[nodiscard]] Status check_name(std::string_view name) const;
  [[nodiscard]] Status seal_section(SealedCard& card, const SectionChange& change, store::Change& into);
  [[nodiscard]] Status seal_page(SealedCard& card, store::PageNumber place, ByteView octets, store::Change& into);
  [[nodiscard]] Status remove_page(SealedCard& card, store::PageNumber place, store::Change& into);
  [[nodiscard]] Status seal_head(SealedCard& card, store::Change& into);
  [[nodiscard]] Status seal_answer(SealedCard& card, const Answered& answered, store::Change& into);
  [[nodiscard]] Result<Sealed> seal_changes(SealedCard& card, std::span<const SectionChange> changes,
                                            std::optional<Answered> answered);

  store::Store& store_;
  Keyring& keys_;
  Rng& rng_;
  Anchor* anchor_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace cose::vault
