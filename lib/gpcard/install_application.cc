// SPDX-License-Identifier: Apache-2.0
// INSTALL [for install] and [for make selectable] (GPC 2.3.1 §11.5.2.3.2 and §11.5.2.3.3, §9.3.6).
#include <algorithm>
#include <utility>

#include "bytes/writer.h"
#include "gpcard/card_manager.h"
#include "gpcard/delegation.h"
#include "gpcard/detail/install.h"

namespace cose::gpcard {

namespace {

constexpr std::uint8_t kAndMakeSelectable = 0x08;

// Fields of [for install].
enum Field : std::size_t { kFile, kModule, kInstance, kPrivileges, kParameters, kFieldCount };

// Only these can be given by anybody, GPC 2.3.1 table 6-2.
constexpr Privileges kForAll{Privilege::kSecurityDomain,        Privilege::kDapVerification,
                             Privilege::kCipheredLoad,          Privilege::kTrustedPath,
                             Privilege::kContactlessActivation, Privilege::kContactlessSelfActivation};
constexpr Privileges kUnique{Privilege::kCardReset, Privilege::kFinalApplication};

// The old form names the applet class alone where module and instance are equal.
ByteView or_else(ByteView first, ByteView second) {
  return first.empty() ? second : first;
}

Answer<Application> application_from(const InstallFields& fields, const InstallParameters& parameters) {
  Application made;
  made.aid = to_bytes(or_else(fields[kInstance], fields[kModule]));
  made.module_aid = to_bytes(fields[kModule]);
  if (!jcre::Aid::of(made.aid) || !jcre::Aid::of(made.module_aid)) return refuse(StatusWord::kWrongData);
  COSE_TRY(made.privileges, well_formed(Privileges::parse(fields[kPrivileges])));
  COSE_CHECK(well_formed(made.privileges.check()));
  made.quota = parameters.quota;
  made.implicit_selection = parameters.implicit_selection;
  if (!parameters.services.empty() && !made.privileges.has(Privilege::kGlobalService))
    return refuse(StatusWord::kWrongData);
  made.services = parameters.services;
  return made;
}

bool is_domain_module(const CommandContext& context, const InstallFields& fields) {
  return equal(fields[kModule], context.profile.domain_module_aid) &&
         (fields[kFile].empty() || equal(fields[kFile], context.profile.domain_package_aid));
}

// Code of the card itself: no install() to call.
Answer<void> make_domain(CommandContext& context, Application& made, const InstallParameters& parameters) {
  made.privileges.set(Privilege::kSecurityDomain, true);
  COSE_TRY(made.protocols, domain_protocols(parameters.application));
  if (made.protocols.empty()) made.protocols = context.self().protocols;
  const auto aid = jcre::Aid::of(made.aid);
  COSE_TRY(made.applet, answered(context.runtime.add_native_applet(*aid, 0)));
  COSE_TRY(const auto slot, answered(context.registry.insert(made)));
  static_cast<void>(slot);
  return {};
}

// What it took before it had a number to be told by; from now on the heap sees to it.
bool within_quota(const CommandContext& context, const Application& made) {
  const auto& heap = context.runtime.machine().heap();
  return (made.quota.persistent == 0 || heap.persistent_of(made.applet) <= made.quota.persistent) &&
         (made.quota.transient == 0 || heap.transient_of(made.applet) <= made.quota.transient);
}

Answer<void> run_install(CommandContext& context, const InstallFields& fields, const InstallParameters& parameters,
                         const LoadFile& file, Application& made) {
  // Before install() runs, so that what it asks GPSystem about itself is there.
  COSE_TRY(const auto slot, answered(context.registry.insert(made)));
  context.manager.set_installing(slot);
  const auto installed = context.runtime.install({.package = file.package,
                                                  .module_aid = made.module_aid,
                                                  .instance_aid = made.aid,
                                                  .control = fields[kPrivileges],
                                                  .parameters = parameters.application});
  context.manager.set_installing(std::nullopt);
  if (!installed.status.is_success()) return refuse(installed.status);
  // register() may have given another name, and GPSystem may have registered services.
  auto now = context.registry.get<Application>(slot);
  if (now) made.services = now->services;
  made.applet = installed.applet;
  made.aid = to_bytes(context.runtime.applet(installed.applet)->aid.octets());
  if (!within_quota(context, made)) return refuse(StatusWord::kNotEnoughMemory);
  return answered(context.registry.replace(slot, made));
}

Answer<void> make_application(CommandContext& context, const InstallFields& fields, const InstallParameters& parameters,
                              Application& made) {
  if (made.is_domain()) return refuse(StatusWord::kWrongData);
  const auto file = context.registry.find_load_file(fields[kFile]);
  if (!file) return refuse(StatusWord::kReferencedDataNotFound);
  // §9.3.6: the file's domain or one that manages it.
  if (file->value.domain != context.domain && !context.self().privileges.has(Privilege::kAuthorizedManagement))
    return refuse(StatusWord::kConditionsNotSatisfied);
  const auto& modules = context.runtime.machine().loaded(file->value.package)->package->applets;
  const bool known = std::ranges::any_of(
      modules, [&](const jcvm::AppletModule& module) { return equal(module.aid, made.module_aid); });
  if (!known) return refuse(StatusWord::kReferencedDataNotFound);
  made.load_file = file->slot;
  return run_install(context, fields, parameters, file->value, made);
}

// Annex C.5.2.
Bytes receipt_data(const InstallFields& fields, const Application& made) {
  Writer data;
  data.u8(static_cast<std::uint8_t>(fields[kFile].size())).octets(fields[kFile]);
  data.u8(static_cast<std::uint8_t>(made.aid.size())).octets(made.aid);
  return data.take();
}

}  // namespace

bool may_grant(const CommandContext& context, Privileges wanted) {
  return context.self().privileges.has(Privilege::kAuthorizedManagement) || kForAll.has_all(wanted);
}

Answer<void> take_unique_privileges(const CommandContext& context, Privileges wanted, Slot taker) {
  for (const auto privilege : {Privilege::kCardReset, Privilege::kFinalApplication}) {
    if (!wanted.has(privilege)) continue;
    for (auto& [slot, holder] : context.registry.all<Application>()) {
      if (slot == taker || !holder.privileges.has(privilege)) continue;
      if (slot != context.manager.issuer_domain()) return refuse(StatusWord::kConditionsNotSatisfied);
      if (privilege == Privilege::kFinalApplication) continue;
      holder.privileges.set(privilege, false);
      COSE_CHECK(answered(context.registry.replace(slot, holder)));
    }
  }
  return {};
}

namespace {

Answer<void> install_with(CommandContext& context, const InstallFields& fields, const Loaded* loaded) {
  COSE_TRY(const auto parameters, parse_parameters(fields[kParameters]));
  COSE_TRY(auto made, application_from(fields, parameters));
  COSE_CHECK(check_token(context, fields.signed_data, fields.token));
  if (!may_grant(context, made.privileges)) return refuse(StatusWord::kConditionsNotSatisfied);
  if (context.registry.find_application(made.aid) || context.registry.find_load_file(made.aid))
    return refuse(StatusWord::kConditionsNotSatisfied);
  if (context.registry.all<Application>().size() >= context.profile.limits.applications)
    return refuse(StatusWord::kNotEnoughMemory);
  made.domain = context.domain;
  made.state = (context.command.p1 & kAndMakeSelectable) != 0 ? kSelectable : kInstalled;
  return context.change([&]() -> Answer<void> {
    if (loaded != nullptr) COSE_CHECK(register_file(context, *loaded));
    COSE_CHECK(take_unique_privileges(context, made.privileges, kNoSlot));
    COSE_CHECK(is_domain_module(context, fields) ? make_domain(context, made, parameters)
                                                 : make_application(context, fields, parameters, made));
    return append_receipt(context, receipt_data(fields, made));
  });
}

}  // namespace

Answer<void> install_application(CommandContext& context) {
  COSE_TRY(const auto fields, parse_install(context.command.data, kFieldCount));
  return install_with(context, fields, nullptr);
}

// §11.5.2.3.4: the load file's name may be left out, as it was told before.
Answer<void> install_loaded(CommandContext& context) {
  const auto loaded = std::exchange(context.session.loaded, std::nullopt);
  if (!loaded) return refuse(StatusWord::kConditionsNotSatisfied);
  COSE_TRY(auto fields, parse_install(context.command.data, kFieldCount));
  const auto& file = loaded->loading.file_aid;
  if (!fields[kFile].empty() && !equal(fields[kFile], file)) return refuse(StatusWord::kWrongData);
  fields.fields[kFile] = file;
  return install_with(context, fields, &*loaded);
}

// Fields: none, none, application, privileges, parameters.
Answer<void> make_selectable(CommandContext& context) {
  COSE_TRY(const auto fields, parse_install(context.command.data, kFieldCount));
  const auto target = context.registry.find_application(fields[kInstance]);
  if (!target) return refuse(StatusWord::kReferencedDataNotFound);
  COSE_CHECK(check_token(context, fields.signed_data, fields.token));
  if (target->value.domain != context.domain || target->value.state != kInstalled)
    return refuse(StatusWord::kConditionsNotSatisfied);
  COSE_TRY(const auto parameters, parse_parameters(fields[kParameters]));
  auto changed = target->value;
  changed.state = kSelectable;
  // §11.5.2.3.3: it may give the default selection, nothing else.
  Privileges wanted;
  if (!fields[kPrivileges].empty()) {
    COSE_TRY(wanted, well_formed(Privileges::parse(fields[kPrivileges])));
  }
  for (const auto privilege : {Privilege::kCardReset, Privilege::kFinalApplication})
    if (wanted.has(privilege)) changed.privileges.set(privilege, true);
  if (!may_grant(context, wanted) && kUnique.has_any(wanted)) return refuse(StatusWord::kConditionsNotSatisfied);
  if (!parameters.implicit_selection.empty()) changed.implicit_selection = parameters.implicit_selection;
  return context.change([&]() -> Answer<void> {
    COSE_CHECK(take_unique_privileges(context, wanted, target->slot));
    COSE_CHECK(answered(context.registry.replace(target->slot, changed)));
    return append_receipt(context, receipt_data(fields, changed));
  });
}

}  // namespace cose::gpcard
