// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleet.h"

#include <algorithm>

namespace cose::fleet {

namespace {

// What a restored card calls changed and is not: a heap that was read back counts all its pages as written.
void leave_out_equal(std::vector<vault::SectionChange>& changes, const vault::Sections& stored) {
  for (auto& change : changes) {
    const auto before = stored.find(change.section);
    if (before == stored.end()) continue;
    std::erase_if(change.dirty, [&](std::uint32_t page) {
      const auto start = std::size_t{page} * vault::kPageSize;
      const auto size = std::min<std::size_t>(vault::kPageSize, change.octets.size() - start);
      return start + size <= before->second.size() &&
             equal(change.octets.subspan(start, size), ByteView(before->second).subspan(start, size));
    });
  }
  std::erase_if(changes, [&](const vault::SectionChange& change) {
    const auto before = stored.find(change.section);
    const auto size = before == stored.end() ? 0 : before->second.size();
    return change.dirty.empty() && change.octets.size() == size;
  });
}

}  // namespace

Result<Fleet::CardId> Fleet::find_unused(std::string_view name) {
  COSE_TRY(const auto card, vault_.find(name));
  if (held_.contains(card)) return fail(ErrorKind::kBusy, "card \"" + std::string(name) + "\" is in use");
  return card;
}

Result<Fleet::CardId> Fleet::reserve(std::string_view name) {
  COSE_TRY(const auto card, find_unused(name));
  held_[card] = true;
  return card;
}

void Fleet::release(CardId card) {
  held_.erase(card);
}

bool Fleet::is_awake(CardId card) const {
  return residents_.contains(card);
}

void Fleet::drop(CardId card) {
  const auto found = residents_.find(card);
  if (found == residents_.end()) return;
  statistics_.memory -= found->second.footprint;
  ++statistics_.sleeps;
  uses_.erase(found->second.use);
  residents_.erase(found);
  statistics_.awake = residents_.size();
}

void Fleet::hibernate() {
  for (auto at = uses_.begin(); at != uses_.end();) {
    const auto card = *at++;
    if (may_sleep(card)) drop(card);
  }
}

// Not while somebody holds it, nor before all of it is stored.
bool Fleet::may_sleep(CardId card) const {
  return !held_.contains(card) && !in_flight_.contains(card);
}

// The one card may be larger than the budget when it is alone, since it could never be used otherwise.
Status Fleet::make_room(CardId for_card) {
  for (auto at = uses_.begin(); at != uses_.end() && statistics_.memory > options_.memory_budget;) {
    const auto card = *at++;
    if (may_sleep(card)) drop(card);
  }
  if (statistics_.memory <= options_.memory_budget || residents_.size() <= 1) return {};
  drop(for_card);
  return fail(ErrorKind::kLimit, "the memory for cards (" + std::to_string(options_.memory_budget >> 20) +
                                     " MiB) is full of cards in use; end some sessions, or allow more memory");
}

void Fleet::measure(Resident& resident) {
  const auto now = resident.card->footprint();
  statistics_.memory += now - resident.footprint;
  resident.footprint = now;
}

Result<StatefulCard*> Fleet::wake(CardId card) {
  if (const auto found = residents_.find(card); found != residents_.end()) {
    uses_.splice(uses_.end(), uses_, found->second.use);
    return found->second.card.get();
  }
  COSE_TRY(auto loaded, vault_.load(card));
  COSE_TRY(auto made, factory_.restore(loaded.sections));
  auto changes = made->take_changes();
  leave_out_equal(changes, loaded.sections);
  if (!changes.empty()) {
    // Restoring it changed it, which is stored like the changes of a command; nobody waits for it.
    submit_change(card, vault_.change(*loaded.card, changes), [](const Status&) {});
  }
  uses_.push_back(card);
  auto& resident = residents_[card];
  resident = {std::move(made), std::move(loaded.card), 0, std::prev(uses_.end())};
  ++statistics_.wakes;
  statistics_.awake = residents_.size();
  measure(resident);
  COSE_CHECK(make_room(card));
  return residents_.at(card).card.get();
}

void Fleet::submit(Result<vault::Vault::Sealed> sealed, const Done& done) {
  if (!sealed) return done(std::unexpected(sealed.error()));
  committer_.submit(std::move(sealed->change), std::move(sealed->records), done);
}

void Fleet::store_changes(CardId card, std::optional<vault::Vault::Answered> answered, Done done) {
  const auto found = residents_.find(card);
  if (found == residents_.end()) return done(fail(ErrorKind::kClosed, "the card was dropped"));
  auto& resident = found->second;
  measure(resident);
  const auto changes = resident.card->take_changes();
  if (changes.empty() && !answered) return done({});
  submit_change(card, vault_.change(*resident.sealed, changes, answered), std::move(done));
}

void Fleet::submit_change(CardId card, Result<vault::Vault::Sealed> sealed, Done done) {
  ++in_flight_[card];
  submit(std::move(sealed), [this, card, told = std::move(done)](const Status& status) {
    if (--in_flight_[card] == 0) in_flight_.erase(card);
    if (!status) drop(card);
    told(status);
  });
}

Result<std::optional<store::Answer>> Fleet::last_answer(CardId card) {
  COSE_TRY(const auto* const awake, wake(card));
  static_cast<void>(awake);
  return vault_.last_answer(*residents_.at(card).sealed);
}

Result<vault::Vault::Sealed> Fleet::make(std::string_view name, std::string_view made_from, vault::Vault::Role role,
                                         CardFactory& factory) {
  const auto number = static_cast<std::uint32_t>(vault_.next_card());
  if (made_from.empty()) {
    COSE_TRY(const auto card, role == vault::Vault::Role::kTemplate ? factory.make_template() : factory.make(number));
    return vault_.create(name, 0, card->take_changes(), role);
  }
  COSE_TRY(const auto from, vault_.find(made_from));
  if (from != template_.card) {
    COSE_TRY(auto loaded, vault_.load(from));
    template_ = {from, std::move(loaded.sections)};
  }
  COSE_TRY(const auto card, factory.make_from(template_.sections, number));
  auto changes = card->take_changes();
  leave_out_equal(changes, template_.sections);
  return vault_.create(name, from, changes, role);
}

void Fleet::create(std::string_view name, std::string_view made_from, vault::Vault::Role role, const Done& done,
                   CardFactory* maker) {
  submit(make(name, made_from, role, maker == nullptr ? factory_ : *maker), done);
}

void Fleet::import(std::string_view name, const vault::Sections& sections, const Done& done) {
  // Only what the factory would take back is let in.
  if (const auto card = factory_.restore(sections); !card) return done(std::unexpected(card.error()));
  submit(vault_.create(name, 0, vault::whole(sections)), done);
}

void Fleet::copy(std::string_view name, std::string_view as, const Done& done) {
  const auto card = vault_.find(name);
  if (!card) return done(std::unexpected(card.error()));
  submit(vault_.copy(*card, as), done);
}

void Fleet::replace(std::string_view name, std::string_view from, const Done& done) {
  const auto card = find_unused(name);
  if (!card) return done(std::unexpected(card.error()));
  drop(*card);
  auto loaded = vault_.load(*card);
  if (!loaded) return done(std::unexpected(loaded.error()));
  const auto wanted = sections(from);
  if (!wanted) return done(std::unexpected(wanted.error()));
  submit(vault_.replace(*loaded->card, *wanted), done);
}

void Fleet::destroy(std::string_view name, const Done& done) {
  const auto card = find_unused(name);
  if (!card) return done(std::unexpected(card.error()));
  drop(*card);
  if (template_.card == *card) template_ = {};
  submit(vault_.destroy(*card), done);
}

Result<vault::Sections> Fleet::sections(std::string_view name) {
  COSE_TRY(const auto card, vault_.find(name));
  COSE_TRY(auto loaded, vault_.load(card));
  return std::move(loaded.sections);
}

}  // namespace cose::fleet
