// SPDX-License-Identifier: Apache-2.0
// What a card begins with, what a restart finds, and what must always hold.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "gpcard/card_manager.h"
#include "gpcard/key_store.h"

namespace cose::gpcard {

namespace {

std::unexpected<Error> broken(const std::string& what) {
  return fail(ErrorKind::kInvalid, "registry: " + what);
}

Status insert(Registry& registry, const Record& record) {
  COSE_TRY(const auto slot, registry.insert(record));
  static_cast<void>(slot);
  return {};
}

Status insert_data(Registry& registry, Slot domain, std::uint32_t tag, ByteView value) {
  if (value.empty()) return {};
  DataObject object;
  object.domain = domain;
  object.tag = tag;
  object.value = to_bytes(value);
  return insert(registry, object);
}

bool is_domain(const Registry& registry, Slot slot) {
  const auto found = registry.get<Application>(slot);
  return found && found->is_domain();
}

}  // namespace

Status CardManager::create() {
  return runtime_.change_content([&]() -> Status {
    COSE_CHECK(registry_.create());
    auto card = registry_.card();
    card.state = static_cast<std::uint8_t>(profile_.state);
    COSE_CHECK(registry_.set_card(card));
    const auto aid = jcre::Aid::of(profile_.issuer_domain_aid);
    if (!aid) return fail(ErrorKind::kInvalid, "the issuer domain's AID has no 5 to 16 octets");
    Application issuer;
    issuer.state = kSelectable;
    issuer.aid = profile_.issuer_domain_aid;
    issuer.domain = issuer_domain();
    issuer.module_aid = profile_.domain_module_aid;
    issuer.privileges = profile_.issuer_privileges;
    issuer.protocols = profile_.protocols;
    COSE_TRY(issuer.applet, runtime_.add_native_applet(*aid, 0));
    COSE_TRY(const auto slot, registry_.insert(issuer));
    COSE_ASSERT(slot == issuer_domain());
    return {};
  });
}

Status CardManager::personalize(const CardIdentity& identity) {
  tell_quotas();
  return runtime_.change_content([&]() -> Status {
    const auto slot = issuer_domain();
    for (const auto& keys : identity.keys) COSE_CHECK(insert_keys(registry_, slot, keys));
    COSE_CHECK(insert_data(registry_, slot, 0xCF, identity.key_diversification));
    COSE_CHECK(insert_data(registry_, slot, 0x9F7F, identity.cplc));
    COSE_CHECK(insert_data(registry_, slot, 0x42, identity.iin));
    return insert_data(registry_, slot, 0x45, identity.cin);
  });
}

Status CardManager::run_as_issuer(const iso7816::CommandApduView& command) {
  constexpr std::uint8_t kChannel = 0;
  const auto rows = command_rows();
  const auto row = std::ranges::find(rows, command.ins, &CommandRow::instruction);
  if (row == rows.end()) return fail(ErrorKind::kInvalid, "no command of a security domain");
  Bytes answer;
  CommandContext context{*this,    runtime_,        registry_, profile_, library_, session(kChannel),
                         kChannel, issuer_domain(), command,   answer};
  const auto done = row->function(context);
  if (done) return {};
  return fail(ErrorKind::kRefused, fmt::format("instruction {:02X} is answered with {} ({})", command.ins,
                                               iso7816::to_string(done.error()), iso7816::meaning(done.error())));
}

// The second entry, right behind the card's own.
Slot CardManager::issuer_domain() const {
  return Registry::kCardSlot + 1;
}

Slot CardManager::domain_with_keys(Slot domain) const {
  for (std::size_t depth = 0; depth < kMaximumEntries; ++depth) {
    if (channel_keys(registry_, domain, 0)) return domain;
    const auto found = registry_.get<Application>(domain);
    if (!found || found->domain == domain) return kNoSlot;
    domain = found->domain;
  }
  return kNoSlot;
}

Status CardManager::recover() {
  if (!registry_.exists()) return broken("it is not there");
  if (!registry_.get<CardRecord>(Registry::kCardSlot) || !is_domain(registry_, issuer_domain()))
    return broken("the first entries are not card and issuer domain");
  COSE_CHECK(check());
  tell_quotas();
  const auto& limits = profile_.limits;
  const auto failures = registry_.card().failures;
  if (limits.failures_before_delay != 0 && failures >= limits.failures_before_delay)
    not_before_ = runtime_.clock().monotonic() + limits.first_delay;
  return {};
}

Status CardManager::check() const {
  std::vector<Bytes> names;
  std::vector<jcvm::AppletId> applets;
  for (const auto& [slot, each] : registry_.all<Application>()) {
    if (!is_domain(registry_, each.domain)) return broken(fmt::format("{} has no domain", to_hex(each.aid)));
    const auto* applet = runtime_.applet(each.applet);
    if (applet == nullptr) return broken(fmt::format("{} has no applet", to_hex(each.aid)));
    const auto file = registry_.get<LoadFile>(each.load_file);
    if (each.is_domain() ? each.load_file != kNoSlot : !file || applet->package != file->package)
      return broken(fmt::format("{} has the wrong load file", to_hex(each.aid)));
    names.push_back(each.aid);
    applets.push_back(each.applet);
  }
  for (const auto& [slot, each] : registry_.all<LoadFile>()) {
    const auto* loaded = runtime_.machine().loaded(each.package);
    if (loaded == nullptr || loaded->package->find(each.aid) == nullptr)
      return broken(fmt::format("{} is not loaded", to_hex(each.aid)));
    if (!is_domain(registry_, each.domain)) return broken(fmt::format("{} has no domain", to_hex(each.aid)));
    names.push_back(each.aid);
  }
  for (const auto& [slot, each] : registry_.all<Key>())
    if (!is_domain(registry_, each.domain)) return broken("a key without a domain");
  for (const auto& [slot, each] : registry_.all<DataObject>())
    if (!is_domain(registry_, each.domain)) return broken("data without a domain");
  std::ranges::sort(names);
  if (std::ranges::adjacent_find(names) != names.end()) return broken("one name twice");
  std::ranges::sort(applets);
  if (applets != runtime_.applets()) return broken("applets that it does not know");
  return {};
}

}  // namespace cose::gpcard
