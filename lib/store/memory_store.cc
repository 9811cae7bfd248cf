// SPDX-License-Identifier: Apache-2.0
#include "store/memory_store.h"

#include "store/admission.h"

namespace cose::store {

const MemoryState::StoredCard* MemoryStore::find(CardId card) const {
  const auto found = state_->cards.find(card);
  return found == state_->cards.end() ? nullptr : &found->second;
}

Status MemoryStore::commit(const Group& group, Durability) {
  COSE_CHECK(admit(group, state_->fence, [this](CardId card) -> Result<std::optional<Sequence>> {
    const auto* stored = find(card);
    return stored == nullptr ? std::nullopt : std::optional(stored->head.sequence);
  }));
  for (const auto& change : group.changes) apply(change);
  for (const auto& record : group.records) {
    if (record.octets.empty())
      state_->records.erase(record.key);
    else
      state_->records[record.key] = record.octets;
  }
  return {};
}

void MemoryStore::apply(const Change& change) {
  if (change.kind == Change::Kind::kDestroy) {
    state_->cards.erase(change.card);
    return;
  }
  auto& card = state_->cards[change.card];
  card.head = {change.fence, change.sequence, change.head};
  for (const auto& page : change.pages) {
    if (page.octets.empty())
      card.pages.erase(page.number);
    else
      card.pages[page.number] = page.octets;
  }
  if (change.answer) card.answer = change.answer;
}

Result<std::optional<Head>> MemoryStore::head(CardId card) const {
  const auto* stored = find(card);
  return stored == nullptr ? std::nullopt : std::optional(stored->head);
}

Result<std::vector<Page>> MemoryStore::pages(CardId card) const {
  std::vector<Page> pages;
  if (const auto* stored = find(card); stored != nullptr)
    for (const auto& [number, octets] : stored->pages) pages.push_back({number, octets});
  return pages;
}

Result<std::optional<Answer>> MemoryStore::answer(CardId card) const {
  const auto* stored = find(card);
  return stored == nullptr ? std::nullopt : stored->answer;
}

Result<std::optional<Bytes>> MemoryStore::record(std::string_view key) const {
  const auto found = state_->records.find(key);
  return found == state_->records.end() ? std::nullopt : std::optional(found->second);
}

Status MemoryStore::visit_heads(const HeadVisitor& visitor) const {
  for (const auto& [card, stored] : state_->cards) COSE_CHECK(visitor(card, stored.head));
  return {};
}

Status MemoryStore::visit_records(std::string_view prefix, const RecordVisitor& visitor) const {
  for (auto at = state_->records.lower_bound(prefix); at != state_->records.end() && at->first.starts_with(prefix);
       ++at)
    COSE_CHECK(visitor(at->first, at->second));
  return {};
}

}  // namespace cose::store
