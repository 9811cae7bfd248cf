// SPDX-License-Identifier: Apache-2.0
// Finding, listing and reading cards.
#include <algorithm>

#include "bytes/reader.h"
#include "bytes/writer.h"
#include "vault/detail/parts.h"
#include "vault/vault.h"

namespace cose::vault {

namespace {

std::string name_of(store::CardId card) {
  return "card " + std::to_string(card);
}

std::unexpected<Error> damaged(store::CardId card, std::string_view what) {
  return fail(ErrorKind::kRefused, name_of(card) + ": " + std::string(what));
}

// Name, sum of the pages, sizes of the sections.
Status read_head(ByteView octets, SealedCard& card, detail::Sum::Value& sum) {
  Reader reader(octets);
  COSE_TRY(const auto name, reader.take_with_length8());
  card.name = as_text(name);
  for (auto& half : sum) {
    COSE_TRY(half, reader.u64());
  }
  COSE_TRY(const auto count, reader.u8());
  for (int section = 0; section < count; ++section) {
    COSE_TRY(const auto number, reader.u8());
    COSE_TRY(card.sizes[number], reader.u32());
    if (card.sizes[number] > kMaximumSection) return fail(ErrorKind::kInvalid, "a section is too long");
  }
  return reader.expect_end();
}

// Pages that lie in a section of this size; what was stored of a longer one is cut.
void place(Bytes& section, std::uint32_t index, ByteView octets) {
  const auto start = std::size_t{index} * kPageSize;
  if (start >= section.size()) return;
  std::ranges::copy(octets.first(std::min(octets.size(), section.size() - start)),
                    section.begin() + static_cast<std::ptrdiff_t>(start));
}

}  // namespace

std::vector<SectionChange> whole(const Sections& sections) {
  std::vector<SectionChange> changes;
  for (const auto& [number, octets] : sections) {
    SectionChange change{number, octets, {}};
    for (std::uint32_t page = 0; page < pages_of(octets.size()); ++page) change.dirty.push_back(page);
    changes.push_back(std::move(change));
  }
  return changes;
}

Result<store::CardId> Vault::find(std::string_view name) const {
  if (name.empty() || name.size() > kMaximumName)
    return fail(ErrorKind::kNotFound, "there is no card \"" + std::string(name) + "\"");
  COSE_TRY(const auto number, store_.record(std::string(detail::kNamePrefix).append(name)));
  if (!number) return fail(ErrorKind::kNotFound, "there is no card \"" + std::string(name) + "\"");
  return Reader(*number).u64();
}

Status Vault::visit(const std::function<Status(const CardDescription&)>& visitor) const {
  return store_.visit_records(detail::kNamePrefix, [&](std::string_view key, ByteView octets) -> Status {
    COSE_TRY(const auto card, Reader(octets).u64());
    COSE_TRY(const auto head, store_.head(card));
    if (!head || head->octets.size() < detail::kOpenHead) return damaged(card, "it has a name and no head");
    return visitor({.name = std::string(key.substr(detail::kNamePrefix.size())),
                    .card = card,
                    .made_from = Reader(head->octets).u64().value_or(0),
                    .changes = head->sequence,
                    .is_template = head->octets[8] == static_cast<std::uint8_t>(Role::kTemplate)});
  });
}

Result<Secret> Vault::key_of(store::CardId card) const {
  COSE_TRY(const auto wrapped, store_.record(detail::numbered(detail::kCardKeyPrefix, card)));
  if (!wrapped) return damaged(card, "its key is missing");
  auto key = keys_.unwrap(*wrapped, detail::purpose_of_key(parts_->directory, card));
  if (!key) return std::unexpected(key.error().within(name_of(card)));
  return key;
}

Result<SealedCardPointer> Vault::open_head(store::CardId number) const {
  COSE_TRY(const auto head, store_.head(number));
  const auto known = parts_->index.find(number);
  if (!head || known == parts_->index.end() || head->octets.size() < detail::kOpenHead)
    return fail(ErrorKind::kNotFound, name_of(number) + ": there is no such card");
  const detail::Version version{head->fence, head->sequence};
  if (version != known->second.version) return damaged(number, "it was put back to an older state behind our back");
  const auto open_part = ByteView(head->octets).first(detail::kOpenHead);
  const auto sealed = ByteView(head->octets).subspan(detail::kOpenHead);
  COSE_TRY(auto key, key_of(number));
  COSE_TRY(const auto sum_key, detail::derive(key.view(), "sum"));
  COSE_TRY(auto sum, detail::Sum::create(sum_key.view()));
  auto card = std::make_shared<SealedCard>(SealedCard{.card = number,
                                                      .name = {},
                                                      .role = static_cast<Role>(open_part[8]),
                                                      .made_from = Reader(open_part).u64().value_or(0),
                                                      .sealer = detail::Sealer(std::move(key), number, parts_->salts),
                                                      .sum = std::move(sum),
                                                      .pages = {},
                                                      .sizes = {},
                                                      .version = version});
  auto opened = card->sealer.open(detail::kHeadPlace, open_part, sealed);
  if (!opened) return std::unexpected(opened.error().within(name_of(number) + ", head"));
  COSE_TRY(const auto sealed_version, detail::Sealer::version_of(sealed));
  if (sealed_version != version) return damaged(number, "its head is of another change");
  detail::Sum::Value value{};
  if (auto read = read_head(*opened, *card, value); !read)
    return std::unexpected(read.error().within(name_of(number) + ", head"));
  card->sum.set_value(value);
  return card;
}

Result<const Sections*> Vault::sections_of_template(store::CardId number) {
  if (const auto found = parts_->templates.find(number); found != parts_->templates.end()) return &found->second;
  COSE_TRY(const auto card, open_head(number));
  if (card->made_from != 0) return damaged(number, "a template cannot be made from another");
  COSE_TRY(auto sections, open_pages(*card));
  return &parts_->templates.emplace(number, std::move(sections)).first->second;
}

// The template's pages with the card's own on top, which must be exactly those that the head speaks of.
Result<Sections> Vault::open_pages(SealedCard& card) {
  const Sections none;
  const auto* base = &none;
  if (card.made_from != 0) {
    COSE_TRY(base, sections_of_template(card.made_from));
  }
  Sections sections;
  for (const auto& [number, size] : card.sizes) {
    auto& section = sections[number];
    if (const auto made_from = base->find(number); made_from != base->end())
      section.assign(made_from->second.begin(),
                     made_from->second.begin() +
                         static_cast<std::ptrdiff_t>(std::min<std::size_t>(size, made_from->second.size())));
    section.resize(size);
  }
  const auto expected = card.sum.value();
  card.sum.set_value({});
  COSE_TRY(const auto pages, store_.pages(card.card));
  for (const auto& page : pages) {
    const auto octets = card.sealer.open(page.number, {}, page.octets);
    if (!octets)
      return std::unexpected(octets.error().within(name_of(card.card) + ", page " + std::to_string(page.number)));
    COSE_TRY(const auto version, detail::Sealer::version_of(page.octets));
    COSE_CHECK(card.sum.add(page.number, version));
    card.pages.emplace(page.number, version);
    const auto section = sections.find(static_cast<SectionNumber>(page.number >> 24));
    if (section != sections.end()) place(section->second, page.number & 0xFFFFFF, *octets);
  }
  COSE_TRY(const auto answer, store_.answer(card.card));
  if (answer) {
    COSE_TRY(card.answered, detail::Sealer::version_of(answer->response));
    COSE_CHECK(card.sum.add(detail::kAnswerPlace, *card.answered));
  }
  if (card.sum.value() != expected)
    return damaged(card.card, "a page or an answer was put back, removed or added behind our back");
  return sections;
}

Result<LoadedCard> Vault::load(store::CardId number) {
  COSE_TRY(auto card, open_head(number));
  COSE_TRY(auto sections, open_pages(*card));
  return LoadedCard{std::move(card), std::move(sections)};
}

Result<std::optional<store::Answer>> Vault::last_answer(SealedCard& card) const {
  if (!card.answered) return std::nullopt;
  COSE_TRY(auto stored, store_.answer(card.card));
  if (!stored) return damaged(card.card, "its last answer was removed behind our back");
  auto opened = card.sealer.open(detail::kAnswerPlace, stored->request, stored->response);
  if (!opened) return std::unexpected(opened.error().within(name_of(card.card) + ", answer"));
  COSE_TRY(const auto version, detail::Sealer::version_of(stored->response));
  if (version != *card.answered) return damaged(card.card, "an older answer was put back behind our back");
  stored->response = *std::move(opened);
  return stored;
}

}  // namespace cose::vault
