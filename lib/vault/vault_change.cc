// SPDX-License-Identifier: Apache-2.0
// Making, changing, copying and destroying cards; wrapping their keys anew.
#include <algorithm>
#include <set>

#include "bytes/reader.h"
#include "bytes/writer.h"
#include "vault/detail/parts.h"
#include "vault/vault.h"

namespace cose::vault {

namespace {

// What may stand in a card URI and a file's name.
bool is_name(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@+";
  return !name.empty() && name.size() <= kMaximumName && name.find_first_not_of(kAllowed) == std::string_view::npos &&
         name.front() != '.' && name.front() != '-';
}

Bytes head_octets(const SealedCard& card) {
  Writer writer;
  writer.u8(static_cast<std::uint8_t>(card.name.size())).octets(as_bytes(card.name));
  for (const auto half : card.sum.value()) writer.u64(half);
  writer.u8(static_cast<std::uint8_t>(card.sizes.size()));
  for (const auto& [number, size] : card.sizes) writer.u8(number).u32(size);
  return writer.take();
}

}  // namespace

Status Vault::check_name(std::string_view name) const {
  if (!is_name(name))
    return fail(ErrorKind::kInvalid, "name \"" + std::string(name) + "\": expected up to " +
                                         std::to_string(kMaximumName) + " letters, digits, and -_.@+ inside");
  const auto found = find(name);
  if (found || parts_->new_names.contains(name))
    return fail(ErrorKind::kRefused, "there is a card \"" + std::string(name) + "\" already");
  return found.error().kind == ErrorKind::kNotFound ? Status{} : std::unexpected(found.error());
}

Status Vault::seal_page(SealedCard& card, store::PageNumber place, ByteView octets, store::Change& into) {
  COSE_CHECK(remove_page(card, place, into));
  COSE_TRY(into.pages.back().octets, card.sealer.seal(place, card.version, parts_->counter++, {}, octets));
  COSE_CHECK(card.sum.add(place, card.version));
  card.pages[place] = card.version;
  return {};
}

Status Vault::remove_page(SealedCard& card, store::PageNumber place, store::Change& into) {
  into.pages.push_back({place, {}});
  const auto known = card.pages.find(place);
  if (known == card.pages.end()) return {};
  COSE_CHECK(card.sum.remove(place, known->second));
  card.pages.erase(known);
  return {};
}

Status Vault::seal_section(SealedCard& card, const SectionChange& change, store::Change& into) {
  const auto size = static_cast<std::uint32_t>(change.octets.size());
  const auto old_size = card.sizes.contains(change.section) ? card.sizes[change.section] : 0;
  ByteView base;
  if (card.made_from != 0) {
    COSE_TRY(const auto* const made_from, sections_of_template(card.made_from));
    if (const auto found = made_from->find(change.section); found != made_from->end()) base = found->second;
  }
  std::set<std::uint32_t> dirty(change.dirty.begin(), change.dirty.end());
  // Where the section grew, what lay there before it shrank, or the template's, must not come back.
  if (size > old_size)
    for (auto page = old_size / kPageSize; page < pages_of(std::max<std::size_t>(old_size, base.size())); ++page)
      dirty.insert(page);
  for (const auto page : dirty) {
    const auto start = std::size_t{page} * kPageSize;
    if (start >= size) continue;
    const auto octets = change.octets.subspan(start, std::min<std::size_t>(kPageSize, size - start));
    const auto place = page_number(change.section, page);
    const bool as_made = start + octets.size() <= base.size() && equal(octets, base.subspan(start, octets.size()));
    if (!as_made) {
      COSE_CHECK(seal_page(card, place, octets, into));
    } else if (card.pages.contains(place)) {
      COSE_CHECK(remove_page(card, place, into));
    }
  }
  const auto end = page_number(change.section, pages_of(size));
  while (true) {
    const auto beyond = card.pages.lower_bound(end);
    if (beyond == card.pages.end() || beyond->first >> 24 != change.section) break;
    COSE_CHECK(remove_page(card, beyond->first, into));
  }
  if (size == 0)
    card.sizes.erase(change.section);
  else
    card.sizes[change.section] = size;
  return {};
}

Status Vault::seal_head(SealedCard& card, store::Change& into) {
  const auto open_part = detail::open_head(card.made_from, card.role);
  COSE_TRY(const auto sealed,
           card.sealer.seal(detail::kHeadPlace, card.version, parts_->counter++, open_part, head_octets(card)));
  into.head = concat(open_part, sealed);
  return {};
}

Status Vault::seal_answer(SealedCard& card, const Answered& answered, store::Change& into) {
  if (card.answered) COSE_CHECK(card.sum.remove(detail::kAnswerPlace, *card.answered));
  COSE_TRY(auto response, card.sealer.seal(detail::kAnswerPlace, card.version, parts_->counter++, answered.request,
                                           answered.response));
  into.answer = store::Answer{to_bytes(answered.request), std::move(response)};
  card.answered = card.version;
  return card.sum.add(detail::kAnswerPlace, card.version);
}

Result<Vault::Sealed> Vault::seal_changes(SealedCard& card, std::span<const SectionChange> changes,
                                          std::optional<Answered> answered) {
  Sealed sealed;
  ++card.version.sequence;
  card.version.fence = parts_->fence;
  sealed.change.card = card.card;
  sealed.change.fence = card.version.fence;
  sealed.change.sequence = card.version.sequence;
  for (const auto& change : changes) {
    if (change.section >= kMaximumSections || change.octets.size() > kMaximumSection)
      return fail(ErrorKind::kLimit, "card " + std::to_string(card.card) + ": section " +
                                         std::to_string(change.section) + " has " +
                                         std::to_string(change.octets.size()) + " octets");
    COSE_CHECK(seal_section(card, change, sealed.change));
  }
  std::ranges::sort(sealed.change.pages, {}, &store::Page::number);
  if (answered) COSE_CHECK(seal_answer(card, *answered, sealed.change));
  COSE_CHECK(seal_head(card, sealed.change));
  return sealed;
}

Result<Vault::Sealed> Vault::create(std::string_view name, store::CardId made_from,
                                    std::span<const SectionChange> differences, Role role) {
  COSE_CHECK(check_name(name));
  if (made_from != 0 && role == Role::kTemplate)
    return fail(ErrorKind::kUnsupported, "a template cannot be made from another template");
  const auto number = parts_->next_card;
  Secret key(kKeySize);
  COSE_CHECK(rng_.fill(key.writable()));
  COSE_TRY(auto wrapped, keys_.wrap(key.view(), detail::purpose_of_key(parts_->directory, number)));
  COSE_TRY(const auto sum_key, detail::derive(key.view(), "sum"));
  COSE_TRY(auto sum, detail::Sum::create(sum_key.view()));
  SealedCard card{.card = number,
                  .name = std::string(name),
                  .role = role,
                  .made_from = made_from,
                  .sealer = detail::Sealer(std::move(key), number, parts_->salts),
                  .sum = std::move(sum),
                  .pages = {},
                  .sizes = {},
                  .version = {}};
  if (made_from != 0) {
    COSE_TRY(const auto head, open_head(made_from));
    if (head->role != Role::kTemplate) return fail(ErrorKind::kInvalid, "\"" + head->name + "\" is no template");
    COSE_TRY(const auto* const base, sections_of_template(made_from));
    for (const auto& [section, octets] : *base) card.sizes[section] = static_cast<std::uint32_t>(octets.size());
  }
  COSE_TRY(auto sealed, seal_changes(card, differences, std::nullopt));
  sealed.change.kind = store::Change::Kind::kCreate;
  sealed.records = {{detail::numbered(detail::kCardKeyPrefix, number), std::move(wrapped)},
                    {std::string(detail::kNamePrefix).append(name), Writer().u64(number).take()}};
  ++parts_->next_card;
  parts_->new_names.emplace(name);
  parts_->new_cards.emplace(number, name);
  return sealed;
}

Result<Vault::Sealed> Vault::copy(store::CardId number, std::string_view name) {
  COSE_TRY(const auto from, load(number));
  // Pages as the template has them are left out again by seal_section().
  return create(name, from.card->made_from, whole(from.sections));
}

Result<Vault::Sealed> Vault::change(SealedCard& card, std::span<const SectionChange> changes,
                                    std::optional<Answered> answered) {
  if (card.role == Role::kTemplate)
    return fail(ErrorKind::kRefused, "\"" + card.name + "\" is a template and does not change; make a card from it");
  return seal_changes(card, changes, answered);
}

Result<Vault::Sealed> Vault::replace(SealedCard& card, const Sections& sections) {
  auto changes = whole(sections);
  for (const auto& [section, size] : card.sizes)
    if (!sections.contains(section)) changes.push_back({section, {}, {}});
  return change(card, changes);
}

Result<Vault::Sealed> Vault::destroy(store::CardId number) {
  COSE_TRY(const auto card, open_head(number));
  if (const auto copies = parts_->copies.find(number); copies != parts_->copies.end() && copies->second > 0)
    return fail(ErrorKind::kBusy,
                "\"" + card->name + "\" is the template of " + std::to_string(copies->second) + " cards");
  Sealed sealed;
  sealed.change.kind = store::Change::Kind::kDestroy;
  sealed.change.card = number;
  sealed.change.fence = parts_->fence;
  sealed.change.sequence = card->version.sequence + 1;
  // Without its key nothing of the card can be read again, whatever is left on the disk.
  sealed.records = {{detail::numbered(detail::kCardKeyPrefix, number), {}},
                    {std::string(detail::kNamePrefix).append(card->name), {}}};
  return sealed;
}

Result<std::optional<store::Record>> Vault::rewrapped(std::string_view name, store::CardId card) {
  COSE_TRY(const auto wrapped, store_.record(name));
  if (!wrapped || keys_.is_current(*wrapped)) return std::nullopt;
  const auto purpose = detail::purpose_of_key(parts_->directory, card);
  COSE_TRY(const auto key, keys_.unwrap(*wrapped, purpose));
  COSE_TRY(auto anew, keys_.wrap(key.view(), purpose));
  return store::Record{std::string(name), std::move(anew)};
}

Result<std::size_t> Vault::rewrap(std::span<const store::CardId> cards) {
  store::Group group;
  for (const auto card : cards) {
    COSE_TRY(auto record, rewrapped(detail::numbered(detail::kCardKeyPrefix, card), card));
    if (record) group.records.push_back(*std::move(record));
  }
  const auto done = group.records.size();
  if (done > 0) COSE_CHECK(store_.commit(group, store::Durability::kDurable));
  return done;
}

Result<std::size_t> Vault::rewrap_directory() {
  COSE_TRY(auto record, rewrapped(detail::kKeyRecord, 0));
  if (!record) return 0;
  COSE_CHECK(store_.commit({{}, {*std::move(record)}}, store::Durability::kDurable));
  return 1;
}

}  // namespace cose::vault
