// SPDX-License-Identifier: Apache-2.0
// The registry of one card: its entries as byte arrays in the card's heap, held by an array at Root::kRegistry.
//
// There is no second copy: what a function returns was read from the image just now, and every change goes through
// the machine's one write function. So a change inside a transaction is undone with it, and what a power cut leaves
// is what the next reader sees.
//
// Changes of several entries belong into a change of content (Runtime::change_content). Errors: kLimit (memory,
// journal, entries).
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "gpcard/record.h"
#include "jcvm/machine.h"

namespace cose::gpcard {

inline constexpr std::size_t kMaximumEntries = 1024;

template <typename T>
struct Entry {
  Slot slot = kNoSlot;
  T value;
};

class Registry {
 public:
  // The machine outlives it.
  explicit Registry(jcvm::Machine& machine) : machine_(machine) {}

  // False: a card on which create() has never been.
  [[nodiscard]] bool exists() const { return machine_.root(jcvm::Root::kRegistry) != jcvm::kNull; }
  [[nodiscard]] Status create();

  [[nodiscard]] Result<Slot> insert(const Record& record);
  // kNonAtomic is for counters, which no transaction of a running application may take back.
  [[nodiscard]] Status replace(Slot slot, const Record& record, jcvm::Atomicity atomicity = jcvm::Atomicity::kAtomic);
  [[nodiscard]] Status erase(Slot slot);
  // One octet, written at once and never undone: GPC 2.3.1 §5.3.1.4 asks that of an application's own state, and a
  // counter of tries must not be taken back by a transaction.
  [[nodiscard]] Status set_state(Slot slot, std::uint8_t state);

  template <typename T>
  [[nodiscard]] std::optional<T> get(Slot slot) const {
    const auto octets = octets_of(slot);
    if (kind_of(octets) != T::kKind) return std::nullopt;
    auto record = decode(octets);
    if (!record) return std::nullopt;
    return std::get<T>(*std::move(record));
  }

  // In the order of their slots, which is that of their creation as far as no slot was used twice.
  template <typename T>
  [[nodiscard]] std::vector<Entry<T>> all() const {
    std::vector<Entry<T>> found;
    const auto count = size();
    for (std::size_t at = 0; at < count; ++at) {
      const auto slot = static_cast<Slot>(at);
      if (auto value = get<T>(slot)) found.push_back({slot, *std::move(value)});
    }
    return found;
  }

  [[nodiscard]] std::optional<Entry<Application>> find_application(ByteView aid) const;
  [[nodiscard]] std::optional<Entry<Application>> find_applet(jcvm::AppletId applet) const;
  [[nodiscard]] std::optional<Entry<LoadFile>> find_load_file(ByteView aid) const;
  [[nodiscard]] std::optional<Entry<DataObject>> find_data(Slot domain, std::uint32_t tag) const;
  [[nodiscard]] CardRecord card() const;
  [[nodiscard]] Status set_card(const CardRecord& card, jcvm::Atomicity atomicity = jcvm::Atomicity::kAtomic) {
    return replace(kCardSlot, card, atomicity);
  }

  static constexpr Slot kCardSlot = 0;

 private:
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] jcvm::Reference reference_at(Slot slot) const;
  [[nodiscard]] Status set_reference(Slot slot, jcvm::Reference reference);
  [[nodiscard]] ByteView octets_of(Slot slot) const;
  [[nodiscard]] Result<jcvm::Reference> allocate(ByteView octets);
  [[nodiscard]] Result<jcvm::Reference> make_table(std::size_t entries);
  [[nodiscard]] Result<Slot> free_slot();

  jcvm::Machine& machine_;
};

}  // namespace cose::gpcard
