// SPDX-License-Identifier: Apache-2.0
// INSTALL [for extradition] and [for registry update] (GPC 2.3.1 §11.5.2.3.4, §11.5.2.3.5, §9.4): entries change their
// domain, their privileges or their selection parameters.
#include "bytes/writer.h"
#include "gpcard/card_manager.h"
#include "gpcard/delegation.h"
#include "gpcard/detail/install.h"
#include "tlv/tlv_builder.h"

namespace cose::gpcard {

namespace {

enum Field : std::size_t { kDomain, kNothing, kEntry, kPrivileges, kParameters };

struct Target {
  std::optional<Entry<Application>> application;
  std::optional<Entry<LoadFile>> file;

  [[nodiscard]] Slot domain() const { return application ? application->value.domain : file->value.domain; }
};

Answer<Target> find_target(const CommandContext& context, ByteView aid) {
  Target target{context.registry.find_application(aid), context.registry.find_load_file(aid)};
  if (!target.application && !target.file) return refuse(StatusWord::kReferencedDataNotFound);
  return target;
}

Answer<Slot> find_domain(const CommandContext& context, ByteView aid) {
  const auto domain = context.registry.find_application(aid);
  if (!domain || !domain->value.is_domain()) return refuse(StatusWord::kReferencedDataNotFound);
  if (!is_selectable(domain->value.state)) return refuse(StatusWord::kConditionsNotSatisfied);
  return domain->slot;
}

// A domain belongs to itself or to one above it, never to one below: that would be a ring.
bool would_be_ring(const Registry& registry, Slot moved, Slot domain) {
  for (std::size_t depth = 0; depth < kMaximumEntries; ++depth) {
    if (domain == moved) return true;
    const auto above = registry.get<Application>(domain);
    if (!above || above->domain == domain || above->domain == kNoSlot) return false;
    domain = above->domain;
  }
  return true;
}

Answer<void> move(CommandContext& context, const Target& target, Slot domain) {
  if (target.file) {
    auto changed = target.file->value;
    changed.domain = domain;
    return answered(context.registry.replace(target.file->slot, changed));
  }
  auto changed = target.application->value;
  if (target.application->slot == context.manager.issuer_domain()) return refuse(StatusWord::kConditionsNotSatisfied);
  // §9.4.1: to itself is what makes a domain independent of all others.
  const bool to_itself = changed.is_domain() && domain == target.application->slot;
  if (!to_itself && would_be_ring(context.registry, target.application->slot, domain))
    return refuse(StatusWord::kConditionsNotSatisfied);
  changed.domain = domain;
  return answered(context.registry.replace(target.application->slot, changed));
}

// Annex C.5.3: the domain before, the entry, the domain now.
Bytes extradition_receipt(const CommandContext& context, const Target& target, const InstallFields& fields) {
  Writer data;
  const auto before = context.registry.get<Application>(target.domain());
  for (const auto aid : {before ? ByteView(before->aid) : ByteView(), fields[kEntry], fields[kDomain]})
    data.u8(static_cast<std::uint8_t>(aid.size())).octets(aid);
  return data.take();
}

// The same, then what else was given.
Bytes update_receipt(const CommandContext& context, const Entry<Application>& target, const InstallFields& fields) {
  Bytes data;
  const auto before = context.registry.get<Application>(target.value.domain);
  for (const auto field : {before ? ByteView(before->aid) : ByteView(), ByteView(target.value.aid), fields[kDomain],
                           fields[kPrivileges], fields[kParameters]}) {
    tlv::append_length(data, field.size());
    append(data, field);
  }
  return data;
}

Answer<Application> updated(const CommandContext& context, const Entry<Application>& target,
                            const InstallFields& fields) {
  auto changed = target.value;
  if (!fields[kPrivileges].empty()) {
    COSE_TRY(auto wanted, well_formed(Privileges::parse(fields[kPrivileges])));
    // §11.5.2.3.5: what is a domain stays one.
    if (wanted.has(Privilege::kSecurityDomain) != changed.is_domain()) return refuse(StatusWord::kWrongData);
    COSE_CHECK(well_formed(wanted.check()));
    if (!may_grant(context, wanted)) return refuse(StatusWord::kConditionsNotSatisfied);
    changed.privileges = wanted;
  }
  COSE_TRY(const auto parameters, parse_parameters(fields[kParameters]));
  if (!parameters.implicit_selection.empty()) changed.implicit_selection = parameters.implicit_selection;
  if (!parameters.services.empty()) changed.services = parameters.services;
  return changed;
}

}  // namespace

// Fields: domain, none, entry, none, parameters.
Answer<void> extradite(CommandContext& context) {
  COSE_TRY(const auto fields, parse_install(context.command.data, 5));
  if (!fields[kNothing].empty()) return refuse(StatusWord::kWrongData);
  COSE_TRY(const auto target, find_target(context, fields[kEntry]));
  COSE_CHECK(check_token(context, fields.signed_data, fields.token));
  COSE_TRY(const auto domain, find_domain(context, fields[kDomain]));
  // §9.4.1: the domain that has it, or one with authorized management above it.
  if (target.domain() != context.domain && !context.self().privileges.has(Privilege::kAuthorizedManagement))
    return refuse(StatusWord::kConditionsNotSatisfied);
  const auto receipt = extradition_receipt(context, target, fields);
  return context.change([&]() -> Answer<void> {
    COSE_CHECK(move(context, target, domain));
    return append_receipt(context, receipt);
  });
}

// Fields: domain or none, none, application or none, privileges, parameters.
Answer<void> update_registry(CommandContext& context) {
  COSE_TRY(const auto fields, parse_install(context.command.data, 5));
  COSE_CHECK(check_token(context, fields.signed_data, fields.token));
  const auto target = fields[kEntry].empty() ? context.registry.find_application(context.self().aid)
                                             : context.registry.find_application(fields[kEntry]);
  if (!target) return refuse(StatusWord::kReferencedDataNotFound);
  if (target->value.domain != context.domain && target->slot != context.domain &&
      !context.self().privileges.has(Privilege::kGlobalRegistry))
    return refuse(StatusWord::kConditionsNotSatisfied);
  COSE_TRY(const auto changed, updated(context, *target, fields));
  const auto receipt = update_receipt(context, *target, fields);
  return context.change([&]() -> Answer<void> {
    COSE_CHECK(take_unique_privileges(context, changed.privileges, target->slot));
    COSE_CHECK(answered(context.registry.replace(target->slot, changed)));
    if (!fields[kDomain].empty()) {
      COSE_TRY(const auto domain, find_domain(context, fields[kDomain]));
      COSE_CHECK(move(context, Target{Entry<Application>{target->slot, changed}, std::nullopt}, domain));
    }
    return append_receipt(context, receipt);
  });
}

}  // namespace cose::gpcard
