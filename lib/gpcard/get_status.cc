// SPDX-License-Identifier: Apache-2.0
// GET STATUS (GPC 2.3.1 §11.4): entries of the registry in the old list format or as TLV.
#include <algorithm>
#include <vector>

#include "gpcard/card_manager.h"
#include "tlv/tlv_builder.h"
#include "tlv/tlv_reader.h"

namespace cose::gpcard {

namespace {

// P1, table 11-33.
constexpr std::uint8_t kIssuerDomain = 0x80;
constexpr std::uint8_t kApplications = 0x40;
constexpr std::uint8_t kLoadFiles = 0x20;
constexpr std::uint8_t kLoadFilesAndModules = 0x10;
// P2, table 11-34.
constexpr std::uint8_t kNextOccurrence = 0x01;
constexpr std::uint8_t kAsTlv = 0x02;

// Of one answer, so that a response MAC and status word still fit a short response of 256 octets.
constexpr std::size_t kMaximumAnswer = 240;

struct Criteria {
  ByteView aid;
  std::vector<tlv::Tag> tags;  // empty: all
};

Answer<Criteria> parse_criteria(ByteView data) {
  Criteria criteria;
  tlv::TlvReader reader(data);
  bool has_aid = false;
  while (!reader.at_end()) {
    COSE_TRY(const auto element, well_formed(reader.next()));
    if (element.tag == tlv::Tag(0x4F)) {
      criteria.aid = element.value;
      has_aid = true;
    } else if (element.tag == tlv::Tag(0x5C)) {
      Reader list(element.value);
      while (!list.at_end()) {
        COSE_TRY(const auto tag, well_formed(tlv::Tag::read(list)));
        criteria.tags.push_back(tag);
      }
    }
  }
  // §11.4.2.3: 4F is mandatory, if empty.
  if (!has_aid || criteria.aid.size() > jcre::Aid::kMaximum) return refuse(StatusWord::kWrongData);
  return criteria;
}

class Lister {
 public:
  Lister(const CommandContext& context, const Criteria& criteria, bool as_tlv)
      : registry_(context.registry), machine_(context.runtime.machine()), criteria_(criteria), as_tlv_(as_tlv) {}

  [[nodiscard]] Bytes application(const Application& value, std::uint8_t state) const {
    if (!as_tlv_) {
      Bytes entry{static_cast<std::uint8_t>(value.aid.size())};
      append(entry, value.aid);
      entry.push_back(state);
      entry.push_back(value.privileges.octets()[0]);
      return entry;
    }
    tlv::TlvBuilder entry;
    add(entry, tlv::Tag(0x4F), value.aid);
    add(entry, tlv::Tag(0x9F70), Bytes{state});
    add(entry, tlv::Tag(0xC5), value.privileges.octets());
    for (const auto parameter : value.implicit_selection) add(entry, tlv::Tag(0xCF), Bytes{parameter});
    if (const auto file = registry_.get<LoadFile>(value.load_file)) add(entry, tlv::Tag(0xC4), file->aid);
    add_domain(entry, value.domain);
    return tlv::TlvBuilder().add(tlv::Tag(0xE3), entry).take();
  }

  [[nodiscard]] Bytes load_file(const LoadFile& value, bool with_modules) const {
    const auto* loaded = machine_.loaded(value.package);
    const auto modules =
        with_modules && loaded != nullptr ? loaded->package->applets : std::vector<jcvm::AppletModule>{};
    if (!as_tlv_) {
      Bytes entry{static_cast<std::uint8_t>(value.aid.size())};
      append(entry, value.aid);
      entry.push_back(value.state);
      entry.push_back(0);
      if (with_modules) append_modules(entry, modules);
      return entry;
    }
    tlv::TlvBuilder entry;
    add(entry, tlv::Tag(0x4F), value.aid);
    add(entry, tlv::Tag(0x9F70), Bytes{value.state});
    if (loaded != nullptr && !loaded->package->exports.empty()) {
      const auto version = loaded->package->exports[0].info.version;
      add(entry, tlv::Tag(0xCE), Bytes{version.major, version.minor});
    }
    for (const auto& module : modules) add(entry, tlv::Tag(0x84), module.aid);
    add_domain(entry, value.domain);
    return tlv::TlvBuilder().add(tlv::Tag(0xE3), entry).take();
  }

