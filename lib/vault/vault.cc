// SPDX-License-Identifier: Apache-2.0
#include "vault/vault.h"

#include "bytes/hex.h"
#include "bytes/reader.h"
#include "bytes/writer.h"
#include "vault/detail/parts.h"

namespace cose::vault {

namespace detail {

std::string numbered(std::string_view prefix, std::uint64_t number) {
  return std::string(prefix) + to_hex(Writer().u64(number).view());
}

Result<std::uint64_t> number_in(std::string_view prefix, std::string_view key) {
  COSE_TRY(const auto octets, from_hex(key.substr(prefix.size())));
  Reader reader(octets);
  COSE_TRY(const auto number, reader.u64());
  COSE_CHECK(reader.expect_end());
  return number;
}

Bytes purpose_of_key(ByteView directory, store::CardId card) {
  return Writer().octets(directory).u64(card).take();
}

Bytes open_head(store::CardId made_from, Vault::Role role) {
  return Writer().u64(made_from).u8(static_cast<std::uint8_t>(role)).take();
}

}  // namespace detail

namespace {

constexpr std::size_t kDirectorySize = 16;
constexpr std::size_t kSaltSize = 16;

// Numbers only: a fence or a count of groups says nothing of a card.
std::unexpected<Error> rolled_back(const std::string& what) {
  return fail(ErrorKind::kRefused,
              what +
                  ". If an old copy was put here on purpose, say so with `cose store accept`; counters and tries of "
                  "PINs then go back");
}

}  // namespace

Vault::Vault(store::Store& store, Keyring& keys, Rng& rng, Anchor* anchor)
    : store_(store), keys_(keys), rng_(rng), anchor_(anchor), parts_(std::make_unique<Parts>()) {}

Vault::~Vault() = default;

std::size_t Vault::size() const {
  return parts_->index.size();
}

std::vector<store::CardId> Vault::cards() const {
  std::vector<store::CardId> all;
  all.reserve(parts_->index.size());
  for (const auto& [card, known] : parts_->index) all.push_back(card);
  return all;
}

store::CardId Vault::next_card() const {
  return parts_->next_card;
}

Result<std::unique_ptr<Vault>> Vault::open(store::Store& store, Keyring& keys, Rng& rng, Anchor* anchor,
                                           OnRollback on_rollback) {
  std::unique_ptr<Vault> vault(new Vault(store, keys, rng, anchor));
  COSE_CHECK(vault->start(on_rollback));
  return vault;
}

Status Vault::start(OnRollback on_rollback) {
  COSE_TRY(const auto directory, store_.record(detail::kDirectoryRecord));
  if (directory)
    parts_->directory = *directory;
  else
    COSE_CHECK(make_directory());
  COSE_TRY(const auto wrapped, store_.record(detail::kKeyRecord));
  if (!wrapped) return fail(ErrorKind::kRefused, "the key of the state directory is missing");
  COSE_TRY(auto key, keys_.unwrap(*wrapped, detail::purpose_of_key(parts_->directory, 0)));
  COSE_TRY(const auto sum_key, detail::derive(key.view(), "sum"));
  COSE_TRY(auto sum, detail::Sum::create(sum_key.view()));
  parts_->ledger.emplace(std::move(sum));
  parts_->sealer.emplace(std::move(key), 0, parts_->salts);
  COSE_CHECK(store_.visit_records(detail::kStartPrefix, [this](std::string_view name, ByteView salt) -> Status {
    COSE_TRY(const auto fence, detail::number_in(detail::kStartPrefix, name));
    parts_->salts[fence] = to_bytes(salt);
    return {};
  }));
  COSE_CHECK(read_cards());
  if (directory) COSE_CHECK(check_ledger(on_rollback));
  COSE_CHECK(check_anchor(on_rollback));
  return begin_start();
}

Status Vault::make_directory() {
  bool empty = true;
  COSE_CHECK(store_.visit_heads([&](store::CardId, const store::Head&) -> Status {
    empty = false;
    return {};
  }));
  if (!empty) return fail(ErrorKind::kRefused, "the state directory has cards and lost its own name");
  parts_->directory.resize(kDirectorySize);
  COSE_CHECK(rng_.fill(parts_->directory));
  Secret key(kKeySize);
  COSE_CHECK(rng_.fill(key.writable()));
  COSE_TRY(auto wrapped, keys_.wrap(key.view(), detail::purpose_of_key(parts_->directory, 0)));
  return store_.commit({{},
                        {{std::string(detail::kDirectoryRecord), parts_->directory},
                         {std::string(detail::kKeyRecord), std::move(wrapped)}}},
                       store::Durability::kDurable);
}

Status Vault::begin_start() {
  COSE_TRY(parts_->fence, store_.raise_fence());
  if (parts_->fence > 0xFFFFFFFF) return fail(ErrorKind::kLimit, "the state directory was started too often");
  Bytes salt(kSaltSize);
  COSE_CHECK(rng_.fill(salt));
  parts_->salts[parts_->fence] = salt;
  COSE_TRY(auto ledger, ledger_record(parts_->ledger->value()));
  COSE_CHECK(store_.commit({{}, {{detail::numbered(detail::kStartPrefix, parts_->fence), salt}, std::move(ledger)}},
                           store::Durability::kDurable));
  return anchor();
}

Status Vault::read_cards() {
  return store_.visit_heads([this](store::CardId card, const store::Head& head) -> Status {
    Reader reader(head.octets);
    Parts::Known known{{head.fence, head.sequence}, 0};
    COSE_TRY(known.made_from, reader.u64());
    if (known.made_from != 0) ++parts_->copies[known.made_from];
    COSE_CHECK(parts_->ledger->add(card, known.version));
    parts_->index.emplace(card, known);
    parts_->next_card = std::max(parts_->next_card, card + 1);
    return {};
  });
}

Status Vault::check_ledger(OnRollback on_rollback) {
  COSE_TRY(const auto sealed, store_.record(detail::kLedgerRecord));
  // A loss of power between the first two commits of a new directory leaves none.
  if (!sealed && parts_->index.empty() && parts_->salts.empty()) return {};
  if (!sealed) return fail(ErrorKind::kRefused, "the ledger of the state directory is missing");
  auto opened = parts_->sealer->open(detail::kHeadPlace, {}, *sealed);
  if (!opened) return std::unexpected(opened.error().within("the ledger of the state directory"));
  COSE_TRY(const auto version, detail::Sealer::version_of(*sealed));
  parts_->groups = version.sequence;
  Reader reader(*opened);
  detail::Sum::Value written{};
  for (auto& half : written) {
    COSE_TRY(half, reader.u64());
  }
  if (written == parts_->ledger->value() || on_rollback == OnRollback::kAccept) return {};
  COSE_TRY(const auto cards, reader.u64());
  return rolled_back("the cards are not those that were last written (" + std::to_string(parts_->index.size()) +
                     " are here, " + std::to_string(cards) + " were): a card was put back, removed or copied");
}

Status Vault::check_anchor(OnRollback on_rollback) {
  if (anchor_ == nullptr || on_rollback == OnRollback::kAccept) return {};
  COSE_TRY(const auto known, anchor_->read());
  if (!known) return {};
  if (!equal(known->directory, parts_->directory)) return rolled_back("the anchor belongs to another state directory");
  const auto last = parts_->salts.empty() ? 0 : parts_->salts.rbegin()->first;
  if (last > known->fence || (last == known->fence && parts_->groups >= known->groups)) return {};
  return rolled_back("this is an old copy of the state directory: it was started " + std::to_string(last) +
                     " times and has " + std::to_string(parts_->groups) + " commits, the anchor says " +
                     std::to_string(known->fence) + " and " + std::to_string(known->groups));
}

Status Vault::anchor() {
  if (anchor_ == nullptr) return {};
  // What it says must be on the disk, at every level.
  COSE_CHECK(store_.sync());
  return anchor_->write({parts_->directory, parts_->fence, parts_->groups});
}

Result<store::Record> Vault::ledger_record(const std::array<std::uint64_t, 2>& sum) {
  const auto octets = Writer().u64(sum[0]).u64(sum[1]).u64(parts_->index.size()).take();
  COSE_TRY(auto sealed,
           parts_->sealer->seal(detail::kHeadPlace, {parts_->fence, parts_->groups}, parts_->counter++, {}, octets));
  return store::Record{std::string(detail::kLedgerRecord), std::move(sealed)};
}

namespace {

// A change takes the card's last version out of the sum and puts its new one in.
Status account(detail::Sum& sum, const store::Change& change, std::optional<detail::Version> last) {
  if (last) COSE_CHECK(sum.remove(change.card, *last));
  if (change.kind == store::Change::Kind::kDestroy) return {};
  return sum.add(change.card, {change.fence, change.sequence});
}

}  // namespace

std::vector<store::Record> Vault::complete(std::span<const store::Change> changes) {
  auto& ledger = *parts_->ledger;
  const auto before = ledger.value();
  std::unordered_map<store::CardId, detail::Version> within;
  for (const auto& change : changes) {
    std::optional<detail::Version> last;
    if (const auto known = parts_->index.find(change.card); known != parts_->index.end()) last = known->second.version;
    if (const auto known = within.find(change.card); known != within.end()) last = known->second;
    // It cannot fail; if it did, the ledger would be wrong and the next start would say so.
    static_cast<void>(account(ledger, change, last));
    within[change.card] = {change.fence, change.sequence};
  }
  ++parts_->groups;
  std::vector<store::Record> records;
  if (auto record = ledger_record(ledger.value())) records.push_back(*std::move(record));
  ledger.set_value(before);
  return records;
}

void Vault::settle(std::span<const store::Change> changes, std::span<const Status> results) {
  bool all = true;
  bool any = false;
  for (std::size_t at = 0; at < changes.size(); ++at) {
    const auto& change = changes[at];
    const auto known = parts_->index.find(change.card);
    if (const auto made = parts_->new_cards.find(change.card); made != parts_->new_cards.end()) {
      parts_->new_names.erase(made->second);
      parts_->new_cards.erase(made);
    }
    all = all && results[at];
    if (!results[at]) continue;
    any = true;
    const auto last = known == parts_->index.end() ? std::nullopt : std::optional(known->second.version);
    static_cast<void>(account(*parts_->ledger, change, last));
    note(change);
  }
  if (any && !all) write_ledger();
}

void Vault::note(const store::Change& change) {
  const auto known = parts_->index.find(change.card);
  const auto made_from = Reader(change.head).u64().value_or(0);
  switch (change.kind) {
    case store::Change::Kind::kUpdate: known->second.version = {change.fence, change.sequence}; return;
    case store::Change::Kind::kCreate:
      parts_->index[change.card] = {{change.fence, change.sequence}, made_from};
      if (made_from != 0) ++parts_->copies[made_from];
      return;
    case store::Change::Kind::kDestroy:
      if (known->second.made_from != 0) --parts_->copies[known->second.made_from];
      parts_->index.erase(known);
      parts_->templates.erase(change.card);
  }
}

// Some changes of a group were refused: what the ledger said of the whole is put right at once.
void Vault::write_ledger() {
  if (auto record = ledger_record(parts_->ledger->value()))
    static_cast<void>(store_.commit({{}, {*std::move(record)}}, store::Durability::kDurable));
}

}  // namespace cose::vault
