// SPDX-License-Identifier: Apache-2.0
// INSTALL (GPC 2.3.1 §11.5): which of its forms, and [for load], [for personalization]. The others have files of their
// own: install_application.cc, install_changes.cc.
#include "gpcard/detail/install.h"

#include <algorithm>
#include <array>

#include "bytes/writer.h"
#include "gpcard/card_manager.h"
#include "gpcard/delegation.h"

namespace cose::gpcard {

namespace {

struct InstallRow {
  std::uint8_t p1;
  CommandFunction function;
};

// P1 without b8 (more INSTALL commands follow), table 11-40.
constexpr std::array kRows = {
    InstallRow{0x02, install_for_load}, InstallRow{0x04, install_application},
    InstallRow{0x08, make_selectable},  InstallRow{0x0C, install_application},
    InstallRow{0x0E, install_combined}, InstallRow{0x10, extradite},
    InstallRow{0x40, update_registry},  InstallRow{0x20, install_for_personalization},
};

std::size_t hash_size(std::uint8_t scheme) {
  constexpr std::array<std::size_t, 5> kSizes{0, 20, 32, 48, 64};
  return scheme < kSizes.size() ? kSizes[scheme] : 0;
}

constexpr std::uint8_t kCombined = 0x0E;
// P2, table 11-42.
constexpr std::uint8_t kBeginsCombined = 0x01;
constexpr std::uint8_t kEndsCombined = 0x03;

bool is_hash(ByteView hash) {
  for (std::uint8_t scheme = 1; scheme <= 4; ++scheme)
    if (hash.size() == hash_size(scheme)) return true;
  return hash.empty();
}

bool aid_is_free(const Registry& registry, ByteView aid) {
  return !registry.find_application(aid) && !registry.find_load_file(aid);
}

// §9.3.2: the file goes to the domain named, or to the one that the command came to.
Answer<Slot> domain_for(const CommandContext& context, ByteView aid) {
  if (aid.empty()) return context.domain;
  const auto named = context.registry.find_application(aid);
  if (!named || !named->value.is_domain()) return refuse(StatusWord::kReferencedDataNotFound);
  if (is_locked(named->value.state)) return refuse(StatusWord::kConditionsNotSatisfied);
  return named->slot;
}

void put(Writer& to, ByteView octets) {
  to.u8(static_cast<std::uint8_t>(octets.size())).octets(octets);
}

}  // namespace

Answer<void> install(CommandContext& context) {
  const auto& command = context.command;
  const auto purpose = static_cast<std::uint8_t>(command.p1 & 0x7F);
  const bool ends = purpose == kCombined && command.p2 == kEndsCombined;
  const bool begins = purpose == kCombined && command.p2 == kBeginsCombined;
  const auto row = std::ranges::find(kRows, purpose, &InstallRow::p1);
  const bool is_known = purpose == kCombined ? begins || ends : command.p2 == 0 && row != kRows.end();
  if (!is_known) return refuse(StatusWord::kIncorrectP1P2);
  // §11.5.2.3.6, §11.6.2.3: whatever was under way ends here.
  context.session.personalized.reset();
  context.session.loading.reset();
  if (!ends) context.session.loaded.reset();
  context.session.storing.reset();
  return row->function(context);
}

// Fields: load file, domain, hash, parameters.
Answer<void> install_for_load(CommandContext& context) {
  COSE_TRY(const auto fields, parse_install(context.command.data, 4));
  if (!jcre::Aid::of(fields[0]) || !is_hash(fields[2])) return refuse(StatusWord::kWrongData);
  COSE_TRY(const auto parameters, parse_parameters(fields[3]));
  COSE_CHECK(check_token(context, fields.signed_data, fields.token));
  COSE_TRY(const auto domain, domain_for(context, fields[1]));
  if (!aid_is_free(context.registry, fields[0])) return refuse(StatusWord::kConditionsNotSatisfied);
  if (parameters.quota.code > context.runtime.machine().heap().free_persistent())
    return refuse(StatusWord::kNotEnoughMemory);
  Loading loading;
  loading.file_aid = to_bytes(fields[0]);
  loading.domain = domain;
  loading.expected_hash = to_bytes(fields[2]);
  // Annex C.5.1: load file and domain.
  Writer receipt;
  put(receipt, fields[0]);
  put(receipt, context.registry.get<Application>(domain)->aid);
  loading.receipt_data = receipt.take();
  context.session.loading = std::move(loading);
  context.answer.push_back(0);
  return {};
}

// §11.5.2.3.4: the first command is as [for load], the second as [for install]. Nothing is on the card before both and
// all LOAD commands between them have been right.
Answer<void> install_combined(CommandContext& context) {
  if (context.command.p2 == kEndsCombined) return install_loaded(context);
  COSE_CHECK(install_for_load(context));
  context.session.loading->is_combined = true;
  return {};
}

// Fields: none, none, application, none, none. §7.3.2, §11.5.2.3.6.
Answer<void> install_for_personalization(CommandContext& context) {
  COSE_TRY(const auto fields, parse_install(context.command.data, 5));
  if (!fields[0].empty() || !fields[1].empty() || !fields[3].empty() || !fields[4].empty())
    return refuse(StatusWord::kWrongData);
  const auto target = context.registry.find_application(fields[2]);
  if (!target) return refuse(StatusWord::kReferencedDataNotFound);
  if (target->value.domain != context.domain || is_locked(target->value.state))
    return refuse(StatusWord::kConditionsNotSatisfied);
  context.session.personalized = target->slot;
  context.answer.push_back(0);
  return {};
}

}  // namespace cose::gpcard