 private:
  static void append_modules(Bytes& entry, const std::vector<jcvm::AppletModule>& modules) {
    entry.push_back(static_cast<std::uint8_t>(modules.size()));
    for (const auto& module : modules) {
      entry.push_back(static_cast<std::uint8_t>(module.aid.size()));
      append(entry, module.aid);
    }
  }

  void add(tlv::TlvBuilder& entry, tlv::Tag tag, ByteView value) const {
    if (criteria_.tags.empty() || std::ranges::find(criteria_.tags, tag) != criteria_.tags.end()) entry.add(tag, value);
  }

  void add_domain(tlv::TlvBuilder& entry, Slot slot) const {
    if (const auto domain = registry_.get<Application>(slot)) add(entry, tlv::Tag(0xCC), domain->aid);
  }

  const Registry& registry_;
  const jcvm::Machine& machine_;
  const Criteria& criteria_;
  bool as_tlv_;
};

bool fits(ByteView aid, ByteView prefix) {
  return aid.size() >= prefix.size() && equal(aid.first(prefix.size()), prefix);
}

// §11.4.2.1: without the privilege, a domain sees what is associated with it and with domains below it.
bool may_see(const CommandContext& context, bool sees_all, Slot slot) {
  for (int depth = 0; slot != kNoSlot && depth < 256; ++depth) {
    if (sees_all || slot == context.domain) return true;
    const auto domain = context.registry.get<Application>(slot);
    if (!domain || domain->domain == slot) return false;
    slot = domain->domain;
  }
  return false;
}

std::vector<Bytes> entries(const CommandContext& context, std::uint8_t what, const Criteria& criteria, bool as_tlv) {
  const Lister lister(context, criteria, as_tlv);
  const bool sees_all = context.self().privileges.has(Privilege::kGlobalRegistry);
  const auto issuer = context.manager.issuer_domain();
  std::vector<Bytes> found;
  if (what == kLoadFiles || what == kLoadFilesAndModules) {
    for (const auto& [slot, file] : context.registry.all<LoadFile>())
      if (fits(file.aid, criteria.aid) && may_see(context, sees_all, file.domain))
        found.push_back(lister.load_file(file, what == kLoadFilesAndModules));
    return found;
  }
  for (const auto& [slot, application] : context.registry.all<Application>()) {
    if ((slot == issuer) != (what == kIssuerDomain) || !fits(application.aid, criteria.aid)) continue;
    if (!may_see(context, sees_all, slot)) continue;
    // Table 11-36: the issuer domain's state is the card's.
    found.push_back(
        lister.application(application, slot == issuer ? context.registry.card().state : application.state));
  }
  return found;
}

}  // namespace

Answer<void> get_status(CommandContext& context) {
  const auto& command = context.command;
  const auto what = command.p1;
  if (what != kIssuerDomain && what != kApplications && what != kLoadFiles && what != kLoadFilesAndModules)
    return refuse(StatusWord::kIncorrectP1P2);
  if ((command.p2 & ~(kNextOccurrence | kAsTlv)) != 0) return refuse(StatusWord::kIncorrectP1P2);
  const auto format = static_cast<std::uint8_t>(command.p2 & kAsTlv);
  COSE_TRY(const auto criteria, parse_criteria(command.data));
  std::size_t next = 0;
  auto query = std::exchange(context.session.query, std::nullopt);
  if ((command.p2 & kNextOccurrence) != 0) {
    if (!query || query->what != what || query->format != format || !equal(query->criteria, command.data))
      return refuse(StatusWord::kConditionsNotSatisfied);
    next = query->next;
  }
  const auto all = entries(context, what, criteria, format == kAsTlv);
  if (next >= all.size()) return refuse(StatusWord::kReferencedDataNotFound);
  do append(context.answer, all[next++]);
  while (next < all.size() && context.answer.size() + all[next].size() <= kMaximumAnswer);
  if (next == all.size()) return {};
  context.session.query = StatusQuery{what, format, to_bytes(command.data), next};
  return refuse(StatusWord::kMoreDataAvailable);
}

}  // namespace cose::gpcard
